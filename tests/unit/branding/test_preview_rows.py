"""A preview in rows: what is refused, what is queued, what its page shows, what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.preview import (
    KEPT,
    drop_preview,
    order_preview,
    picture_file,
    preview_matrix,
    proposed_samples,
    recent_previews,
)
from siappakai.branding.preview_matrix import RowState
from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    BrandPreviewItem,
    BrandVersion,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    WantedState,
    db,
    transaction,
    utc_now,
)
from siappakai.provision.preview_files import store_picture
from siappakai.provision.run import move
from tests.cast import add_server
from tests.integration.rows.rollout_rows import add_running_villages, add_sample_release

NUMBERS = iter(range(1, 1000))


@pytest.fixture
def villages(app: Flask, tmp_path: Path) -> Iterator[list[int]]:
    yield add_running_villages(3, add_sample_release("2410.0.0"), add_server(tmp_path / "srv"))


@pytest.fixture
def version(app: Flask) -> int:
    with transaction():
        row = BrandVersion(number=next(NUMBERS), title="Hijau", sha256="a" * 64, layers=[])
        db.session.add(row)
        db.session.flush()
        return row.id


def operations(*states: OperationState) -> list[Operation]:
    query = select(Operation).filter_by(kind=OperationKind.PREVIEW).order_by(Operation.id)
    found = [each for each in db.session.scalars(query) if not states or each.state in states]
    db.session.rollback()
    return found


def end(operation_id: int, state: OperationState, *, with_pictures: bool = False) -> None:
    with transaction():
        operation = db.session.get_one(Operation, operation_id)
        move(operation, OperationState.RUNNING, by="pekerja")
        if state is not OperationState.SUCCEEDED:
            operation.error_message = "Peramban berhenti sendiri."
        move(operation, state, by="pekerja")
        if with_pictures:
            item = db.session.scalars(
                select(BrandPreviewItem).filter_by(operation_id=operation_id)
            ).one()
            item.pictures = [{"page": "depan", "screen": "layar", "share": 0.25, "boxes": [[0]]}]
            item.finished_at = utc_now()


def test_every_chosen_instance_is_one_operation_on_its_present_release(
    villages: list[int], version: int
) -> None:
    preview_id = order_preview(version, villages[:2], by="ani", is_whole=True)
    assert [each.instance_id for each in operations()] == villages[:2]
    told = operations()[0].parameters
    assert told == {"preview_id": preview_id, "brand_version_id": version, "is_whole": True}
    assert [step.name for step in operations()[0].steps] == [
        "check_preview",
        "clone",
        "picture",
        "discard",
    ]
    seen = preview_matrix(preview_id)
    assert [row.state for row in seen.rows] == [RowState.WAITING] * 2 and not seen.is_finished
    assert (seen.version_title, seen.is_whole, seen.created_by) == ("Hijau", True, "ani")


def test_the_page_shows_what_came_of_each(villages: list[int], version: int) -> None:
    preview_id = order_preview(version, villages, by="ani")
    first, second, third = [each.id for each in operations()]
    end(first, OperationState.SUCCEEDED, with_pictures=True)
    end(second, OperationState.FAILED)
    with transaction():
        move(db.session.get_one(Operation, third), OperationState.RUNNING, by="pekerja")
    rows = preview_matrix(preview_id).rows
    assert [row.state for row in rows] == [RowState.DONE, RowState.FAILED, RowState.RUNNING]
    assert rows[0].share == 0.25 and rows[0].cells[0].sentence == "25,0 % berubah, 1 bagian"
    assert rows[1].note == "Peramban berhenti sendiri."
    assert (rows[0].name, rows[0].code) == ("Desa 2001", "73.05.05.2001")


def test_a_busy_instance_is_left_out_with_the_reason_and_the_others_go_on(
    villages: list[int], version: int
) -> None:
    order_preview(version, villages[:1], by="ani")
    seen = preview_matrix(order_preview(version, villages, by="budi"))
    assert [row.state for row in seen.rows] == [RowState.FAILED, RowState.WAITING, RowState.WAITING]
    assert seen.rows[0].note == "Operasi lain sedang berjalan di sini."


def test_what_can_not_be_pictured_is_refused_before_anything_is_queued(
    villages: list[int], version: int
) -> None:
    with pytest.raises(InvalidInput):
        order_preview(version, [], by="ani")
    with pytest.raises(NotFound):
        order_preview(version, [villages[0], 987], by="ani")
    with pytest.raises(NotFound):
        order_preview(version + 50, villages, by="ani")
    with transaction():
        db.session.get_one(Instance, villages[1]).product = "mobile_api"
        db.session.get_one(Instance, villages[2]).wanted_state = WantedState.REMOVED
    for unfit in villages[1:]:
        with pytest.raises(Refused):
            order_preview(version, [villages[0], unfit], by="ani")
    assert operations() == [] and recent_previews() == []


def test_only_the_newest_previews_are_kept_and_none_that_is_worked_on(
    villages: list[int], version: int
) -> None:
    running = order_preview(version, villages[2:], by="ani")
    made = []
    for _ in range(KEPT + 2):
        made.append(order_preview(version, villages[:1], by="ani"))
        end(operations(OperationState.QUEUED)[-1].id, OperationState.SUCCEEDED)
    left = [each.preview_id for each in recent_previews()]
    assert left == [*reversed(made[-KEPT:]), running]


def test_a_dropped_preview_takes_back_what_waited(villages: list[int], version: int) -> None:
    preview_id = order_preview(version, villages[:2], by="ani")
    with transaction():
        move(operations()[0], OperationState.RUNNING, by="pekerja")
    drop_preview(preview_id, by="ani")
    states = [each.state for each in operations()]
    assert states == [OperationState.RUNNING, OperationState.CANCELLED]
    with pytest.raises(NotFound):
        preview_matrix(preview_id)


def test_a_picture_is_found_by_its_name_only(app: Flask, villages: list[int]) -> None:
    home = app.extensions["siappakai_settings"].home
    store_picture(home, 7, "1-depan-layar-beda.png", b"png")
    assert picture_file(7, "1-depan-layar-beda.png").read_bytes() == b"png"
    for wrong in ("1-depan-layar-lain.png", "../7/1-depan-layar-beda.png"):
        with pytest.raises(NotFound):
            picture_file(7, wrong)


def test_samples_are_villages_with_pages_and_all_their_applications(villages: list[int]) -> None:
    with transaction():
        first = db.session.get_one(Instance, villages[0])
        db.session.add(
            Instance(
                product="pbb",
                scope_code=first.scope_code,
                village_code=first.scope_code,
                server_id=first.server_id,
                database_group_id=first.database_group_id,
                wanted_release_id=first.wanted_release_id,
                recorded_release_id=first.recorded_release_id,
            )
        )
    found = proposed_samples()
    assert [each.reason for each in found] == ["kecamatan Galesong"]
    assert len(found[0].candidate.instance_ids) == 2
