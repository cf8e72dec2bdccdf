"""Drift is looked for in turn: one village that can't be read or mended costs no other its turn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from siappakai.branding.edits import set_lock, set_values
from siappakai.branding.versions import freeze_now
from siappakai.models import (
    Event,
    Instance,
    InstanceBrand,
    Operation,
    OperationKind,
    OperationState,
    db,
    transaction,
)
from siappakai.provision import brand_drift
from siappakai.provision.brand_drift import BY, drift_round, read_drift
from siappakai.provision.brand_worn import load_worn
from siappakai.provision.lease import lock_group
from siappakai.provision.order_brand import order_brands
from siappakai.provision.tools import Tools
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages
from tests.integration.rows.brand_rows import ALL, add_serving, ended, wear
from tests.integration.rows.worn_villages import LOGIN, SITE, THEME, TITLE, WornVillage

HOUR = timedelta(hours=1)
CSS = "desa/pengaturan/siteman/siteman.css"


class TablesOfAll:
    """Tools for a server whose databases are those of the villages, by their names."""

    def __init__(self, villages: list[WornVillage]) -> None:
        self.tables = {f"opensid_{each.code}": each.table for each in villages}

    def connection(self, database: str):
        return self.tables[database].connection(database)


@pytest.fixture
def villages(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[WornVillage]:
    """Two villages that wear a locked title, last seen an hour ago."""
    add_server(tmp_path / "srv")
    add_release()
    add_villages()
    made = [WornVillage(each) for each in add_serving(TAMASAJU, BONTOKANANG)]
    set_values(ALL, {"site_title": "Portal Takalar", "primary_colour": "#0f766e"}, by="ani")
    set_lock(ALL, "site_title", True, by="ani")
    version = freeze_now("Pertama", by="ani").id
    for each in made:
        each.apply(version)
    tools = Tools(engine=None, databases=TablesOfAll(made))  # type: ignore[arg-type]
    monkeypatch.setattr("siappakai.provision.step_context.tools_for", lambda _server: tools)
    age(HOUR)
    return made


def age(by: timedelta) -> None:
    """All that was done and seen is so much older."""
    with transaction():
        for row in db.session.scalars(select(InstanceBrand)):
            row.applied_at, row.observed_at = row.applied_at - by, row.observed_at - by
        for row in db.session.scalars(select(Operation)):
            row.created_at = row.created_at - by
            row.finished_at = row.finished_at - by if row.finished_at else None


def change_title(*villages: WornVillage) -> None:
    for each in villages:
        each.texts[TITLE] = "Diubah"


def waiting() -> list[Operation]:
    db.session.expire_all()
    found = select(Operation).filter_by(state=OperationState.QUEUED)
    return list(db.session.scalars(found.order_by(Operation.id)))


def fail(village: WornVillage) -> None:
    (row,) = (each for each in waiting() if each.instance_id == village.id)
    village.end(row.id, OperationState.FAILED)


def drift_events() -> int:
    return db.session.query(Event).filter_by(word="brand_drifted").count()


def test_what_was_changed_is_answered_by_the_version_that_is_worn(
    villages: list[WornVillage],
) -> None:
    first, spared = villages
    worn = first.brand().applied_version_id
    set_values(ALL, {"site_title": "Yang Gagal"}, by="ani")
    failed = freeze_now("Gagal", by="ani").id
    with transaction():
        first.brand().wanted_version_id = failed
        ended(first.id, failed, state=OperationState.ERRORED)
    change_title(first)
    assert len(drift_round()) == 1
    (row,) = waiting()
    assert (row.instance_id, row.parameters["brand_version_id"]) == (first.id, worn)
    assert first.brand().wanted_version_id == worn and spared.texts[TITLE] == "Portal Takalar"


def test_one_that_waits_for_a_newer_version_is_left_to_that(villages: list[WornVillage]) -> None:
    set_values(ALL, {"site_title": "Baru"}, by="ani")
    newer = freeze_now("Baru", by="ani").id
    with transaction():
        villages[0].brand().wanted_version_id = newer
    change_title(*villages)
    drift_round()
    assert [each.instance_id for each in waiting()] == [villages[1].id]
    assert villages[0].brand().wanted_version_id == newer


def test_putting_back_that_fails_waits_longer_each_time(villages: list[WornVillage]) -> None:
    village = villages[0]
    change_title(village)
    for hours in (1, 2, 4, 8, 16, 24, 24):
        assert len(drift_round()) == 1
        fail(village)
        told = drift_events()
        age(hours * HOUR - timedelta(minutes=5))
        assert drift_round() == [] and drift_events() == told + 1
        age(timedelta(minutes=6))


def test_once_it_was_dressed_well_the_wait_is_over(villages: list[WornVillage]) -> None:
    village = villages[0]
    change_title(village)
    drift_round()
    fail(village)
    age(timedelta(minutes=5))
    assert drift_round() == []
    village.apply(village.brand().applied_version_id)
    age(timedelta(minutes=5))
    change_title(village)
    assert len(drift_round()) == 1


@pytest.mark.parametrize("wrong", ["desa/..", "desa/" + "x" * 300, ""])
def test_a_theme_that_can_t_name_a_folder_is_read_like_any_other_value(
    villages: list[WornVillage], wrong: str
) -> None:
    first, second = villages
    first.texts[THEME], first.texts[SITE] = wrong, "foto.jpg"
    change_title(second)
    drift_round()
    assert {each.instance_id for each in waiting()} == {first.id, second.id}
    assert "Tema" in {each.label for each in read_drift(first.id).differences}


def test_a_village_whose_files_are_gone_costs_no_other_its_turn(
    villages: list[WornVillage],
) -> None:
    first, second = villages
    first.home.rename(first.home.with_name("hilang"))
    change_title(second)
    drift_round()
    assert second.id in {each.instance_id for each in waiting()}


def test_an_error_that_nobody_foresaw_costs_no_other_its_turn(
    villages: list[WornVillage], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = villages
    change_title(*villages)

    def broken(instance_id: int):
        if instance_id == first.id:
            raise ZeroDivisionError
        return read_drift(instance_id)

    before = first.brand().observed_at
    monkeypatch.setattr(brand_drift, "read_drift", broken)
    assert len(drift_round()) == 1 and waiting()[0].instance_id == second.id
    assert first.brand().observed_at > before


def test_the_return_of_a_combined_database_is_nobody_s_choice_in_any_village(
    villages: list[WornVillage],
) -> None:
    leader, member = villages
    with transaction():
        group = db.session.get_one(Instance, leader.id).database_group
        db.session.get_one(Instance, member.id).database_group = group
        ended(leader.id, None, kind=OperationKind.RETURN)
    assert load_worn(member.id).was_put_back and load_worn(leader.id).was_put_back


def test_a_village_s_restore_is_its_own_and_another_product_s_return_moves_no_rows(
    villages: list[WornVillage],
) -> None:
    leader, member = villages
    (phones,) = add_serving(TAMASAJU, product="mobile_api")
    with transaction():
        group = db.session.get_one(Instance, leader.id).database_group
        for each in (member.id, phones):
            db.session.get_one(Instance, each).database_group = group
        ended(leader.id, None, kind=OperationKind.RESTORE)
        ended(phones, None, kind=OperationKind.RETURN)
    assert load_worn(leader.id).was_put_back and not load_worn(member.id).was_put_back


def test_a_database_that_is_worked_on_is_not_looked_at_but_a_forgotten_lock_is_none(
    villages: list[WornVillage],
) -> None:
    leader, member = villages
    with transaction():
        holder = ended(leader.id, None, state=OperationState.RUNNING, kind=OperationKind.RETURN)
    assert lock_group(db.session.get_one(Instance, member.id).database_group_id, holder, "mundur")
    change_title(member)
    assert drift_round() == []
    with transaction():
        db.session.get_one(Operation, holder).state = OperationState.FAILED
    assert len(drift_round()) == 1


def test_those_that_are_busy_use_up_no_turn(villages: list[WornVillage]) -> None:
    worn = villages[0].brand().applied_version_id
    codes = [f"73050520{number}" for number in range(50, 54)]
    add_villages(*codes)
    busy = add_serving(*codes)
    wear(worn, *busy, ago=9 * HOUR)
    order_brands(busy, worn, by="ani")
    change_title(*villages)
    assert len(drift_round(2)) == 2
    assert all(db.session.get_one(Instance, each).is_busy for each in busy)


def test_being_busy_is_one_look_at_one_row(villages: list[WornVillage]) -> None:
    instance = db.session.get_one(Instance, villages[0].id)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert not instance.is_busy
    assert len(asked) == 1 and "active_key" in asked[0] and "error_log_tail" not in asked[0]


def test_a_village_s_own_lines_beside_ours_are_no_drift_but_ours_are(
    villages: list[WornVillage],
) -> None:
    village = villages[0]
    css = village.home / CSS
    ours = css.read_bytes()
    css.write_bytes(b"body { color: red }\n" + ours)
    assert not read_drift(village.id).differences
    css.write_bytes(ours.replace(b"merek", b"rusak"))
    assert [each.label for each in read_drift(village.id).differences] == [CSS]


def test_what_is_free_is_still_adopted(villages: list[WornVillage]) -> None:
    villages[0].texts[LOGIN] = "Masuk Desa Kami"
    assert len(drift_round()) == 1
    assert waiting()[0].requested_by == BY
