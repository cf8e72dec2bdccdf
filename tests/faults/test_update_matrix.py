"""`kill -9` of anything at any step of an update: every village ends on one side, wholly.

A rollout moves three villages one after another under constant load; each is struck once on its
way there and once on its way back. The whole matrix (hours) runs with SIAPPAKAI_UJI_LAMBAT=1;
without it the worst moments of a worker's, Redis's, Docker's, MariaDB's and the ticker's death do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from siappakai.models import OperationKind
from siappakai.provision.lifecycle import STEPS
from tests.faults.ground import Ground, running_ground
from tests.faults.second_engine import NoEngine, second_engine
from tests.faults.stories import begin_again, broken_release, there_and_back
from tests.faults.strikes import NOBODYS, Strike

# PyMySQL and the Docker SDK leave a socket that was refused to the garbage collector.
pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

SIDES = ("before", "after")
STEPS_THERE = [f"perbarui.{name}" for name in STEPS[OperationKind.UPDATE]]
STEPS_BACK = [f"mundur.{name}" for name in STEPS[OperationKind.RETURN]]
WRITING = (
    "call.databases._write_without_accounts.before",
    "inside.pindah",
    "call.kept_files.apply_changes.before",
    "call.file_view_apply._reach.after",
    "call.holding.hide_copies.before",
    "call.record.append_event.before",
)
RESTORING = (
    "call.restore._load_aside.before",
    "call.restore._load_aside.after",
    "call.restore._take_place.before",
    "call.restore._take_place.after",
)
COMING_BACK = (
    "perbarui.return.before",
    "call.come_back.hold_all.after",
    "call.restore._load_aside.after",
    "call.restore._take_place.after",
    "call.come_back._bring_files_back.before",
    "call.come_back._bring_files_back.after",
    "call.come_back._try_all.after",
    "call.come_back.lead_to.before",
    "call.come_back.lead_to.after",
    "call.come_back._want_old_again.before",
    "call.come_back.remove_others.before",
    "perbarui.return.after",
)
BEFORE_THERE = [f"{step}.before" for step in STEPS_THERE]
BEFORE_BACK = [f"{step}.before" for step in STEPS_BACK]
EVERY_THERE = [f"{step}.{side}" for step in STEPS_THERE for side in SIDES] + list(WRITING)
EVERY_BACK = [f"{step}.{side}" for step in STEPS_BACK for side in SIDES] + list(RESTORING)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """On an engine of its own where the machine can have one, else on the machine's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ujimesin-", dir="/var/tmp")))
        try:
            engine = stack.enter_context(second_engine(folder / "mesin"))
        except NoEngine as why:
            made = stack.enter_context(running_ground("ujipukul"))
            made.no_engine = str(why)
        else:
            made = stack.enter_context(running_ground("ujipukul", engine))
        yield made


@pytest.fixture(autouse=True)
def on_the_old_release(ground: Ground) -> None:
    begin_again(ground)


def of(what: str, *moments: str) -> list[Strike]:
    return [Strike(what, moment) for moment in moments]


def needs_engine(ground: Ground, *whats: str) -> None:
    if ground.engine is None and any(what.startswith("docker") for what in whats):
        pytest.skip(f"no second Docker Engine can run here: {ground.no_engine}")


# --- the worst moments


def test_killed_workers_lose_nothing_and_no_visitor_notices(ground: Ground) -> None:
    there, back = there_and_back(
        ground,
        of("worker", "perbarui.hold.after", "inside.pindah", "perbarui.switch.after"),
        of("worker", "call.restore._take_place.after", "mundur.snapshot.before")
        + of("redis", "mundur.start.before"),
    )
    assert set(there.values()) == {"good"}
    assert set(back.values()) == {"old"}


@pytest.mark.slow
def test_villages_come_back_from_a_broken_release_whatever_dies_on_the_way(ground: Ground) -> None:
    ended = broken_release(
        ground,
        of("worker", "call.come_back._bring_files_back.after")
        + of("mariadb", "call.restore._take_place.before")
        + of("mariadb-process", "call.come_back.lead_to.before"),
    )
    assert set(ended.values()) == {"old"}


