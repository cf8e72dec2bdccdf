"""Whatever a migration made, changed or dropped, the database comes back as the dump has it."""

from __future__ import annotations

import pytest

from siappakai.provision.snapshots import bring_back, mark_changed, snapshot
from tests.integration.way_back.moving import Moving

pytestmark = pytest.mark.timeout(300)

TRIGGER = """CREATE TRIGGER catat AFTER INSERT ON penduduk FOR EACH ROW BEGIN
  INSERT INTO log_penduduk (catatan) VALUES (CONCAT('baru; ', NEW.nama)); END"""
VIEW = "CREATE VIEW daftar AS SELECT p.id, p.nama, k.no_kk FROM penduduk p \
JOIN keluarga k ON k.id = p.id_kk"
VIEW_ON_VIEW = "CREATE VIEW awal AS SELECT nama FROM daftar"
FUNCTION = "CREATE FUNCTION umur(lahir DATE) RETURNS INT DETERMINISTIC RETURN \
TIMESTAMPDIFF(YEAR, lahir, '2025-01-01')"
OTHER_FUNCTION = "CREATE OR REPLACE FUNCTION umur(lahir DATE) RETURNS INT DETERMINISTIC RETURN 7"
PROCEDURE = """CREATE PROCEDURE bersihkan() BEGIN
  DELETE FROM log_penduduk; /* semua; tanpa sisa */ END"""
EVENT = "CREATE EVENT malam ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 02:00:00' \
DO DELETE FROM log_penduduk"
SEQUENCE = "CREATE SEQUENCE nomor_surat START WITH 5"
ROWS = "UPDATE penduduk SET nama = 'lain'"

PLAIN: tuple[str, ...] = ()
RICH = (FUNCTION, PROCEDURE, VIEW, VIEW_ON_VIEW, EVENT)
WORLD = [
    pytest.param(PLAIN, (TRIGGER, ROWS), id="a trigger comes"),
    pytest.param(PLAIN, (FUNCTION, PROCEDURE, EVENT), id="routines and an event come"),
    pytest.param(PLAIN, (VIEW, VIEW_ON_VIEW, SEQUENCE), id="views and a sequence come"),
    pytest.param(PLAIN, (TRIGGER, VIEW, FUNCTION, EVENT, SEQUENCE), id="everything comes"),
    pytest.param(RICH, (ROWS,), id="only rows change"),
    pytest.param(RICH, (OTHER_FUNCTION, "DROP PROCEDURE bersihkan"), id="routines change and go"),
    pytest.param(RICH, ("DROP EVENT malam", "DROP VIEW awal", TRIGGER), id="event and view go"),
    pytest.param(
        (*RICH, TRIGGER, SEQUENCE),
        ("DROP TRIGGER catat", "DROP SEQUENCE nomor_surat", "DROP TABLE log_penduduk"),
        id="trigger, sequence and table go",
    ),
]


def definers(village: Moving) -> set[tuple[str, ...]]:
    """Every view, trigger, routine and event with whose it is."""
    query = """SELECT 'view', table_name, definer FROM information_schema.views
      WHERE table_schema = %s UNION ALL
    SELECT 'trigger', trigger_name, definer FROM information_schema.triggers
      WHERE trigger_schema = %s UNION ALL
    SELECT routine_type, routine_name, definer FROM information_schema.routines
      WHERE routine_schema = %s UNION ALL
    SELECT 'event', event_name, definer FROM information_schema.events WHERE event_schema = %s"""
    with village.connect() as connection, connection.cursor() as cursor:
        cursor.execute(query, (village.name,) * 4)
        return set(cursor.fetchall())


@pytest.mark.parametrize(("made", "migration"), WORLD)
def test_after_a_restore_everything_equals_what_was_dumped(
    village: Moving, made: tuple[str, ...], migration: tuple[str, ...]
) -> None:
    village.run(*made)
    before, owners = village.content(), definers(village)
    names = village.databases.names()
    context = village.context
    context.results["snapshot"] = snapshot(context)
    mark_changed(context)
    village.run(*migration)
    assert (village.content(), definers(village)) != (before, owners)
    assert bring_back(context)
    assert definers(village) == owners
    assert village.content() == before
    assert village.databases.names() == names  # nothing of the restoration is left
