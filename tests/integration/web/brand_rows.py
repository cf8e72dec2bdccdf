"""A fleet that can wear a look: villages with OpenSID, pictures, versions, themes, previews."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

from PIL import Image

from siappakai.branding.edits import Temporary, add_temporary, set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import (
    BrandPreview,
    BrandPreviewItem,
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
    OperationState,
    Rollout,
    RolloutItem,
    db,
    transaction,
    utc_now,
)
from siappakai.rollout.brand_freeze import BRAND_POLICIES, freeze_brand
from tests.integration.web import fleet_rows
from tests.rollout_cast import add_fleet, add_offered_release

HOSTILE = "<script>alert(1)</script> & 'Desa'"
REGENCY = Scope(fleet_rows.TAKALAR)


def add_wearers(root: Path, count: int = 4) -> list[int]:
    """That many villages with OpenSID, the first with a hostile name; instance ids."""
    ids = add_fleet(root, count, add_offered_release("2410.0.0"))
    with transaction():
        first = db.session.get_one(Instance, ids[0]).village
        first.name = HOSTILE
        first.refresh_search_text()
    return ids


def codes_of(ids: list[int]) -> list[str]:
    return [db.session.get_one(Instance, each).scope_code for each in ids]


def png(side: int = 200, colour: str = "#0f6b5c") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(target, "PNG")
    return target.getvalue()


def fill(scope: Scope = REGENCY, **values: str) -> None:
    set_values(scope, values, by="ani")


def add_version(title: str = "Pertama", **values: str) -> int:
    """A frozen version of the regency's layer with these values."""
    if values:
        fill(**values)
    return freeze_now(title, by="ani").id


def wear(ids: list[int], version_id: int, **values: str) -> None:
    """These instances were given the version and proved to wear it."""
    with transaction():
        for each in ids:
            row = db.session.get(InstanceBrand, each) or InstanceBrand(instance_id=each)
            row.wanted_version_id = row.applied_version_id = version_id
            row.applied_values, row.applied_at = dict(values), utc_now()
            db.session.add(row)


def add_brand_rollout(ids: list[int], version_id: int, way: str = "bertahap") -> int:
    return freeze_brand(version_id, ids, BRAND_POLICIES[way], title="Logo <b>baru</b>", by="ani")


def add_ribbon(days: int = 5, title: str = "HUT <i>") -> None:
    now = utc_now()
    add_temporary(
        Temporary(
            title,
            {"ribbon_kind": "merah_putih"},
            now - timedelta(days=1),
            now + timedelta(days=days),
            REGENCY,
        ),
        by="ani",
    )


def add_preview(home: Path, version_id: int, ids: list[int], *, done: bool = True) -> int:
    """A preview of these instances; its pictures lie where the worker would have laid them."""
    with transaction():
        preview = BrandPreview(version_id=version_id, created_by="ani")
        db.session.add(preview)
        db.session.flush()
        preview_id = preview.id
        for each in ids:
            item = BrandPreviewItem(preview_id=preview_id, instance_id=each)
            if done:
                item.pictures = [_pictured(each, screen) for screen in ("layar", "ponsel")]
                item.finished_at = utc_now()
            else:
                item.operation = _waiting(each)
            db.session.add(item)
    if done:
        _lay_pictures(home / "pratinjau" / str(preview_id), ids)
    return preview_id


def _pictured(instance_id: int, screen: str) -> dict[str, object]:
    named = {
        when: f"{instance_id}-depan-{screen}-{when}.png" for when in ("sebelum", "sesudah", "beda")
    }
    seen = {"share": 0.124, "is_equal": False, "boxes": [[0, 0, 4, 4]], "width": 40, "height": 40}
    status = {"status_sebelum": 200, "status_sesudah": 200}
    return {"page": "depan", "screen": screen, **named, **seen, **status}


def _lay_pictures(folder: Path, ids: list[int]) -> None:
    folder.mkdir(parents=True)
    for each in ids:
        for screen in ("layar", "ponsel"):
            for when, colour in (
                ("sebelum", "#888888"),
                ("sesudah", "#0f6b5c"),
                ("beda", "#c22f2f"),
            ):
                (folder / f"{each}-depan-{screen}-{when}.png").write_bytes(png(400, colour))


def _waiting(instance_id: int) -> Operation:
    instance = db.session.get_one(Instance, instance_id)
    return Operation(
        kind=OperationKind.PREVIEW,
        instance_id=instance_id,
        release_id=instance.recorded_release_id,
        state=OperationState.QUEUED,
        active_key=instance_id,
        requested_by="ani",
        steps=[],
    )


def theme_zip(**more: bytes) -> bytes:
    """A small theme that the check accepts, and further files of it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(
            "palanta/template.php", b"<?php defined('BASEPATH') || exit; ?>\n<main></main>\n"
        )
        archive.writestr("palanta/assets/screenshot.png", png(64))
        for name, content in more.items():
            archive.writestr(f"palanta/{name.replace('__', '.')}", content)
    return target.getvalue()


def items_of(rollout_id: int) -> list[RolloutItem]:
    db.session.expire_all()
    return list(db.session.get_one(Rollout, rollout_id).items)