def test_a_killed_engine_or_mariadb_leaves_every_village_on_one_side(ground: Ground) -> None:
    needs_engine(ground, "docker")
    there, back = there_and_back(
        ground,
        of("docker", "call.databases._write_without_accounts.before", "perbarui.record.before")
        + of("mariadb", "inside.pindah"),
        of("docker", "mundur.restore.before") + of("ticker", "mundur.switch.before"),
    )
    proven = ground.villages[1].instance_id  # before its record; the others may have returned
    assert there[proven] == "good"
    assert set(back.values()) == {"old"}


# --- what only shows between two parts


@pytest.mark.slow
def test_a_rollout_goes_on_when_worker_and_ticker_die_between_two_villages(ground: Ground) -> None:
    """The worker before it told the rollout; the ticker when it had written and not yet told."""
    first = ground.villages[0].instance_id
    between = {
        first: Strike("worker", "call.drive.after_operation.before"),
        NOBODYS: Strike("worker", "call.drive.enqueue_operations.before"),
    }
    there, back = there_and_back(ground, between, [])
    assert (set(there.values()), set(back.values())) == ({"good"}, {"old"})


@pytest.mark.slow
def test_a_migration_that_outlived_its_worker_ends_before_the_database_comes_back(
    ground: Ground,
) -> None:
    first = ground.villages[0].instance_id
    outlives = {
        first: Strike("worker-frozen", "inside.pindah"),
        NOBODYS: Strike("nothing", "call.restore._load_aside.before"),
    }
    there, back = there_and_back(ground, outlives, [])
    assert (set(there.values()), set(back.values())) == ({"good"}, {"old"})


# --- the whole matrix, three at a time


def chunks(there: Sequence[str], back: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """Both lists, three of each at a time; the shorter one begins anew."""
    count = max(len(there), len(back))
    longer = [[each[number % len(each)] for number in range(count)] for each in (there, back)]
    return [
        (longer[0][number : number + 3], longer[1][number : number + 3])
        for number in range(0, count, 3)
    ]


BOTH_WAYS = [
    (what, *chunk)
    for what, there, back in (
        ("worker", EVERY_THERE, EVERY_BACK),
        ("redis", BEFORE_THERE, BEFORE_BACK),
        ("ticker", BEFORE_THERE, BEFORE_BACK),
        ("mariadb", [*BEFORE_THERE, *WRITING[:2]], [*BEFORE_BACK, *RESTORING]),
        ("mariadb-process", [*BEFORE_THERE, *WRITING[:2]], [*BEFORE_BACK, *RESTORING]),
        ("docker", [*BEFORE_THERE, *WRITING[:3]], [*BEFORE_BACK, *RESTORING[:2]]),
        ("docker-hard", [*BEFORE_THERE, *WRITING[:3]], [*BEFORE_BACK, *RESTORING[:2]]),
    )
    for chunk in chunks(there, back)
]
COMING = [
    (what, COMING_BACK[number : number + 3])
    for what in ("worker", "redis", "ticker", "mariadb", "mariadb-process", "docker", "docker-hard")
    for number in range(0, len(COMING_BACK), 3)
]


def _named(what: str, moments: Sequence[str]) -> str:
    return "-".join([what, *(moment.replace(".", "_") for moment in moments)])


class TestWholeMatrix:
    pytestmark = pytest.mark.slow

    @pytest.mark.parametrize(
        ("what", "there", "back"), BOTH_WAYS, ids=[_named(a, b) for a, b, _ in BOTH_WAYS]
    )
    def test_there_and_back(
        self, ground: Ground, what: str, there: list[str], back: list[str]
    ) -> None:
        needs_engine(ground, what)
        _, ended = there_and_back(ground, of(what, *there), of(what, *back))
        assert set(ended.values()) == {"old"}

    @pytest.mark.parametrize(("what", "moments"), COMING, ids=[_named(*each) for each in COMING])
    def test_coming_back(self, ground: Ground, what: str, moments: list[str]) -> None:
        needs_engine(ground, what)
        assert set(broken_release(ground, of(what, *moments)).values()) == {"old"}
