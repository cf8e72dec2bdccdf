"""Temporary layers come and go by themselves, once, for whom they concern, and never a draft."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.branding.edits import Temporary, add_temporary, set_lock, set_values
from siappakai.branding.layers import values_of
from siappakai.branding.schedule import apply_due
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now, get_version, resolve_version
from siappakai.models import BrandVersion, InstanceBrand, VersionOrigin, db, utc_now
from tests.integration.rows.brand_rows import (
    DAY,
    DISTRICT,
    REGENCY,
    A,
    B,
    C,
    add_instances,
    want,
    wanted,
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
    calls: list[tuple[int, tuple[int, ...]]] = []
    (due,) = apply_due(now + 1.5 * DAY, lambda made, them: calls.append((made, them)))
    assert set(due.instance_ids) == {ids[A.code], ids[B.code]}
    assert calls == [(due.version_id, due.instance_ids)]
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
    (due,) = apply_due(utc_now() + 1.5 * DAY, lambda *_: pytest.fail("queued"))
    assert due.instance_ids == () and apply_due(utc_now() + 1.5 * DAY) == ()


def test_a_failing_queue_leaves_everything_as_it_was(ids: dict[str, int]) -> None:
    add_temporary(ribbon(), by="ani")
    version = freeze_now("Jadwal", by="ani")
    want(version.id, *ids.values())

    def broken(_version_id: int, _ids: tuple[int, ...]) -> None:
        raise RuntimeError("Redis")

    with pytest.raises(RuntimeError):
        apply_due(utc_now() + 1.5 * DAY, broken)
    assert count() == 1 and {wanted(each) for each in ids.values()} == {version.id}
    assert apply_due(utc_now() + timedelta(days=1.5))
