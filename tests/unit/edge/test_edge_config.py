"""Rows become one configuration: the same for the same rows, nothing for wrong rows."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.provision.edge_config import (
    STAMP,
    EdgePaths,
    EdgeSettings,
    PanelRoute,
    Route,
    config_sha256,
    make_config,
    make_empty_config,
    serves,
)

GOLDEN = Path(__file__).parent / "expected" / "two_villages.json"
SETTINGS = EdgeSettings()
PATHS = EdgePaths()
PANEL = PanelRoute("dasbor.takalarkab.go.id", "/run/siappakai/panel.sock")
BONTO = Route("bonto.desa.id", "opensid-7305012001", "7305012001")
CAKURA = Route("cakura.desa.id", "opensid-7305012002", "7305012002")
CAKURA_PBB = replace(CAKURA, instance_key="pbb-7305012002", path_prefix="/pbb")
ROUTES = [BONTO, CAKURA, CAKURA_PBB]

codes = st.integers(1_000_000_000, 9_999_999_999).map(str)
routes = st.builds(
    lambda code, prefix: Route(f"d{code}.desa.id", f"opensid-{code}", code, prefix),
    codes,
    st.sampled_from(["/", "/pbb", "/api", "/api/v1"]),
)
fleets = st.lists(routes, max_size=12, unique_by=lambda route: (route.domain, route.path_prefix))


def test_two_villages_and_a_panel_give_the_expected_file() -> None:
    config = make_config(SETTINGS, PATHS, ROUTES, PANEL)
    text = json.dumps(config, indent=1, ensure_ascii=False) + "\n"
    assert text == GOLDEN.read_text(encoding="utf-8"), (
        "when the change is wanted: python tests/unit/edge/write_expected.py"
    )


@given(fleets, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_never_matters(fleet: list[Route], chance: random.Random) -> None:
    shuffled = list(fleet)
    chance.shuffle(shuffled)
    one = make_config(SETTINGS, PATHS, fleet, PANEL)
    other = make_config(SETTINGS, PATHS, [*shuffled, *fleet[:2]], PANEL)
    assert json.dumps(one) == json.dumps(other)
    assert config_sha256(one) == config_sha256(other)


@given(fleets, routes)
def test_a_configuration_serves_exactly_its_own_rows(fleet: list[Route], other: Route) -> None:
    config = json.loads(json.dumps(make_config(SETTINGS, PATHS, fleet, None)))
    assert serves(config, fleet)
    assert serves(config, [other]) == (other in fleet)


def test_a_configuration_of_an_older_panel_without_copies_does_not_count_as_serving() -> None:
    config = make_config(SETTINGS, PATHS, ROUTES, PANEL)
    rules = config["apps"]["http"]["servers"]["sites"]["routes"]
    older = [rule for rule in rules if "salinan" not in json.dumps(rule)]
    assert len(older) == len(rules) - 1
    assert serves(config, ROUTES)
    rules[:] = older
    assert not serves(config, ROUTES)


def test_one_rule_answers_copies_for_all_villages_and_stands_before_the_waiting() -> None:
    rules = make_config(SETTINGS, PATHS, ROUTES, PANEL)["apps"]["http"]["servers"]["sites"][
        "routes"
    ]
    kinds = [[each["handler"] for each in rule["handle"]] for rule in rules]
    copies = [at for at, handlers in enumerate(kinds) if "file_server" in handlers]
    waiting = [at for at, rule in enumerate(rules) if "load_balancing" in rule["handle"][-1]]
    hidden = [at for at, rule in enumerate(rules) if "siappakai(/|$)" in json.dumps(rule)]
    assert (len(copies), len(waiting), len(hidden)) == (1, 1, 1)
    assert hidden < copies < waiting


@given(fleets.filter(lambda fleet: len(fleet) > 1))
def test_of_one_domain_the_longest_path_is_asked_first(fleet: list[Route]) -> None:
    same = [replace(route, domain="satu.desa.id") for route in fleet]
    same = list({route.path_prefix: route for route in same}.values())
    rules = make_config(SETTINGS, PATHS, same, None)["apps"]["http"]["servers"]["sites"]["routes"]
    lengths = [
        len(rule["match"][0].get("path", ["/"])[0]) for rule in rules if rule.get("group") == "site"
    ]
    assert lengths == sorted(lengths, reverse=True)
    assert len(lengths) == len(same)


def test_the_checksum_tells_every_change_and_ignores_the_stamp() -> None:
    config = make_config(SETTINGS, PATHS, ROUTES, PANEL)
    changes = [
        make_config(replace(SETTINGS, hold_s=61), PATHS, ROUTES, PANEL),
        make_config(SETTINGS, PATHS, ROUTES[:2], PANEL),
        make_config(SETTINGS, PATHS, ROUTES, None),
        make_empty_config(SETTINGS, PATHS),
    ]
    assert len({config_sha256(one) for one in (config, *changes)}) == 5
    assert config_sha256(config | {STAMP: "abc"}) == config_sha256(config)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (replace(BONTO, domain="Bonto.desa.id"), "'Bonto.desa.id'"),
        (replace(BONTO, domain="*.desa.id"), "'*.desa.id'"),
        (replace(BONTO, domain="bonto.desa.id/x"), "'bonto.desa.id/x'"),
        (replace(BONTO, domain="bonto.desa.id\n"), "bonto.desa.id\\n"),
        (replace(BONTO, domain="{env.HOME}"), "'{env.HOME}'"),
        (replace(BONTO, domain=""), "''"),
        (replace(BONTO, instance_key="../../etc-7305012001"), "'../../etc-7305012001'"),
        (replace(BONTO, instance_key="{http.request.host}"), "'{http.request.host}'"),
        (replace(BONTO, village_code="../log"), "'../log'"),
        (replace(BONTO, path_prefix="pbb"), "'pbb'"),
        (replace(BONTO, path_prefix="/pbb/"), "'/pbb/'"),
        (replace(BONTO, path_prefix="/a*"), "'/a*'"),
        (replace(CAKURA, instance_key="opensid-7305012009"), "cakura.desa.id/ dipakai lebih"),
        (replace(BONTO, domain=PANEL.domain), f"panel {PANEL.domain} juga dipakai"),
    ],
)
def test_a_wrong_row_is_refused_and_named(wrong: Route, named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_config(SETTINGS, PATHS, [CAKURA, wrong], PANEL)
    assert named in refused.value.message


def test_certificates_are_made_for_our_domains_only() -> None:
    wanted = ["bonto.desa.id", "cakura.desa.id", PANEL.domain]
    for settings in (SETTINGS, replace(SETTINGS, certificate="acme")):
        tls = make_config(settings, PATHS, ROUTES, PANEL)["apps"]["tls"]
        (policy,) = tls["automation"]["policies"]
        assert policy["on_demand"]
        assert policy["subjects"] == sorted(wanted)
    empty = make_empty_config(SETTINGS, PATHS)["apps"]["tls"]["automation"]
    assert empty == {"policies": []}


def test_strict_transport_is_asked_for_only_when_wanted() -> None:
    quiet = json.dumps(make_config(SETTINGS, PATHS, ROUTES, PANEL))
    strict = json.dumps(make_config(replace(SETTINGS, hsts_s=3600), PATHS, ROUTES, PANEL))
    assert "Strict-Transport-Security" not in quiet
    assert "max-age=3600" in strict
