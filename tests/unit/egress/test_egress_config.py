"""Wishes become one configuration, and a way out each: equal wishes give equal text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.products.contract import Limits
from siappakai.provision.egress_config import (
    EgressPaths,
    WayOut,
    allowed_hosts,
    instance_way_out,
    make_egress,
    make_set,
    set_name,
    wanted_hosts,
)
from siappakai.provision.egress_hosts import OutsideHost
from siappakai.provision.egress_settings import EgressSettings, read_egress
from siappakai.provision.wanted import ContainerSpec

GOLDEN = Path(__file__).parent / "expected" / "two_products.cfg"
EMPTY = Path(__file__).resolve().parents[3] / "playbooks/roles/egress/files/empty.cfg"
PATHS = EgressPaths(Path("/srv/siappakai"))
LICENCE = OutsideHost("layanan.opendesa.id", 443)
MAIL = OutsideHost("surel.takalarkab.go.id", 587)
MAPS = OutsideHost("peta.opendesa.id", 443)
BONTO = OutsideHost("bonto.desa.id", 443)
CAKURA = OutsideHost("cakura.desa.id", 8443)
SETTINGS = read_egress({"inside": {MAIL.host: ["10.20.0.5/32"]}})
OPENSID, PBB = (LICENCE, MAIL), (MAPS,)

hosts = st.builds(
    OutsideHost, st.sampled_from([f"h{n}.desa.id" for n in range(9)]), st.sampled_from([443, 587])
)
wishes = st.lists(hosts, max_size=6)


def two_products() -> str:
    sets = [make_set(OPENSID, SETTINGS), make_set(PBB, SETTINGS)]
    return make_egress(sets, SETTINGS).text


def test_two_products_give_the_expected_file() -> None:
    assert two_products() == GOLDEN.read_text(encoding="utf-8"), (
        "when the change is wanted: python tests/unit/egress/write_expected.py"
    )


def test_the_role_starts_with_the_same_empty_list_the_panel_would_write() -> None:
    assert make_egress((), EgressSettings()).text == EMPTY.read_text(encoding="utf-8"), (
        "when the change is wanted: python tests/unit/egress/write_expected.py"
    )


@given(st.lists(wishes, max_size=4), st.randoms(use_true_random=False))
def test_order_and_repetition_never_matter(groups: list[list[OutsideHost]], chance) -> None:
    one = make_egress([make_set(wish, SETTINGS) for wish in groups], SETTINGS)
    other_groups = [chance.sample(wish, len(wish)) + wish[:1] for wish in groups]
    chance.shuffle(other_groups)
    other = make_egress([make_set(wish, SETTINGS) for wish in other_groups], SETTINGS)
    assert one == other


@given(wishes, wishes)
def test_each_set_has_a_socket_for_each_of_its_hosts_and_no_other(first, second) -> None:
    config = make_egress([make_set(first, SETTINGS), make_set(second, SETTINGS)], SETTINGS)
    wanted = {f"{set_name(wish)}/{h.socket_name}" for wish in (first, second) for h in wish}
    assert set(config.sockets) == wanted
    assert config.text.count("\n  bind /run/out/") == len(wanted)
    assert len(config.stamp) == 64 and config.stamp in config.text


def test_the_stamp_tells_every_change() -> None:
    def stamp(raw: dict, *groups: tuple[OutsideHost, ...]) -> str:
        settings = read_egress(raw)
        return make_egress([make_set(wish, settings) for wish in groups], settings).stamp

    stamps = [
        stamp({}, OPENSID, PBB),
        stamp({}, OPENSID),
        stamp({"closed": True}, OPENSID, PBB),
        stamp({"blocked": [MAIL.host]}, OPENSID, PBB),
        stamp({"inside": {MAIL.host: ["10.20.0.5/32"]}}, OPENSID, PBB),
    ]
    assert len(set(stamps)) == len(stamps)


def test_closing_takes_every_host_and_blocking_one_and_neither_renames_a_set() -> None:
    closed, blocked = EgressSettings(closed=True), EgressSettings(blocked=frozenset([MAIL.host]))
    assert allowed_hosts(OPENSID, closed) == ()
    assert allowed_hosts(OPENSID, blocked) == (LICENCE,)
    names = {make_set(OPENSID, settings).name for settings in (closed, blocked, SETTINGS)}
    assert names == {set_name(OPENSID)}


def test_the_regency_adds_hosts_to_one_product_only() -> None:
    settings = read_egress({"extra": {"opensid": [str(MAIL)]}})
    assert wanted_hosts("opensid", [str(LICENCE)], settings) == (LICENCE, MAIL)
    assert wanted_hosts("pbb", [str(LICENCE)], settings) == (LICENCE,)
    with pytest.raises(InvalidInput):
        wanted_hosts("pbb", ["http://layanan.opendesa.id"], settings)


def test_an_instance_that_wants_nothing_gets_nothing() -> None:
    assert instance_way_out(PATHS, ()) == WayOut({}, {}, ())


def test_an_instance_gets_a_name_a_listener_and_a_mount_for_what_it_wants() -> None:
    way = instance_way_out(PATHS, OPENSID, [BONTO])
    assert way.hosts == {
        "bonto.desa.id": "127.77.0.1",
        "layanan.opendesa.id": "127.77.0.2",
        "surel.takalarkab.go.id": "127.77.0.3",
    }
    assert way.environment["SIAPPAKAI_EGRESS"].split() == [
        "127.77.0.1:443=/run/edge-inside/https.sock",
        "127.77.0.2:443=/run/egress/layanan.opendesa.id-443.sock",
        "127.77.0.3:587=/run/egress/surel.takalarkab.go.id-587.sock",
    ]
    assert {(mount.source, mount.target) for mount in way.mounts} == {
        (f"/srv/siappakai/egress/run/{set_name(OPENSID)}", "/run/egress"),
        ("/srv/siappakai/edge/run/inside", "/run/edge-inside"),
        ("/srv/siappakai/egress/trust", "/run/siappakai-trust"),
    }
    assert all(mount.read_only for mount in way.mounts)


def test_two_villages_differ_in_their_own_domain_and_share_the_products_set() -> None:
    bonto, cakura = (instance_way_out(PATHS, PBB, [own]) for own in (BONTO, CAKURA))
    assert "bonto.desa.id" in bonto.hosts and "bonto.desa.id" not in cakura.hosts
    assert "127.77.0.1:8443=/run/edge-inside/https.sock" in cakura.environment["SIAPPAKAI_EGRESS"]
    assert bonto.mounts == cakura.mounts


def test_the_own_domain_is_never_led_outside() -> None:
    way = instance_way_out(PATHS, [BONTO, LICENCE], [BONTO])
    assert way.environment["SIAPPAKAI_EGRESS"].count("127.77.0.1:443=") == 1
    assert "/run/egress/bonto" not in way.environment["SIAPPAKAI_EGRESS"]


def test_a_spec_is_named_by_its_hosts_too_and_without_any_keeps_its_old_name() -> None:
    def spec(**more: object) -> ContainerSpec:
        return ContainerSpec("sha256:1", 200_001, (), {}, Limits(), {}, "", **more)

    assert spec().sha256 == spec(hosts={}).sha256
    assert spec().sha256 == "67d275b92d6fc1a0699808a76d215e6433cda4573a1986da287c7b57a90e3e98"
    assert spec(hosts={"a.desa.id": "127.77.0.1"}).sha256 != spec().sha256
