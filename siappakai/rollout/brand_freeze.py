"""Touch: a brand version goes to instances by a rollout: frozen, hashed, approved like a release.

The same rows, driver and limits as on release day; only the operation of each unit is another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from siappakai.errors import NotFound, Refused
from siappakai.models import (
    BrandVersion,
    Instance,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    WantedState,
    append_event,
    db,
    transaction,
)
from siappakai.rollout.brand_waves import Wave, Wearer, brand_waves
from siappakai.rollout.plan import canonical
from siappakai.rollout.policy import Limits, RolloutPolicy, check, to_json

PRODUCT = "wajah"  # stands where a release's rollout names its product
# Nothing of a village's data moves and the way back takes seconds: more at once, no bake time.
QUICK = RolloutPolicy(
    canary_count=0,
    wave_percents=(100,),
    limits=Limits(parallel=8, failures=3, failure_percent=10.0, consecutive=3),
    bake_s=0,
    skip_calendar_days=False,
    use_guard=False,
    pictures=False,
)
# Two villages first; a person looks at them before the others follow.
LOOKED_AT = RolloutPolicy(
    canary_count=2,
    wave_percents=(30, 100),
    limits=Limits(parallel=8, failures=2, failure_percent=10.0, consecutive=2),
    bake_s=0,
    skip_calendar_days=False,
    confirm_waves=(2, 3),
    use_guard=False,
    pictures=False,
)
BRAND_POLICIES = {"sekaligus": QUICK, "bertahap": LOOKED_AT}


def freeze_brand(
    version_id: int, instance_ids: Sequence[int], policy: RolloutPolicy, *, title: str, by: str
) -> int:
    """The planned rollout's id; nothing starts. Refused when there is nobody to wear it."""
    check(policy)
    version = db.session.get(BrandVersion, version_id)
    if version is None:
        raise NotFound("Versi wajah itu tidak ada.")
    waves = brand_waves(_wearers(instance_ids), policy)
    if not waves:
        raise Refused(
            "Tidak ada aplikasi terpasang di lingkup itu.", hint="Pilih lingkup yang lebih luas."
        )
    rollout = _rollout(version, waves, policy, title, by)
    with transaction():
        db.session.add(rollout)
        db.session.flush()
        rollout_id = rollout.id
        db.session.add_all(_waves(rollout_id, waves, policy))
        db.session.add_all(_items(rollout_id, waves))
        append_event(
            "rollout_planned",
            f"rollout:{rollout_id}",
            by=by,
            version=f"wajah {version.number}",
            moves=sum(len(wave) for wave in waves),
            stays=0,
            sha256=rollout.plan_sha256,
        )
    return rollout_id


def refuse_outdated_brand(rollout: Rollout) -> None:
    """Nothing while the plan is what was hashed and its version still says the same."""
    version = db.session.get_one(BrandVersion, rollout.brand_version_id)
    if _sha256(rollout.plan) != rollout.plan_sha256:
        raise Refused(
            "Rencana yang tersimpan tidak sama dengan yang dibekukan.",
            hint="Batalkan penerapan ini dan buat yang baru.",
        )
    if rollout.plan["version_sha256"] != version.sha256:
        raise Refused("Isi versi wajah itu bukan lagi yang direncanakan.")
    gone = [
        each.home.name
        for each in db.session.scalars(
            select(Instance)
            .join(RolloutItem, RolloutItem.instance_id == Instance.id)
            .where(
                RolloutItem.rollout_id == rollout.id, Instance.wanted_state != WantedState.RUNNING
            )
        )
    ]
    if gone and rollout.state == RolloutState.PLANNED:
        raise Refused(
            f"Sedang dilepas sejak rencana dibuat: {', '.join(gone[:5])}.",
            hint="Batalkan penerapan ini dan buat yang baru.",
        )


def _wearers(instance_ids: Sequence[int]) -> list[Wearer]:
    rows = db.session.scalars(
        select(Instance)
        .where(
            Instance.id.in_(instance_ids),
            Instance.is_serving,
        )
        .options(joinedload(Instance.village), joinedload(Instance.region))
    )
    return [
        Wearer(
            each.id,
            each.database_group_id,
            each.recorded_release_id,
            each.scope_code,
            each.home.name,
            each.product,
        )
        for each in rows
    ]


def _rollout(
    version: BrandVersion, waves: list[Wave], policy: RolloutPolicy, title: str, by: str
) -> Rollout:
    plan = {
        "kind": PRODUCT,
        "version_sha256": version.sha256,
        "policy": to_json(policy),
        "moves": [
            {**asdict(each), "wave": number, "total_s": 2.0}
            for number, wave in enumerate(waves, start=1)
            for each in wave
        ],
    }
    return Rollout(
        title=(title.strip() or f"Wajah versi {version.number}")[:120],
        product=PRODUCT,
        brand_version_id=version.id,
        policy=to_json(policy),
        plan=plan,
        plan_sha256=_sha256(plan),
        created_by=by,
    )


def _sha256(plan: Any) -> str:
    return hashlib.sha256(canonical(plan)).hexdigest()


def _waves(rollout_id: int, waves: list[Wave], policy: RolloutPolicy) -> list[RolloutWave]:
    return [
        RolloutWave(
            rollout_id=rollout_id,
            number=number,
            name="Desa contoh"
            if number == 1 and policy.canary_count and len(waves) > 1
            else f"Gelombang {number}",
            bake_s=policy.bake_s,
            waits_for_person=number in policy.confirm_waves,
        )
        for number, _ in enumerate(waves, start=1)
    ]


def _items(rollout_id: int, waves: list[Wave]) -> list[RolloutItem]:
    return [
        RolloutItem(
            rollout_id=rollout_id,
            wave_number=number,
            position=position,
            group_id=each.group_id,
            instance_id=each.instance_id,
            members=[each.instance_id],
            from_release_id=each.release_id,
        )
        for number, wave in enumerate(waves, start=1)
        for position, each in enumerate(wave, start=1)
    ]
