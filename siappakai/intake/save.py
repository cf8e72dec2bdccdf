"""Touch: a checked village list is kept as a batch, and its right rows become villages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from csv import writer
from dataclasses import asdict, dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import insert, select

from siappakai.config import Settings
from siappakai.errors import NotFound
from siappakai.intake.check import check_rows
from siappakai.intake.pick import pick_districts
from siappakai.intake.read import read_table
from siappakai.intake.report import wrong_rows_sheet
from siappakai.intake.result import (
    CheckContext,
    CheckedRow,
    CheckResult,
    ExistingVillage,
    Problem,
    RowStatus,
)
from siappakai.intake.table import Table
from siappakai.local_words import words_of_regency
from siappakai.models import (
    Batch,
    BatchRow,
    BatchState,
    Instance,
    Region,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.regions import find_district, find_province, find_regency

STATUS_WORDS = {
    RowStatus.NEW: "baru",
    RowStatus.SAME: "sama",
    RowStatus.CHANGED: "berubah",
    RowStatus.WRONG: "salah",
}
WRONG = STATUS_WORDS[RowStatus.WRONG]


@dataclass(frozen=True, slots=True)
class SaveResult:
    """How many villages saving added, changed, found as they were, or left out as wrong."""

    added: int = 0
    changed: int = 0
    same: int = 0
    wrong: int = 0


def check_upload(
    upload_id: str, file_name: str, content: bytes, regency_code: str, *, by: str
) -> Batch:
    """The batch of this upload, its rows checked; the same upload id again gives the same batch."""
    kept = _find_batch(upload_id)
    if kept is not None:
        return kept
    table = read_table(file_name, content)
    result = _check(table, regency_code)
    _keep_file(upload_id, content)
    return _keep_batch(upload_id, file_name, regency_code, table, result, by)


def check_picked(
    upload_id: str, regency_code: str, district_codes: Iterable[str], *, by: str
) -> Batch:
    """A batch of all villages of these districts, checked like an uploaded list."""
    kept = _find_batch(upload_id)
    if kept is not None:
        return kept
    table = pick_districts(district_codes)
    result = _check(table, regency_code)
    _keep_file(upload_id, _as_csv(table))
    return _keep_batch(upload_id, table.sheet, regency_code, table, result, by)


def save_batch(batch_id: int, *, by: str) -> SaveResult:
    """The list's right rows become villages; a second call finds nothing to do."""
    with transaction():
        batch = db.session.get(Batch, batch_id)
        if batch is None:
            raise NotFound("Daftar itu tidak ada.")
        counts = dict.fromkeys(STATUS_WORDS.values(), 0)
        for row in batch.rows:
            counts[_save_row(row)] += 1
        if batch.state == BatchState.CHECKED:
            batch.state, batch.saved_at = BatchState.SAVED, utc_now()
        result = SaveResult(counts["baru"], counts["berubah"], counts["sama"], counts["salah"])
        append_event("batch_saved", f"batch:{batch_id}", by=by, **asdict(result))
        return result


def wrong_rows_file(batch_id: int) -> bytes:
    """The list's wrong rows as .xlsx with reason and advice, made from the kept upload."""
    batch = db.session.get(Batch, batch_id)
    if batch is None:
        raise NotFound("Daftar itu tidak ada.")
    try:
        content = _file_of(batch.upload_id).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("Berkas asli daftar ini tidak ada lagi.") from error
    table = read_table(batch.file_name, content)
    return wrong_rows_sheet(_check(table, batch.regency_code), table)


def _save_row(row: BatchRow) -> str:
    """Saves one row and returns what it was: `baru`, `berubah`, `sama` or `salah`."""
    if row.status == WRONG:
        return WRONG
    wanted = _village_columns(row.values)
    village = db.session.get(Village, row.village_code)
    if village is None:
        village = Village(batch_id=row.batch_id, **wanted)
        village.refresh_search_text()
        db.session.add(village)
        return "baru"
    different = {name: value for name, value in wanted.items() if getattr(village, name) != value}
    for name, value in different.items():
        setattr(village, name, value)
    village.refresh_search_text()
    return "berubah" if different else "sama"


def _village_columns(values: Mapping[str, Any]) -> dict[str, str]:
    code = values["code"]
    district, regency = find_district(code[:6]), find_regency(code[:4])
    province = find_province(code[:2])
    return {
        "code": code,
        "name": values["name"],
        "district_code": code[:6],
        "district_name": district.name if district else "",
        "regency_code": code[:4],
        "regency_name": regency.name if regency else "",
        "province_code": code[:2],
        "province_name": province.name if province else "",
        "domain": values["domain"],
        "email": values["email"],
        "office_address": values["address"],
        "postal_code": values["postcode"],
    }


