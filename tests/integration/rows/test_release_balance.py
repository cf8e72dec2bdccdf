"""A release's own balance: written by a command, measured and compared with its product's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from siappakai.cli import main
from siappakai.errors import StepFailed
from siappakai.models import Event, Release, TemplateDump, db, transaction
from siappakai.products.balance import command_for
from siappakai.provision.job import load_job
from siappakai.provision.order import order_update
from siappakai.provision.proof_steps import compare_content, count_content
from siappakai.provision.rehearsal_steps import compare_clone, count
from siappakai.provision.release_balance import balance_of
from siappakai.provision.step_context import StepContext
from siappakai.provision.tools import Tools
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.cast import add_server
from tests.integration.rows.rollout_rows import (
    NEW,
    OLD,
    add_rollout,
    add_running_villages,
    add_sample_release,
)

RULE = """[[invariant]]
key = "lunas"
label = "Tagihan lunas"
rule = "must_equal"
sql = "SELECT COUNT(*) FROM tagihan t WHERE t.status = 'lunas'"
"""
GONE = 'drops = ["penduduk.nama"]\n'


class OneCursor:
    """MariaDB's answers to a balance, given by SQLite; `asked` is what it was asked."""

    def __init__(self, tables: sqlite3.Connection) -> None:
        self.tables, self.asked, self.rows = tables, "", []

    def __enter__(self) -> OneCursor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, sql: str, values: tuple[str, ...] | None = None) -> None:
        if sql.startswith(("SET", "START")):
            return
        names = [name for (name,) in self.tables.execute("SELECT name FROM sqlite_master")]
        if sql.startswith("SHOW"):
            self.rows = [(name, "BASE TABLE") for name in names]
        elif "information_schema" in sql:
            told = ((each, self.tables.execute(f"PRAGMA table_info({each})")) for each in names)
            self.rows = [(table, row[1]) for table, rows in told for row in rows]
        else:
            self.rows = self.tables.execute(sql).fetchall()

    def fetchall(self) -> list[Any]:
        return self.rows


class OneDatabase:
    """One village's database for every name."""

    def __init__(self) -> None:
        self.tables = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.tables.create_function("CONCAT_WS", -1, lambda sign, *each: sign.join(map(str, each)))
        self.run("CREATE TABLE tagihan (id INTEGER, status TEXT)")
        self.run("INSERT INTO tagihan VALUES (1, 'lunas'), (2, 'lunas'), (3, 'belum')")

    def run(self, sql: str) -> None:
        self.tables.execute(sql)

    @contextmanager
    def connection(self, _database: str) -> Iterator[OneDatabase]:
        yield self

    def cursor(self) -> OneCursor:
        return OneCursor(self.tables)


