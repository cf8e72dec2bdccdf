"""What a person sets for one village takes the place of its own choice; nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from siappakai.branding.edits import Temporary, add_temporary, read_layers, set_values
from siappakai.branding.schedule import apply_due
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import OperationState, utc_now
from siappakai.provision.brand_remember import remember
from tests.cast import TAMASAJU, add_release, add_server, add_villages
from tests.integration.rows.brand_rows import ALL, DAY, A, add_serving
from tests.integration.rows.worn_villages import LOGIN, THEME, WornVillage


@pytest.fixture
def village(app: Flask, tmp_path: Path) -> WornVillage:
    """It wears the regency's look and then chose the title of its login page itself."""
    add_server(tmp_path / "srv")
    add_release()
    add_villages()
    made = WornVillage(add_serving(TAMASAJU)[0])
    set_values(ALL, {"login_title": "Masuk Takalar"}, by="ani")
    made.apply(freeze_now("Pertama", by="ani").id)
    assert made.texts[LOGIN] == "Masuk Takalar"
    made.texts[LOGIN] = "Masuk Desa Kami"
    made.apply(freeze_now("Pertama", by="ani").id)
    assert made.texts[LOGIN] == "Masuk Desa Kami" and adopted() == {"login_title"}
    return made


def adopted(scope: Scope = A) -> set[str]:
    return {key for each in read_layers() if each.scope == scope for key in each.adopted}


def test_a_value_set_for_the_village_in_the_panel_is_worn(village: WornVillage) -> None:
    edit = set_values(A, {"login_title": "Masuk Tamasaju"}, by="ani")
    assert edit.notes == ("Judul halaman masuk menggantikan pilihan desa sendiri.",)
    plan = village.apply(freeze_now("Kedua", by="ani").id)
    assert village.texts[LOGIN] == "Masuk Tamasaju" and adopted() == set()
    assert "menggantikan pilihan desa sendiri: Judul halaman masuk" in plan["note"]


def test_the_regency_s_value_still_gives_way_to_the_village_s_own(village: WornVillage) -> None:
    set_values(ALL, {"login_title": "Masuk Takalar Baru"}, by="ani")
    village.apply(freeze_now("Kedua", by="ani").id)
    assert village.texts[LOGIN] == "Masuk Desa Kami" and adopted() == {"login_title"}


def test_what_the_village_chooses_after_that_is_its_own_again(village: WornVillage) -> None:
    set_values(A, {"login_title": "Masuk Tamasaju"}, by="ani")
    second = freeze_now("Kedua", by="ani").id
    village.apply(second)
    village.texts[LOGIN] = "Lebih Suka Ini"
    village.apply(second)
    assert village.texts[LOGIN] == "Lebih Suka Ini" and adopted() == {"login_title"}
    set_values(ALL, {"footer_text": "Kaki"}, by="ani")
    village.apply(freeze_now("Ketiga", by="ani").id)
    assert village.texts[LOGIN] == "Lebih Suka Ini"
    village.apply(second)
    assert village.texts[LOGIN] == "Lebih Suka Ini"


def test_a_version_of_the_clock_replaces_no_choice(village: WornVillage) -> None:
    now = utc_now()
    add_temporary(
        Temporary("HUT RI", {"ribbon_kind": "merah_putih"}, now + DAY, now + 2 * DAY), by="ani"
    )
    set_values(A, {"login_title": "Masuk Tamasaju"}, by="ani")
    village.apply(freeze_now("Kedua", by="ani").id)
    village.texts[LOGIN] = "Lebih Suka Ini"
    (due,) = apply_due(now + 1.5 * DAY)
    village.apply(due.version_id)
    assert village.texts[LOGIN] == "Lebih Suka Ini"


def test_an_operation_in_between_does_not_bring_the_old_choice_back(village: WornVillage) -> None:
    old = village.brand().applied_version_id
    set_values(A, {"login_title": "Masuk Tamasaju"}, by="ani")
    village.apply(old)
    assert adopted() == set()
    village.apply(freeze_now("Kedua", by="ani").id)
    assert village.texts[LOGIN] == "Masuk Tamasaju"


def test_a_version_that_failed_has_replaced_nothing(village: WornVillage) -> None:
    old = village.brand().applied_version_id
    set_values(A, {"login_title": "Masuk Tamasaju"}, by="ani")
    context = village.order(freeze_now("Kedua", by="ani").id)
    remember(context)
    village.end(context.job.operation_id, OperationState.FAILED)
    village.apply(old)
    assert village.texts[LOGIN] == "Masuk Desa Kami"


@pytest.mark.parametrize("wrong", ["desa/..", "desa/" + "x" * 260, "..", "a\0b", "desa/"])
def test_a_theme_that_can_t_name_a_folder_is_no_choice(village: WornVillage, wrong: str) -> None:
    set_values(ALL, {"theme": "natra"}, by="ani")
    village.apply(freeze_now("Tema", by="ani").id)
    village.texts[THEME] = wrong
    plan = village.apply(village.brand().applied_version_id)
    assert village.texts[THEME] == "natra" and "Tema" in plan["note"]
    assert "theme" not in adopted()


def test_nor_is_it_one_before_the_first_brand(app: Flask, tmp_path: Path) -> None:
    add_server(tmp_path / "srv")
    add_release()
    add_villages()
    village = WornVillage(add_serving(TAMASAJU)[0])
    set_values(ALL, {"login_title": "Masuk Takalar"}, by="ani")
    first = freeze_now("Pertama", by="ani").id
    context = village.order(first)
    village.end(context.job.operation_id, OperationState.ERRORED)
    village.texts[THEME] = "desa/.."
    village.apply(first)
    assert village.texts[THEME] == "desa/.." and village.texts[LOGIN] == "Masuk Takalar"