def _check(table: Table, regency_code: str) -> CheckResult:
    settings: Settings = current_app.extensions["siappakai_settings"]
    villages = db.session.scalars(select(Village)).all()
    context = CheckContext(
        regency_code=regency_code,
        domain_suffix=settings.domain_suffix,
        words=words_of_regency(regency_code),
        existing={each.code: _existing(each) for each in villages},
        taken_domains={each.domain: each.code for each in villages}
        | {
            row.domain: f"{row.name} ({row.dotted_code})"
            for row in db.session.scalars(select(Region))
        }
        | {settings.panel_domain: "panel ini"},
    )
    exposed = set(
        db.session.scalars(select(Instance.village_code).where(Instance.exposed_at.is_not(None)))
    )
    result = check_rows(table, context)
    rows = tuple(_keep_domain(row, context, exposed) for row in result.rows)
    return replace(result, rows=rows)


def _existing(village: Village) -> ExistingVillage:
    return ExistingVillage(
        name=village.name,
        domain=village.domain,
        email=village.email,
        address=village.office_address,
        postcode=village.postal_code,
    )


def _keep_domain(row: CheckedRow, context: CheckContext, exposed: set[str]) -> CheckedRow:
    """A running website keeps its address: changing it is an operation of its own."""
    if row.status != RowStatus.CHANGED or row.values is None or row.values.code not in exposed:
        return row
    before = context.existing[row.values.code].domain
    if row.values.domain == before:
        return row
    problem = Problem(
        "Domain",
        f"Situs ini sudah terpasang di {before}; alamatnya tidak diubah lewat daftar.",
        f"Tulis {before}, atau kosongkan kolom Domain.",
    )
    return replace(row, status=RowStatus.WRONG, problems=(*row.problems, problem), changes=())


def _find_batch(upload_id: str) -> Batch | None:
    return db.session.scalar(select(Batch).filter_by(upload_id=upload_id))


def _keep_batch(
    upload_id: str,
    file_name: str,
    regency_code: str,
    table: Table,
    result: CheckResult,
    by: str,
) -> Batch:
    cells = {row.number: row.cells for row in table.rows}
    with transaction():
        kept = _find_batch(upload_id)
        if kept is not None:
            return kept
        batch = Batch(
            upload_id=upload_id,
            file_name=file_name,
            regency_code=regency_code,
            columns={"notes": list(result.notes)},
            row_count=len(result.rows),
            wrong_count=sum(1 for row in result.rows if row.status == RowStatus.WRONG),
            created_by=by,
        )
        db.session.add(batch)
        db.session.flush()
        rows = [_row_values(batch.id, row, cells.get(row.row_number, ())) for row in result.rows]
        if rows:
            db.session.execute(insert(BatchRow), rows)
        append_event("batch_checked", f"batch:{batch.id}", by=by, rows=len(rows))
        return batch


def _row_values(batch_id: int, row: CheckedRow, cells: tuple[str, ...]) -> dict[str, Any]:
    levels = [(problem, "error") for problem in row.problems]
    levels += [(warning, "warning") for warning in row.warnings]
    return {
        "batch_id": batch_id,
        "row_number": row.row_number,
        "status": STATUS_WORDS[row.status],
        "village_code": row.values.code if row.values else "",
        "cells": list(cells),
        "values": _plain(row),
        "problems": [{**asdict(problem), "level": level} for problem, level in levels],
    }


def _plain(row: CheckedRow) -> dict[str, Any]:
    if row.values is None:
        return {}
    values = asdict(row.values)
    values["kind"] = str(row.values.kind)
    values["district_name"] = row.values.district
    values["changes"] = [asdict(change) for change in row.changes]
    return values


def _as_csv(table: Table) -> bytes:
    """A picked list as the file it would have been, so that its wrong rows can be given back."""
    text = StringIO()
    writer(text, delimiter=";").writerows(row.cells for row in table.rows)
    return text.getvalue().encode()


def _keep_file(upload_id: str, content: bytes) -> None:
    target = _file_of(upload_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.write_bytes(content)


def _file_of(upload_id: str) -> Path:
    settings: Settings = current_app.extensions["siappakai_settings"]
    return settings.uploads_dir / f"{upload_id}.daftar"