@pytest.fixture
def ids(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two villages on the old release; the new one is in the catalogue."""
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    old = add_sample_release(OLD)
    add_sample_release(NEW)
    return add_running_villages(2, old, add_server(tmp_path / "srv"))


@pytest.fixture
def database() -> Iterator[OneDatabase]:
    made = OneDatabase()
    yield made
    made.tables.close()


def new_release() -> Release:
    db.session.rollback()
    return db.session.scalars(select(Release).filter_by(version=NEW)).one()


def write(tmp_path: Path, text: str, *more: str) -> Result:
    (tmp_path / "neraca.toml").write_text(text)
    return run(str(tmp_path / "neraca.toml"), *more)


def run(*words: str) -> Result:
    answer = CliRunner().invoke(main, ["rilis", "neraca", "opensid", f"v{NEW}", *words])
    db.session.rollback()
    return answer


def events() -> list[str]:
    words = select(Event.word).where(Event.word.startswith("release_balance"))
    return list(db.session.scalars(words))


def context_of(instance_id: int, database: OneDatabase, tmp_path: Path) -> StepContext:
    """An update of the village to the new release that has come to its counting."""
    operation_id = order_update(instance_id, new_release().id, by="ani")
    old = db.session.scalars(select(Release.id).filter_by(version=OLD)).one()
    db.session.rollback()
    earlier = {
        "warm": {"old_release_id": old},
        "snapshot": {},
        "check_rehearsal": {"from_version": OLD, "from_release_id": old},
        "try_migration": {"ok": True},
    }
    tools = Tools(engine=None, databases=database)  # type: ignore[arg-type]
    return StepContext(load_job(operation_id), tools, earlier)


def test_what_a_release_adds_is_measured_and_an_update_that_breaks_it_fails(
    ids: list[int], database: OneDatabase, tmp_path: Path
) -> None:
    assert "ditulis" in write(tmp_path, RULE).output
    context = context_of(ids[0], database, tmp_path)
    context.results["count"] = count_content(context)
    assert compare_content(context)["losses"] == 0
    database.run("UPDATE tagihan SET status = 'belum' WHERE id = 2")
    with pytest.raises(StepFailed, match="Tagihan lunas: 2 → 1") as caught:
        compare_content(context)
    assert command_for("opensid", NEW, "contoh") in caught.value.hint


def test_a_rehearsal_holds_a_village_to_the_same(
    ids: list[int], database: OneDatabase, tmp_path: Path
) -> None:
    write(tmp_path, RULE)
    context = context_of(ids[1], database, tmp_path)
    context.results["count"] = count(context)
    assert compare_clone(context)["losses"] == []
    database.run("UPDATE tagihan SET status = 'belum' WHERE id = 2")
    assert [each["key"] for each in compare_clone(context)["losses"]] == ["invariant.lunas"]


def test_a_change_in_between_judges_the_next_update_not_this_one(
    ids: list[int], database: OneDatabase, tmp_path: Path
) -> None:
    write(tmp_path, RULE)
    context = context_of(ids[0], database, tmp_path)
    context.results["count"] = count_content(context)
    database.run("DELETE FROM tagihan WHERE id = 2")
    allowed = '[[may_shrink]]\ntables = ["tagihan"]\nreason = "diarsipkan"\n'
    write(tmp_path, 'drops = ["penduduk_hidup"]\n' + allowed)
    with pytest.raises(StepFailed, match="Tagihan lunas"):
        compare_content(context)
    context.results["count"] = count_content(context)
    database.run("DELETE FROM tagihan WHERE id = 1")
    assert compare_content(context)["losses"] == 0


def test_what_only_the_new_release_has_hinders_no_counting_before(
    ids: list[int], database: OneDatabase, tmp_path: Path
) -> None:
    cells = '[[filled]]\ntable = "iuran"\ncolumns = ["nilai"]\n'
    write(tmp_path, cells + RULE.replace("tagihan", "iuran"))
    context = context_of(ids[0], database, tmp_path)
    context.results["count"] = count_content(context)
    database.run("CREATE TABLE iuran (id INTEGER, status TEXT, nilai INTEGER)")
    assert compare_content(context)["losses"] == 0


def test_a_text_is_kept_with_its_event_shown_and_taken_away(ids: list[int], tmp_path: Path) -> None:
    add_rollout(ids, [1, 1], RolloutPolicy(limits=Limits()), new_release().id, 1)
    said = write(tmp_path, RULE).output
    assert "Peluncuran 1 (disetujui): berlaku bagi desa yang belum mulai." in said
    assert "ulangi gladinya" in said
    assert "sudah demikian" in write(tmp_path, RULE).output
    shown = run().output
    assert "harus sama: Tagihan lunas (lunas)" in shown and RULE.rstrip() in shown
    assert "(penduduk_hidup)" in shown
    assert run("--hapus").exit_code == 1 and new_release().balance_toml == RULE  # not confirmed
    assert "dibuang" in run("--hapus", "--ya").output
    assert "tidak punya tambahan" in run("--hapus", "--ya").output
    assert "lunas" not in run().output
    assert events() == ["release_balance_set", "release_balance_dropped"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "tidak memuat satu aturan pun"),
        ("drops = []\n[[invariant]\n", "baris 2, kolom 12: [[invariant]"),
        ("drops = [\n", "pada akhir berkas"),
        (RULE + RULE.replace("SELECT", "DELETE"), "[[invariant]] ke-2 (lunas)"),
        ('drops = ["tidak_ada"]', "drops: tidak_ada tidak ada di kontrak"),
        ('[village]\ncolumn = "a"\ntable = "a"\nid = "a"\ncode = "a"', "hapus dari berkas ini"),
        ("#" * 20_001, "terlalu panjang"),
    ],
)
def test_a_text_that_would_be_misread_is_refused_and_nothing_is_kept(
    ids: list[int], tmp_path: Path, text: str, why: str
) -> None:
    answer = write(tmp_path, text)
    assert answer.exit_code == 1 and why in answer.output and "Langkah berikutnya" in answer.output
    assert new_release().balance_toml == "" and events() == []


def test_names_that_the_release_s_template_lacks_are_told(ids: list[int], tmp_path: Path) -> None:
    folder = tmp_path / "srv" / "templates"
    folder.mkdir(parents=True)
    (folder / "c.sql").write_text("CREATE TABLE `tagihan` (\n  `status` text\n) ENGINE=InnoDB;\n")
    with transaction():
        sums = {"sha256": "0" * 64, "size_bytes": 1, "table_count": 1, "seconds": 1.0}
        release_id = new_release().id
        db.session.add(TemplateDump(release_id=release_id, server_id=1, file_name="c.sql", **sums))
    assert "Salah tulis?" not in write(tmp_path, RULE).output
    cells = '[[filled]]\ntable = "tagihan"\ncolumns = ["nilai"]\n'
    said = write(tmp_path, cells + RULE.replace("t.status", "t.sttus")).output
    assert "tagihan.nilai tidak ada di cetakan" in said and "tagihan.sttus tidak ada" in said


def test_a_release_may_let_a_shipped_cell_go(ids: list[int], tmp_path: Path) -> None:
    assert write(tmp_path, GONE).exit_code == 0
    kept = balance_of(new_release().id).contract.between(OLD, NEW).cells()
    assert "penduduk.nama" not in kept and "penduduk.nik" in kept
