"""The cast of brand tests: three villages in two districts, each with a proven OpenSID."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from siappakai.branding.assets import keep_asset
from siappakai.branding.scope import Scope
from siappakai.models import (
    BrandRecord,
    DatabaseGroup,
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
    OperationState,
    Release,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.install_queue import queue_installs
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages

ELSEWHERE = "7305022001"
ALL, REGENCY = Scope(), Scope("7305")
DISTRICT = Scope("730505")
A, B, C = Scope(TAMASAJU), Scope(BONTOKANANG), Scope(ELSEWHERE)
DAY = timedelta(days=1)


def add_instances(home: Path) -> dict[str, int]:
    """Village code → the id of its instance."""
    add_server(home / "srv")
    release_id = add_release()
    codes = [TAMASAJU, BONTOKANANG, ELSEWHERE]
    add_villages(*codes)
    with transaction():
        queue_installs(codes, db.session.get_one(Release, release_id), by="ani")
        for row in db.session.scalars(select(Instance)):
            row.recorded_release_id, row.recorded_at = release_id, datetime.now(UTC)
    return {row.scope_code: row.id for row in db.session.scalars(select(Instance))}


def want(version_id: int, *instance_ids: int) -> None:
    """These instances were given that version."""
    with transaction():
        for each in instance_ids:
            row = db.session.get(InstanceBrand, each) or InstanceBrand(instance_id=each)
            row.wanted_version_id = version_id
            db.session.add(row)


def wanted(instance_id: int) -> int | None:
    return db.session.get_one(InstanceBrand, instance_id).wanted_version_id


def add_serving(
    *codes: str, product: str = "opensid", created_at: datetime | None = None
) -> list[int]:
    """Instances that serve and have nothing to do; the server and the release are there."""
    release_id = db.session.scalars(select(Release.id)).first()
    with transaction():
        made = [
            Instance(
                product=product,
                scope_code=code,
                village_code=code,
                server_id=1,
                database_group=DatabaseGroup(
                    product=product, server_id=1, database_name=f"{product}_{code}"
                ),
                wanted_release_id=release_id,
                recorded_release_id=release_id,
                recorded_spec_sha256="a" * 64,
                created_at=created_at or utc_now(),
            )
            for code in codes
        ]
        db.session.add_all(made)
        db.session.flush()
        return [each.id for each in made]


def ended(
    instance_id: int,
    version_id: int | None,
    *,
    state: OperationState = OperationState.SUCCEEDED,
    by: str = "ani",
    ago: timedelta = timedelta(),
    kind: OperationKind = OperationKind.APPLY_BRAND,
) -> int:
    """An operation of the instance that ended so long ago; the caller commits."""
    release_id = db.session.get_one(Instance, instance_id).recorded_release_id
    row = Operation(
        kind=kind,
        instance_id=instance_id,
        release_id=release_id,
        state=state,
        parameters={"brand_version_id": version_id},
        requested_by=by,
        created_at=utc_now() - ago,
        finished_at=utc_now() - ago,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def wear(version_id: int | None, *instance_ids: int, ago: timedelta = timedelta()) -> None:
    """These instances were given that version so long ago, and it was proven."""
    with transaction():
        for each in instance_ids:
            operation_id = ended(each, version_id, ago=ago)
            row = db.session.get(InstanceBrand, each) or InstanceBrand(instance_id=each)
            db.session.add(row)
            row.wanted_version_id = row.applied_version_id = version_id
            row.applied_at = utc_now() - ago
            db.session.add(
                BrandRecord(
                    instance_id=each,
                    operation_id=operation_id,
                    version_id=version_id,
                    created_at=utc_now() - ago,
                )
            )


def logo(colour: str = "#0a0", side: int = 200) -> str:
    target = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(target, "PNG")
    return keep_asset(target.getvalue(), "logo.png", "ani").sha256
