"""The thinking files of provision: plans, names, rendered values, container specifications."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.models.operation import ACTIVE, FINISHED, MOVES, OperationKind, OperationState
from siappakai.products.contract import InstanceFile, Limits, PageProbe
from siappakai.products.render import php_string
from siappakai.provision.http_probe import Answer
from siappakai.provision.lifecycle import MAX_ATTEMPTS, STEP_LABELS, STEPS, next_wait_s
from siappakai.provision.naming import ServerPaths, database_name, instance_key
from siappakai.provision.planner import PlanAction, VillageState, make_install_plan
from siappakai.provision.progress import StepTime, estimate_s
from siappakai.provision.verify import wrong_answer
from siappakai.provision.wanted import BindMount, ContainerSpec, hash_files
from siappakai.secret import Secret

states = st.builds(
    VillageState,
    code=st.from_regex(r"[0-9]{10}", fullmatch=True),
    name=st.text(min_size=1, max_size=20),
    is_recorded=st.booleans(),
    recorded_version=st.just("2410.0.0"),
    is_active=st.booleans(),
    last_error=st.sampled_from(["", "disk penuh"]),
)


@given(st.lists(states, max_size=30))
def test_a_plan_names_every_village_once_with_a_reason(villages: list[VillageState]) -> None:
    plan = make_install_plan(villages)
    assert sorted(item.village_code for item in plan.items) == sorted(v.code for v in villages)
    assert all(item.reason for item in plan.items)
    assert plan.install_count + plan.keep_count + plan.blocked_count == len(villages)


@given(st.lists(states, max_size=30))
def test_a_recorded_village_is_never_installed_again(villages: list[VillageState]) -> None:
    recorded = {village.code for village in villages if village.is_recorded}
    plain = {village.code for village in villages if not village.is_recorded}
    for item in make_install_plan(villages).items:
        if item.village_code in recorded - plain:
            assert item.action is not PlanAction.INSTALL


def test_every_step_has_a_label_and_every_state_its_moves() -> None:
    for kind in OperationKind:
        for name in STEPS.get(kind, ()):
            assert STEP_LABELS[name]
    assert set(MOVES) == set(OperationState) == ACTIVE | FINISHED
    assert not MOVES[OperationState.SUCCEEDED]


def test_waiting_gets_longer_and_ends() -> None:
    waits = [next_wait_s(attempt) for attempt in range(1, MAX_ATTEMPTS)]
    assert waits == sorted(waits) and None not in waits
    assert next_wait_s(MAX_ATTEMPTS) is None


def test_names_of_two_villages_share_nothing_but_their_form() -> None:
    paths = ServerPaths(Path("/srv/x"), "uji")
    one, two = (paths.instance(instance_key("opensid", f"730505200{n}")) for n in (1, 2))
    assert one.home != two.home and one.current != two.current
    assert one.container("ab" * 32) == "uji-opensid-7305052001-abababab"
    assert one.link_target("ab" * 32) == "abababab/http.sock"
    assert instance_key("mobile_api", "7305052001") == "mobile-api-7305052001"
    assert database_name("sid", "7305052001") == "sid_7305052001"


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_php_reads_back_exactly_what_was_written(value: str) -> None:
    literal = php_string(value)
    body = literal[1:-1]
    assert body.replace("\\'", "'").replace("\\\\", "\\") == value or "\\" in value
    assert not _ends_early(body)


def _ends_early(body: str) -> bool:
    escaped = False
    for letter in body:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "'":
            return True
    return escaped


def test_php_string_refuses_what_no_file_can_hold() -> None:
    with pytest.raises(ValueError, match="NUL"):
        php_string("a\0b")


def _spec(**changes: object) -> ContainerSpec:
    spec = ContainerSpec(
        image="sha256:1",
        uid=200001,
        mounts=(BindMount("/a", "/b", True),),
        tmpfs={"/tmp": "size=1m"},
        limits=Limits(),
        labels={"siappakai.village": "7305052001"},
        files_sha256="x",
    )
    return replace(spec, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"image": "sha256:2"},
        {"uid": 200002},
        {"mounts": ()},
        {"files_sha256": "y"},
        {"limits": Limits(pids=1)},
        {"environment": {"TZ": "Asia/Makassar"}},
    ],
)
def test_any_difference_gives_another_container_name(changes: dict[str, object]) -> None:
    assert _spec(**changes).sha256 != _spec().sha256
    assert _spec().sha256 == _spec().sha256


def test_the_hash_of_files_follows_content_and_mode_not_order() -> None:
    one, two = InstanceFile("a", Secret("1")), InstanceFile("b", Secret("2"))
    assert hash_files((one, two)) == hash_files((two, one))
    assert hash_files((one,)) != hash_files((replace(one, content=Secret("3")),))
    assert hash_files((one,)) != hash_files((replace(one, mode=0o600),))


def test_an_estimate_needs_measurements_and_something_left() -> None:
    steps = (StepTime("start", "", 2000, 5), StepTime("schema", "", 1000, 5))
    assert estimate_s(10, 2, steps, 2) == pytest.approx(16.5)
    assert estimate_s(0, 0, steps, 2) is None
    assert estimate_s(10, 0, (), 2) is None


PROBE = PageProbe("/siteman", ("Bonto’ Lae'", "OpenSID 2410.0.0"))
GOOD = "<h1>BONTO’  Lae&#039;</h1><a>OpenSID</a> 2410.0.0"


@pytest.mark.parametrize(
    ("status", "text", "part"),
    [
        (200, GOOD, ""),
        (500, GOOD, "menjawab 500"),
        (302, GOOD, "menjawab 302"),
        (200, GOOD.replace("2410.0.0", "2409.0.0"), "tidak memuat “OpenSID 2410.0.0”"),
        (200, "<h1>Desa Lain</h1> OpenSID 2410.0.0", "tidak memuat “Bonto’ Lae'”"),
    ],
)
def test_a_page_proves_only_the_right_village_and_version(
    status: int, text: str, part: str
) -> None:
    found = wrong_answer(PROBE, Answer(status, {}, text, 0.1))
    assert part in found if part else found == ""


def test_no_thinking_file_needs_a_program_outside() -> None:
    """Importing the thinking files starts no process and opens no socket."""
    code = (
        "import sys, socket, subprocess\n"
        "def no(*a, **k): raise SystemExit('touched')\n"
        "socket.socket.connect = no; subprocess.Popen.__init__ = no\n"
        "import siappakai.provision.naming, siappakai.provision.wanted\n"
        "import siappakai.provision.planner, siappakai.provision.lifecycle\n"
        "import siappakai.provision.edge_config\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=Path(__file__).parents[3],
    )
