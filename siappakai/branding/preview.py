"""A preview is ordered, looked at, and thrown away; its rows and the operations behind them.

Each instance is one operation (kind PREVIEW) that changes nothing but throw-away copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from siappakai.branding.preview_matrix import (
    PreviewMatrix,
    PreviewRow,
    RowState,
    make_cells,
)
from siappakai.branding.preview_samples import Candidate, Sample, choose_samples
from siappakai.config import Settings
from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    ACTIVE,
    BrandLayer,
    BrandPreview,
    BrandPreviewItem,
    BrandVersion,
    Instance,
    LayerKind,
    Operation,
    OperationKind,
    OperationState,
    Step,
    StepState,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products import find_recipe
from siappakai.provision.order import queue_operation
from siappakai.provision.preview_files import find_picture
from siappakai.provision.preview_pages import PAGES, pages_of
from siappakai.provision.run import move
from siappakai.queue import enqueue_operations

KEPT = 5
MOST_INSTANCES = 24
SIZED = ("snapshot", "clone")  # steps whose result tells a database's size


def order_preview(
    version_id: int, instance_ids: Sequence[int], *, by: str, is_whole: bool = False
) -> int:
    """Picture these instances before and after the version; the preview's id.

    `is_whole`: whole pages instead of what the screen shows first. One that is busy now is left
    out, with the reason in its row. All but the newest KEPT previews are dropped.
    """
    with transaction():
        version = db.session.get(BrandVersion, version_id)
        if version is None:
            raise NotFound("Versi wajah itu tidak ada.")
        preview = BrandPreview(version_id=version.id, is_whole=is_whole, created_by=by)
        db.session.add(preview)
        db.session.flush()
        preview_id = preview.id
        for instance in _chosen(instance_ids):
            preview.items.append(_begin(preview, instance, by))
        queued = [each.operation_id for each in preview.items if each.operation_id is not None]
        append_event(
            "brand_preview_ordered",
            f"brand_preview:{preview_id}",
            by=by,
            version=version.number,
            instances=len(preview.items),
        )
        _prune()
    enqueue_operations(queued)
    return preview_id


def _chosen(instance_ids: Sequence[int]) -> list[Instance]:
    wanted = sorted(set(instance_ids))
    if not wanted:
        raise InvalidInput("Pilih paling sedikit satu desa untuk dipratinjau.")
    if len(wanted) > MOST_INSTANCES:
        raise InvalidInput(
            f"Paling banyak {MOST_INSTANCES} aplikasi sekali pratinjau.",
            hint="Pilih beberapa desa yang mewakili yang lain.",
        )
    rows = {
        each.id: each
        for each in db.session.scalars(select(Instance).where(Instance.id.in_(wanted)))
    }
    if missing := [each for each in wanted if each not in rows]:
        raise NotFound(f"Aplikasi nomor {missing[0]} tidak ada.")
    for each in rows.values():
        if not pages_of(each.product):
            label = find_recipe(each.product).label
            raise Refused(f"{label} tidak punya halaman untuk dipotret.")
        if not each.is_serving:
            raise Refused(f"{each.home.name}: belum terpasang, atau sedang dilepas.")
    return [rows[each] for each in wanted]


def _begin(preview: BrandPreview, instance: Instance, by: str) -> BrandPreviewItem:
    told = {
        "preview_id": preview.id,
        "brand_version_id": preview.version_id,
        "is_whole": preview.is_whole,
    }
    item = BrandPreviewItem(instance_id=instance.id)
    try:
        item.operation_id = queue_operation(
            OperationKind.PREVIEW, instance, instance.recorded_release, by, told
        )
    except Refused as error:
        item.note, item.finished_at = error.message, utc_now()
    return item


def _prune() -> None:
    """Older previews than the newest KEPT are gone, but for those being worked on."""
    ids = list(db.session.scalars(select(BrandPreview.id).order_by(BrandPreview.id.desc())))
    for preview_id in ids[KEPT:]:
        preview = db.session.get_one(BrandPreview, preview_id)
        if not _active(preview):
            db.session.delete(preview)


def _active(preview: BrandPreview) -> list[Operation]:
    return [
        each.operation
        for each in preview.items
        if each.operation is not None and each.operation.state in ACTIVE
    ]


def drop_preview(preview_id: int, *, by: str) -> None:
    """The preview is gone; what still waited is taken back, what runs is finished and lost.

    Its pictures go with the next preview's first operation: the panel itself may only read them.
    """
    with transaction():
        preview = _find(preview_id)
        for operation in _active(preview):
            if operation.state is OperationState.QUEUED and operation.started_at is None:
                move(operation, OperationState.CANCELLED, by=by)
        append_event("brand_preview_dropped", f"brand_preview:{preview_id}", by=by)
        db.session.delete(preview)


def _find(preview_id: int) -> BrandPreview:
    preview = db.session.get(BrandPreview, preview_id)
    if preview is None:
        raise NotFound("Pratinjau itu tidak ada lagi.")
    return preview


# --- looking at it


def recent_previews() -> list[PreviewMatrix]:
    """Every preview that is kept, newest first."""
    ids = list(db.session.scalars(select(BrandPreview.id).order_by(BrandPreview.id.desc())))
    return [preview_matrix(each) for each in ids]


def preview_matrix(preview_id: int) -> PreviewMatrix:
    """All that the preview's page shows, as it stands now."""
    query = (
        select(BrandPreview)
        .filter_by(id=preview_id)
        .options(
            joinedload(BrandPreview.version),
            selectinload(BrandPreview.items).joinedload(BrandPreviewItem.operation),
            selectinload(BrandPreview.items)
            .joinedload(BrandPreviewItem.instance)
            .options(joinedload(Instance.village), joinedload(Instance.region)),
        )
    )
    preview = db.session.scalar(query)
    if preview is None:
        raise NotFound("Pratinjau itu tidak ada lagi.")
    return PreviewMatrix(
        preview_id=preview.id,
        version_id=preview.version_id,
        version_number=preview.version.number,
        version_title=preview.version.title,
        is_whole=preview.is_whole,
        created_by=preview.created_by,
        created_at=preview.created_at,
        rows=tuple(_row(each) for each in preview.items),
    )


