"""Versions: equal content is one version; differences are told; undo brings back just its scope."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.branding.edits import (
    Temporary,
    add_temporary,
    read_layers,
    remove_temporary,
    set_adopted,
    set_lock,
    set_values,
)
from siappakai.branding.frozen import thaw_layers
from siappakai.branding.layers import values_of
from siappakai.branding.scope import Scope
from siappakai.branding.versions import (
    compare,
    draft_changes,
    find_latest,
    find_number,
    freeze_now,
    resolve_version,
    undo_to,
    who_changes,
)
from siappakai.errors import InvalidInput, NotFound
from siappakai.models import BrandVersion, Instance, VersionOrigin, db, utc_now
from tests.integration.rows.brand_rows import (
    ALL,
    DAY,
    DISTRICT,
    REGENCY,
    A,
    B,
    C,
    add_instances,
)

EVERYONE = (A, B, C)


def everyone() -> list[Instance]:
    return list(db.session.scalars(select(Instance).order_by(Instance.scope_code)))


@pytest.fixture
def ids(app: Flask, tmp_path: Path) -> dict[str, int]:
    return add_instances(tmp_path)


def faces(version: BrandVersion, *scopes: Scope) -> list[dict[str, str]]:
    return [values_of(resolve_version(version, each)) for each in scopes or EVERYONE]


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(BrandVersion)) or 0


def test_the_same_content_is_the_same_version(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    one = freeze_now("Pertama", by="ani")
    assert freeze_now("Lagi", by="budi").id == one.id and count() == 1
    set_values(REGENCY, {"app_name": "Lain"}, by="ani")
    two = freeze_now("Kedua", by="ani")
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    three = freeze_now("Ketiga", by="ani")
    assert (one.number, two.number, three.number) == (1, 2, 3)
    assert one.sha256 == three.sha256 != two.sha256
    assert draft_changes() == [] and find_latest() == three and find_number(2) == two
    with pytest.raises(NotFound):
        find_number(9)


def test_differences_of_versions_and_of_the_draft_are_told(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    one = freeze_now("Pertama", by="ani")
    set_values(A, {"app_name": "Tamasaju"}, by="ani")
    told = ["Desa 73.05.05.2001: Nama aplikasi diisi «Tamasaju»."]
    assert draft_changes() == told
    two = freeze_now("Kedua", by="ani")
    assert compare(one, two) == told
    assert compare(None, one) == ["Kabupaten 73.05: Nama aplikasi diisi «Takalar»."]


def test_only_instances_that_look_different_change(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    set_values(B, {"app_name": "Bontokanang"}, by="ani")
    old = read_layers()
    set_values(REGENCY, {"app_name": "Lain"}, by="ani")
    assert who_changes(old, read_layers(), everyone()) == [ids[C.code], ids[A.code]]
    set_lock(REGENCY, "app_name", True, by="ani")
    assert len(who_changes(old, read_layers(), everyone())) == 3


def test_undo_for_all_brings_every_layer_back_and_loses_no_version_and_no_draft(
    ids: dict[str, int],
) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    set_values(A, {"footer_text": "Tamasaju"}, by="ani")
    one = freeze_now("Pertama", by="ani")
    set_values(REGENCY, {"app_name": "Baru", "primary_colour": "#111111"}, by="ani")
    set_lock(REGENCY, "primary_colour", True, by="ani")
    set_values(A, {"footer_text": None}, by="ani")
    two = freeze_now("Kedua", by="ani")
    set_values(B, {"app_name": "Rancangan"}, by="ani")
    back = undo_to(one.id, ALL, by="ani")
    assert faces(back) == faces(one) and back.sha256 == one.sha256
    assert back.origin == VersionOrigin.UNDO and back.title == "Kembali ke wajah 1"
    draft = find_number(3)
    assert faces(draft, B) == [{"app_name": "Rancangan", "primary_colour": "#111111"}]
    again = undo_to(two.id, ALL, by="ani")
    assert faces(again) == faces(two) and draft_changes() == []


def test_undo_to_before_any_brand_leaves_the_originals(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    set_adopted(B, {"footer_text": "Pilihan B"}, by="sistem")
    one = freeze_now("Pertama", by="ani")
    back = undo_to(None, ALL, by="ani")
    assert faces(back) == [{}, {"footer_text": "Pilihan B"}, {}]
    assert faces(undo_to(one.id, ALL, by="ani")) == faces(one)


def test_undo_of_one_village_leaves_the_others_even_where_the_new_look_is_locked(
    ids: dict[str, int],
) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    one = freeze_now("Pertama", by="ani")
    set_values(REGENCY, {"app_name": "Baru", "primary_colour": "#111111"}, by="ani")
    set_lock(REGENCY, "primary_colour", True, by="ani")
    two = freeze_now("Kedua", by="ani")
    back = undo_to(one.id, A, by="ani")
    assert faces(back, A) == faces(one, A) == [{"app_name": "Takalar"}]
    assert faces(back, B, C) == faces(two, B, C)
    assert who_changes(thaw_layers(two.layers), thaw_layers(back.layers), everyone()) == [
        ids[A.code]
    ]
    name = resolve_version(back, A)["app_name"]
    assert name.layer == "kembali ke wajah 1" and not name.is_locked
    remove_temporary(A, "Kembali ke wajah 1", by="ani")
    assert faces(freeze_now("Ikut lagi", by="ani")) == faces(two)


def test_undo_of_a_district_brings_each_of_its_villages_back(ids: dict[str, int]) -> None:
    set_values(DISTRICT, {"primary_colour": "#222222"}, by="ani")
    set_values(B, {"app_name": "Bontokanang"}, by="ani")
    one = freeze_now("Pertama", by="ani")
    set_values(DISTRICT, {"primary_colour": "#333333", "footer_text": "x"}, by="ani")
    set_values(REGENCY, {"app_name": "Takalar", "primary_colour": "#444444"}, by="ani")
    set_lock(REGENCY, "app_name", True, by="ani")
    two = freeze_now("Kedua", by="ani")
    assert faces(two, B)[0]["app_name"] == "Takalar"
    back = undo_to(one.id, DISTRICT, by="ani")
    assert faces(back, A, B) == faces(one, A, B)
    assert faces(back, A, B) == [
        {"primary_colour": "#222222"},
        {"primary_colour": "#222222", "app_name": "Bontokanang"},
    ]
    assert faces(back, C) == faces(two, C)
    forward = undo_to(two.id, DISTRICT, by="ani")
    assert faces(forward) == faces(two)


def test_undo_of_a_village_to_before_any_brand_gives_its_original(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    set_lock(REGENCY, "app_name", True, by="ani")
    set_adopted(A, {"app_name": "Pilihan A"}, by="sistem")
    one = freeze_now("Pertama", by="ani")
    assert faces(one, A) == [{"app_name": "Takalar"}]
    back = undo_to(None, A, by="ani")
    assert faces(back, A, B) == [{"app_name": "Pilihan A"}, {"app_name": "Takalar"}]


def test_what_a_village_chose_since_then_stays_its_own_after_an_undo(ids: dict[str, int]) -> None:
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    one = freeze_now("Pertama", by="ani")
    set_values(REGENCY, {"app_name": "Baru"}, by="ani")
    set_adopted(A, {"footer_text": "Pilihan A"}, by="sistem")
    for scope in (ALL, DISTRICT, A):
        back = undo_to(one.id, scope, by="ani")
        assert faces(back, A) == [{"app_name": "Takalar", "footer_text": "Pilihan A"}]


def test_a_temporary_layer_s_time_decides_not_the_undo(ids: dict[str, int]) -> None:
    now = utc_now()
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    add_temporary(
        Temporary("HUT RI", {"ribbon_kind": "merah_putih"}, now - DAY, now + DAY), by="ani"
    )
    one = freeze_now("Dengan pita", by="ani")
    remove_temporary(ALL, "HUT RI", by="ani")
    set_values(REGENCY, {"app_name": "Baru"}, by="ani")
    freeze_now("Tanpa pita", by="ani")
    assert faces(undo_to(one.id, A, by="ani"), A, B) == [
        {"app_name": "Takalar"},
        {"app_name": "Baru"},
    ]
    assert faces(undo_to(one.id, ALL, by="ani")) == faces(one)


def test_undo_to_what_is_not_there_is_refused(ids: dict[str, int]) -> None:
    with pytest.raises(NotFound):
        undo_to(99, ALL, by="ani")
    with pytest.raises(InvalidInput):
        undo_to(None, Scope("7305052999"), by="ani")
    assert count() == 0
