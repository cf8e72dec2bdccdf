"""A fleet on release day: villages with OpenSID, one of them with a hostile name, some combined."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from siappakai.models import (
    DatabaseGroup,
    Instance,
    Operation,
    Release,
    ReleaseState,
    Role,
    Rollout,
    RolloutItem,
    RolloutState,
    StepState,
    User,
    Village,
    append_event,
    db,
    transaction,
)
from siappakai.rollout import acts
from siappakai.rollout.draft import draft_plan
from siappakai.rollout.drive import advance
from siappakai.rollout.freeze import approve, freeze_plan
from siappakai.rollout.policy import Limits, RolloutPolicy
from siappakai.secret import Secret
from tests.integration.rows.rollout_rows import active_operations, end_operation
from tests.integration.web import fleet_rows
from tests.rollout_cast import DIGEST, add_fleet, add_offered_release, combine

HOSTILE = "<script>alert(1)</script> & 'Desa'"
POLICY = RolloutPolicy(
    canary_count=1,
    wave_percents=(50, 100),
    confirm_waves=(2,),
    bake_s=0,
    limits=Limits(parallel=2, failures=2, consecutive=2),
)


@dataclass
class ReleaseDay:
    """`ids` are the instances in the order of their villages, `new` the release on offer."""

    old: int
    new: int
    ids: list[int] = field(default_factory=list)


def add_release_day(root: Path, count: int = 6, combined: int = 3) -> ReleaseDay:
    """That many villages on the old release, the last of them in one combined database."""
    day = ReleaseDay(add_offered_release("2408.0.0"), add_offered_release("2410.0.0"))
    day.ids = add_fleet(root, count, day.old)
    if combined:
        combine(day.ids[-combined:], "Takalar <b>")
    with transaction():
        db.session.get_one(Instance, day.ids[0]).village.name = HOSTILE
        for each in day.ids:
            db.session.get_one(Instance, each).village.refresh_search_text()
    return day


def add_other_admin() -> None:
    person = User(username="dewi", name="Dewi", role=Role.ADMIN)
    person.set_password(Secret(fleet_rows.PASSWORD))
    with transaction() as session:
        session.add(person)


def prove_image() -> None:
    """What a distribution writes down when the image is on the server."""
    with transaction():
        append_event("release_distributed", "server:local", by="pekerja", digest=DIGEST)


def add_plan(day: ReleaseDay, policy: RolloutPolicy = POLICY, *, by: str = "ani") -> int:
    """A frozen plan that waits for approval."""
    made = draft_plan(day.new, policy, lambda _server, _digest: True)
    return freeze_plan(made, policy, title="Hari rilis <i>", by=by)


def launch(rollout_id: int) -> None:
    prove_image()
    sha256 = db.session.get_one(Rollout, rollout_id).plan_sha256
    approve(rollout_id, sha256, by="dewi", gate=lambda _rollout: [])
    acts.launch(rollout_id, by="ani")


def play(rollout_id: int, *outcomes: bool) -> None:
    """The running operations end in their order as said, and the rollout goes on."""
    for well in outcomes:
        operation = active_operations()[0]
        end_operation(operation.id, well=well)
        advance(rollout_id)


def state_of(rollout_id: int) -> RolloutState:
    db.session.expire_all()
    return db.session.get_one(Rollout, rollout_id).state


def items_of(rollout_id: int) -> list[RolloutItem]:
    db.session.expire_all()
    return list(db.session.get_one(Rollout, rollout_id).items)


def withdraw(release_id: int) -> None:
    with transaction():
        db.session.get_one(Release, release_id).state = ReleaseState.WITHDRAWN


def put_log(operation_id: int, tail: str) -> None:
    with transaction():
        operation = db.session.get_one(Operation, operation_id)
        operation.error_log_tail = tail


def leave_stuck(operation_id: int) -> None:
    """What a worker writes when an update could not even come back."""
    with transaction():
        operation = db.session.get_one(Operation, operation_id)
        back = next(each for each in operation.steps if each.name == "return")
        back.state = StepState.FAILED


def make_village(number: int) -> Village:
    """One more village than the cast has."""
    district = f"7305{number % 17 + 1:02d}"
    village = Village(
        code=f"{district}2{number:03d}",
        name=f"Desa {number}",
        district_code=district,
        district_name=f"Kecamatan {district[-2:]}",
        regency_code="7305",
        regency_name="Takalar",
        province_code="73",
        province_name="Sulawesi Selatan",
        domain=f"lain{number}.takalar.test",
    )
    village.refresh_search_text()
    return village


def make_instance(code: str, server_id: int, release_id: int) -> Instance:
    group = DatabaseGroup(product="opensid", server_id=server_id, database_name=f"d{code}")
    return Instance(
        product="opensid",
        scope_code=code,
        village_code=code,
        server_id=server_id,
        database_group=group,
        wanted_release_id=release_id,
        recorded_release_id=release_id,
    )
