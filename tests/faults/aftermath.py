"""What must hold after a struck rollout: every village on one side, and no visitor misled."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby

from siappakai.models import (
    DatabaseGroup,
    Instance,
    ItemState,
    Operation,
    OperationState,
    Rollout,
    RolloutItem,
    Step,
    StepState,
    VersionRecord,
    db,
)
from siappakai.provision.restore import OUR_PREFIXES
from tests.faults.ground import OLD, Content, Ground, Village
from tests.faults.strikes import Course
from tests.load import Load, Reply

HOLD_S = 60
# What visitors may see while the killed part is away; a wrong page never.
EXCUSED = {
    "worker": frozenset(),
    "worker-frozen": frozenset(),
    "nothing": frozenset(),
    "ticker": frozenset(),
    "redis": frozenset(),
    "mariadb": frozenset({502, 503}),
    "mariadb-process": frozenset({502, 503}),
    "docker": frozenset(),
    "docker-hard": frozenset({0, 502, 503}),  # everything stands still, the edge too
}


# --- what must hold


def check_state(ground: Ground, rollout_id: int, course: Course) -> dict[int, str]:
    """Every village is wholly on one side, and everything agrees on which: instance → word."""
    sides = {}
    for village in ground.villages:
        told = f"{village.domain} {course.strikes.get(village.instance_id)}"
        with ground.fleet.app.app_context():
            sides[village.instance_id] = _check_rows(rollout_id, village, told)
        _check_content(ground, village, sides[village.instance_id], told)
        _check_link(ground, village, told)
    _check_leftovers(ground)
    return sides


def _check_rows(rollout_id: int, village: Village, told: str) -> str:
    """Operation, item, instance and version record say the same; the side's word."""
    item = db.session.scalars(
        db.select(RolloutItem).filter_by(rollout_id=rollout_id, instance_id=village.instance_id)
    ).one()
    operation, instance = item.operation, db.session.get_one(Instance, village.instance_id)
    group = db.session.get_one(DatabaseGroup, instance.database_group_id)
    assert operation.is_finished and operation.active_key is None, told
    assert group.lock_operation_id is None, told
    is_new = item.state in (ItemState.SUCCEEDED, ItemState.RETURN_FAILED)
    wanted = db.session.get_one(Rollout, rollout_id).release_id if is_new else item.from_release_id
    assert instance.recorded_release_id == wanted, (told, item.state, operation.error_message)
    assert instance.wanted_release_id == wanted, told
    is_good = item.state in (ItemState.SUCCEEDED, ItemState.RETURNED)
    records = db.session.query(VersionRecord).filter_by(operation_id=operation.id).count()
    assert (operation.state == OperationState.SUCCEEDED) == is_good == (records == 1), (
        told,
        item.state,
        operation.state,
        operation.error_message,
        operation.error_log_tail[-600:],
    )
    if not is_good:
        assert operation.state == OperationState.FAILED, (told, operation.error_message)
        assert "Sudah kembali ke keadaan semula" in operation.error_message, told
    return "good" if is_new else "old"


def _check_content(ground: Ground, village: Village, side: str, told: str) -> None:
    """Tables and files are exactly what they were before, or what one whole migration makes."""
    found = ground.content(village)
    if side == "old":
        _assert_same(found, ground.old[village.instance_id], told)
        return
    assert ground.people(village) <= {("+", 1)}, told
    expected = ground.new.setdefault(village.instance_id, found)
    assert set(expected.tables) == set(ground.old[village.instance_id].tables)
    assert expected.files != ground.old[village.instance_id].files
    _assert_same(found, expected, told)


def _assert_same(found: Content, expected: Content, told: str) -> None:
    for part in ("tables", "files"):
        one, other = getattr(found, part), getattr(expected, part)
        wrong = {name for name in {*one, *other} if one.get(name) != other.get(name)}
        assert not wrong, (told, part, {name: (other.get(name), one.get(name)) for name in wrong})


def _check_link(ground: Ground, village: Village, told: str) -> None:
    """The link leads to the recorded container, which runs; at most its predecessor rests."""
    with ground.fleet.app.app_context():
        spec = db.session.get_one(Instance, village.instance_id).recorded_spec_sha256
    assert os.readlink(village.paths.current) == village.paths.link_target(spec), told
    names = {
        name: state for name, state in ground.containers().items() if village.paths.key in name
    }
    assert names.pop(village.paths.container(spec), None) == "running", told
    assert set(names.values()) <= {"exited"} and len(names) <= 1, (told, names)
    assert all(len(name.rpartition("-")[2]) == 8 for name in names), (told, names)