def _row(item: BrandPreviewItem) -> PreviewRow:
    instance, operation = item.instance, item.operation
    state = _state(item)
    told = operation if operation is not None and item.finished_at is None else None
    return PreviewRow(
        instance_id=instance.id,
        operation_id=item.operation_id,
        name=instance.home.name,
        code=instance.home.dotted_code,
        district_name=getattr(instance.home, "district_name", ""),
        product=instance.product,
        product_label=find_recipe(instance.product).label,
        state=state,
        note=item.note if told is None else _note(told),
        hint=told.error_hint if told is not None else "",
        cells=make_cells(item.pictures),
    )


def _note(operation: Operation) -> str:
    """Why it failed, or what it waits for; nothing while it goes on."""
    ended = f"Operasinya {operation.state}." if operation.is_finished else ""
    return operation.error_message or ended


def _state(item: BrandPreviewItem) -> RowState:
    if item.finished_at is not None:
        return RowState.DONE if item.pictures else RowState.FAILED
    if item.operation is None or item.operation.is_finished:
        return RowState.FAILED
    is_waiting = item.operation.state is OperationState.QUEUED
    return RowState.WAITING if is_waiting else RowState.RUNNING


def picture_file(preview_id: int, name: str) -> Path:
    """The stored picture of that name; NotFound when there is none."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    found = find_picture(settings.home, preview_id, name)
    if found is None:
        raise NotFound("Gambar itu tidak ada.")
    return found


# --- who stands for the others


def proposed_samples() -> tuple[Sample, ...]:
    """Villages that show what the brand does to all: by size, database, own look, and district."""
    query = (
        select(Instance)
        .where(Instance.product.in_(PAGES), Instance.village_code.is_not(None))
        .options(joinedload(Instance.village), joinedload(Instance.database_group))
        .order_by(Instance.village_code, Instance.product)
    )
    of_village: dict[str, list[Instance]] = {}
    for each in db.session.scalars(query):
        if each.is_serving:
            of_village.setdefault(each.scope_code, []).append(each)
    sizes, own = _sizes(), _with_own_look()
    return choose_samples(_candidate(instances, sizes, own) for instances in of_village.values())


def _candidate(instances: Sequence[Instance], sizes: dict[int, int], own: set[str]) -> Candidate:
    village, first = instances[0].village, instances[0]
    return Candidate(
        code=village.code,
        name=village.name,
        district_code=village.district_code,
        district_name=village.district_name,
        instance_ids=tuple(each.id for each in instances),
        size_bytes=sizes.get(first.database_group_id, 0),
        is_combined=any(each.database_group.is_combined for each in instances),
        has_own_look=village.code in own,
    )


def _sizes() -> dict[int, int]:
    """Group → bytes of the last dump that any operation made of it."""
    done = (Step.name.in_(SIZED), Step.state == StepState.DONE)
    last = (
        select(func.max(Step.id))
        .join(Operation, Operation.id == Step.operation_id)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(*done)
        .group_by(Instance.database_group_id)
    )
    rows: Iterable = db.session.execute(
        select(Instance.database_group_id, Step.result)
        .join(Operation, Operation.id == Step.operation_id)
        .join(Instance, Instance.id == Operation.instance_id)
        .where(Step.id.in_(last))
    )
    return {
        group_id: int(result.get("bytes") or result.get("size_bytes") or 0)
        for group_id, result in rows
    }


def _with_own_look() -> set[str]:
    rows = db.session.scalars(select(BrandLayer).filter_by(kind=LayerKind.VILLAGE))
    return {row.scope_code for row in rows if row.values or row.adopted}
