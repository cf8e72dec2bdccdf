"""The cast of brand tests: three villages in two districts, each with a proven OpenSID."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from siappakai.branding.assets import keep_asset
from siappakai.branding.scope import Scope
from siappakai.models import Instance, InstanceBrand, Release, db, transaction
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


def logo(colour: str = "#0a0", side: int = 200) -> str:
    target = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(target, "PNG")
    return keep_asset(target.getvalue(), "logo.png", "ani").sha256