def _check_leftovers(ground: Ground) -> None:
    """No throw-away container, no database of a restoration is left."""
    support = {f"{ground.fleet.name}-{name}" for name in ("mariadb", "edge", "egress")}
    keys = [village.paths.key for village in ground.villages]
    strange = [
        name
        for name in ground.containers()
        if name not in support and not any(key in name for key in keys)
    ]
    assert not strange
    names = ground.fleet.tools.databases.names()
    assert not [name for name in names if name.startswith(OUR_PREFIXES)]


# --- what visitors saw


def check_answers(ground: Ground, load: Load, courses: Sequence[Course], passed: str) -> None:
    """Old pages before a switch, new ones after it, nothing between; failures only if excused."""
    excused = frozenset[int]().union(
        *(EXCUSED[one.what] for course in courses for one in course.strikes.values())
    )
    away = [span for course in courses for span in course.away]
    for village in ground.villages:
        replies = load.of(village.domain)
        bad = [each for each in replies if each.status != 200]
        assert {each.status for each in bad} <= excused, (village.domain, bad[:5])
        assert all(_is_excused(each, away) for each in bad), (village.domain, bad[:5], away)
        good = [each for each in replies if each.status == 200]
        assert good and replies[-1].status == 200, village.domain
        seen = [version for version, _ in groupby(each.version for each in good)]
        turns = _turns(ground, village, courses, passed)
        long = [(each.begun_at, each.seconds, each.version) for each in good if each.seconds > 2]
        assert seen in turns, (village.domain, seen, turns, long, _times(ground, courses, village))
        for operation_id, here in _served_before(courses, village, passed):
            _check_hold(ground, operation_id, village, [one for one in good if one.version == here])


def _times(ground: Ground, courses: Sequence[Course], village: Village) -> list[object]:
    """When each step of the village's operations began, to read a failure by."""
    return [
        (name, step.started_at and step.started_at.timestamp(), str(step.state))
        for course in courses
        if (operation_id := course.operations.get(village.instance_id))
        for name, step in _steps(ground, operation_id).items()
    ]


def _is_excused(reply: Reply, away: Sequence[tuple[float, float]]) -> bool:
    """It began while something was away, or waited at the edge for it."""
    return any(
        began - HOLD_S <= reply.begun_at <= ended + HOLD_S
        and reply.begun_at + reply.seconds >= began
        for began, ended in away
    )


def _turns(
    ground: Ground, village: Village, courses: Sequence[Course], passed: str
) -> list[list[str]]:
    """Which versions visitors may have met, in order, by what the operations' rows say."""
    turns = [[OLD]]
    ids = [course.operations.get(village.instance_id) for course in courses]
    for operation_id in filter(None, dict.fromkeys(ids)):  # a unit at rest keeps its last one
        steps = _steps(ground, operation_id)
        here = turns[0][-1]
        there = passed if here == OLD else OLD
        if _has_succeeded(ground, operation_id):
            turns = [[*turn, there] for turn in turns]
        elif steps["switch"].state != StepState.PENDING:
            turns += [[*turn, there, here] for turn in turns]
    return turns


def _served_before(
    courses: Sequence[Course], village: Village, passed: str
) -> list[tuple[int, str]]:
    """The village's operations, and the version that served before each.

    A unit at rest keeps its last operation: in a later course that one is not looked at again.
    """
    seen: dict[int, str] = {}
    for course, here in zip(courses, (OLD, passed, passed), strict=False):
        operation_id = course.operations.get(village.instance_id)
        if operation_id:
            seen.setdefault(operation_id, here)
    return list(seen.items())


def _check_hold(ground: Ground, operation_id: int, village: Village, good: Sequence[Reply]) -> None:
    """The release before served nobody between the hold and whatever ended it."""
    steps = _steps(ground, operation_id)
    hold, until = steps.get("hold"), steps.get("return") or steps.get("switch")
    if hold is None or hold.state != StepState.DONE or until is None or until.started_at is None:
        return
    begin, end = hold.finished_at.timestamp(), until.started_at.timestamp()
    between = [
        each for each in good if each.begun_at > begin and each.begun_at + each.seconds < end
    ]
    assert not between, (village.domain, between[:3], begin, end)


def _steps(ground: Ground, operation_id: int) -> dict[str, Step]:
    with ground.fleet.app.app_context():
        return {step.name: step for step in db.session.get_one(Operation, operation_id).steps}


def _has_succeeded(ground: Ground, operation_id: int) -> bool:
    with ground.fleet.app.app_context():
        state = db.session.get_one(Operation, operation_id).state
        return state == OperationState.SUCCEEDED
