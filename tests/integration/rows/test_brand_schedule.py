"""Temporary layers come and go by themselves, once, for whom they concern, and never a draft."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.branding.edits import Temporary, add_temporary, set_lock, set_values
from siappakai.branding.layers import values_of
from siappakai.branding.schedule import apply_due
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now, get_version, resolve_version
from siappakai.models import (
    BrandRecord,
    BrandVersion,
    Instance,
    InstanceBrand,
    VersionOrigin,
    WantedState,
    db,
    transaction,
    utc_now,
)
from tests.integration.rows.brand_rows import (
    DAY,
    DISTRICT,
    REGENCY,
    A,
    B,
    C,
    add_instances,
    add_serving,
    want,
    wanted,
    wear,
)


@pytest.fixture
def ids(app: Flask, tmp_path: Path) -> dict[str, int]:
    return add_instances(tmp_path)


def ribbon(scope: Scope = DISTRICT, title: str = "HUT RI") -> Temporary:
    now = utc_now()
    return Temporary(title, {"ribbon_kind": "merah_putih"}, now + DAY, now + 2 * DAY, scope)


def face(instance_id: int, scope: Scope) -> dict[str, str]:
    return values_of(resolve_version(get_version(wanted(instance_id) or 0), scope))


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(BrandVersion)) or 0


def test_it_begins_and_ends_for_those_it_concerns_and_only_once(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    add_temporary(ribbon(), by="ani")
    version = freeze_now("Dengan jadwal", by="ani")
    want(version.id, *ids.values())
    now = utc_now()
    assert apply_due(now) == ()
    (due,) = apply_due(now + 1.5 * DAY)
    assert set(due.instance_ids) == {ids[A.code], ids[B.code]}
    made = get_version(due.version_id)
    assert made.origin == VersionOrigin.SCHEDULE and made.title == "«HUT RI» mulai berlaku"
    assert {wanted(each) for each in ids.values()} == {made.id}
    assert face(ids[A.code], A) == {"app_name": "Takalar", "ribbon_kind": "merah_putih"}
    assert face(ids[C.code], C) == {"app_name": "Takalar"}
    assert apply_due(now + 1.6 * DAY) == () and count() == 2
    (over,) = apply_due(now + 3 * DAY)
    assert set(over.instance_ids) == set(due.instance_ids)
    assert get_version(over.version_id).title == "«HUT RI» berakhir"
    assert face(ids[A.code], A) == {"app_name": "Takalar"}
    assert apply_due(now + 9 * DAY) == ()


def test_a_draft_that_nobody_applied_never_comes_out_with_the_clock(ids: dict[str, int]) -> None:
    add_temporary(ribbon(), by="ani")
    want(freeze_now("Disetujui", by="ani").id, ids[A.code], ids[B.code])
    set_values(REGENCY, {"app_name": "Rancangan"}, by="ani")
    freeze_now("Hanya dilihat", by="ani")
    (due,) = apply_due(utc_now() + 1.5 * DAY)
    assert face(ids[A.code], A) == {"ribbon_kind": "merah_putih"}
    assert set(due.instance_ids) == {ids[A.code], ids[B.code]}
    assert db.session.get(InstanceBrand, ids[C.code]) is None


def test_instances_on_different_versions_each_go_on_from_their_own(ids: dict[str, int]) -> None:
    add_temporary(ribbon(REGENCY), by="ani")
    set_values(REGENCY, {"app_name": "Satu"}, by="ani")
    want(freeze_now("Satu", by="ani").id, ids[A.code])
    set_values(REGENCY, {"app_name": "Dua"}, by="ani")
    want(freeze_now("Dua", by="ani").id, ids[B.code], ids[C.code])
    due = apply_due(utc_now() + 1.5 * DAY)
    assert len(due) == 2
    assert [face(ids[each.code], each)["app_name"] for each in (A, B, C)] == ["Satu", "Dua", "Dua"]
    assert apply_due(utc_now() + 1.5 * DAY) == ()


def test_when_nobody_looks_different_nothing_is_queued_and_it_is_not_asked_again(
    ids: dict[str, int],
) -> None:
    set_values(REGENCY, {"ribbon_kind": "merah_putih"}, by="ani")
    set_lock(REGENCY, "ribbon_kind", True, by="ani")
    add_temporary(ribbon(REGENCY), by="ani")
    want(freeze_now("Sudah", by="ani").id, *ids.values())
    (due,) = apply_due(utc_now() + 1.5 * DAY)
    assert due.instance_ids == () and apply_due(utc_now() + 1.5 * DAY) == ()


def test_who_looks_the_same_wears_the_clock_s_version_at_once_and_its_record_stays(
    ids: dict[str, int],
) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    add_temporary(ribbon(), by="ani")
    version = freeze_now("Jadwal", by="ani").id
    wear(version, *ids.values())
    (due,) = apply_due(utc_now() + 1.5 * DAY)
    applied = {each: applied_by(ids[each.code]) for each in (A, B, C)}
    assert applied == {A: version, B: version, C: due.version_id}
    records = db.session.scalars(select(BrandRecord.version_id)).all()
    assert set(records) == {version} and len(records) == 3


def test_a_ribbon_changes_no_application_that_shows_none(ids: dict[str, int]) -> None:
    (pbb,) = add_serving(A.code, product="pbb")
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    add_temporary(ribbon(), by="ani")
    wear(freeze_now("Jadwal", by="ani").id, pbb, *ids.values())
    (due,) = apply_due(utc_now() + 1.5 * DAY)
    assert set(due.instance_ids) == {ids[A.code], ids[B.code]}
    assert applied_by(pbb) == due.version_id


def test_what_was_taken_away_holds_nobody_up_and_follows_when_it_is_back(
    ids: dict[str, int],
) -> None:
    add_temporary(ribbon(), by="ani")
    version = freeze_now("Jadwal", by="ani").id
    want(version, *ids.values())
    set_state(ids[A.code], WantedState.REMOVED)
    later = utc_now() + 1.5 * DAY
    (due,) = apply_due(later)
    assert due.instance_ids == (ids[B.code],)
    assert wanted(ids[A.code]) == version and apply_due(later) == ()
    set_state(ids[A.code], WantedState.RUNNING)
    (back,) = apply_due(later)
    assert back.instance_ids == (ids[A.code],)


def applied_by(instance_id: int) -> int | None:
    return db.session.get_one(InstanceBrand, instance_id).applied_version_id


def set_state(instance_id: int, state: WantedState) -> None:
    with transaction():
        db.session.get_one(Instance, instance_id).wanted_state = state
