"""Errors in logs are counted by kind, and a kind never tells who a person is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.provision.instance_logs import LogPlace, _file_entries
from siappakai.provision.log_lines import LogLevel, fingerprint, read_entry
from siappakai.provision.synthetic import visits_wanted
from siappakai.rollout.log_sight import compare_logs

FATAL, ERROR, WARNING = LogLevel.FATAL, LogLevel.ERROR, LogLevel.WARNING
PHP = "[22-Nov-2026 17:58:10 Asia/Jakarta] "
CI = "ERROR - 2026-11-22 17:58:10 --> "
SEEN = [
    (
        PHP + "PHP Fatal error:  Uncaught TypeError: Contoh::x() in /var/www/app/a.php:33",
        FATAL,
        "Uncaught TypeError: Contoh::x() in /var/www/app/a.php:#",
    ),
    (
        PHP + "PHP Warning:  Undefined variable $a in /b.php",
        WARNING,
        "Undefined variable $a in /b.php",
    ),
    (
        CI + "Query error: Table 'sid_1.x' doesn't exist - Invalid query: SELECT 'Budi'",
        ERROR,
        "Query error: Table … doesn't exist",
    ),
    (
        "[2026-11-22 10:43:17] production.ERROR: SQLSTATE[23000]: Duplicate entry 'Budi' for key "
        '\'nik\' (Connection: mysql, SQL: insert into `w` values (Siti)) {"exception":"x',
        ERROR,
        "SQLSTATE[23000]: Duplicate entry … for key …",
    ),
    (
        "2026/11/22 10:43:17 [error] 12#12: *7 upstream timed out (110: Connection timed out) "
        "while reading response header from upstream, client: 10.0.0.9",
        ERROR,
        "upstream timed out (# Connection timed out)",
    ),
    (
        "[22-Nov-2026 10:52:43] WARNING: [pool instance] child 17 exited on signal 11 (SIGSEGV)",
        FATAL,
        "[pool instance] child # exited on signal # (SIGSEGV)",
    ),
]
PASSED_OVER = [
    "[22-Nov-2026 10:52:43] NOTICE: fpm is running, pid 9",
    "#0 /var/www/app/index.php(12): Contoh\\Web::answer()",
    "NOTICE - 2026-11-22 17:58:03 --> Berhasil Jalankan Migrasi_2024100101",
    "2026/11/22 10:43:17 [error] 12#12: *1 access forbidden by rule, client: 10.0.0.9",
    CI + "updateConfigFile password x",
    CI + "cURL error 7: Failed to connect to 127.0.0.1 port 9",
]


@pytest.mark.parametrize(("line", "level", "kind"), SEEN)
def test_each_format_is_read(line: str, level: LogLevel, kind: str) -> None:
    entry = read_entry(line)
    assert entry is not None
    assert (entry.level, fingerprint(entry.text)) == (level, kind)


@pytest.mark.parametrize("line", PASSED_OVER)
def test_what_every_good_day_writes_is_no_error(line: str) -> None:
    assert read_entry(line) is None


people = st.sampled_from(
    ["Budi Santoso", "SITI AMINAH", "I Made Contoh", "St. Aminah Daeng Ngalle"]
)
numbers = st.from_regex(r"[0-9]{16}", fullmatch=True)
around = st.sampled_from(["{}", "'{}'", '"{}"', "penduduk {} tidak ada", "x='{}", "({})"])


@given(people, numbers, around, st.sampled_from(["galat: ", "Column ", "SQLSTATE[42S22]: ", ""]))
def test_a_kind_names_no_person(person: str, number: str, shape: str, begin: str) -> None:
    text = begin + shape.format(person) + " " + shape.format(number) + " warga@desa.id"
    kind = fingerprint(text)
    assert number not in kind and "warga" not in kind
    assert not set(person.split()) & set(kind.split())
    assert len(kind) <= 200


def test_the_same_fault_in_two_villages_is_one_kind() -> None:
    one = fingerprint("Baris 17 milik 7305052001 rusak sejak 10:43:17")
    assert one == fingerprint("Baris 9 milik 7305052002 rusak sejak 11:00:01")


def place(folder: Path) -> LogPlace:
    return LogPlace("tidak-dipakai", folder, "Asia/Makassar")


def test_only_what_was_written_since_the_switch_counts(tmp_path: Path) -> None:
    """18:00 in Makassar is 10:00 UTC; the migration's own lines are older than the switch."""
    (tmp_path / "log-2026-11-22.php").write_text(
        "<?php exit; ?>\n\nERROR - 2026-11-22 17:59:59 --> lama\n"
        "ERROR - 2026-11-22 18:00:01 --> baru\n"
    )
    (tmp_path / "laravel-2026-11-22.log").write_text(
        "[2026-11-22 18:00:02] production.CRITICAL: juga baru\n[stacktrace]\n#0 a.php\n"
    )
    found = list(_file_entries(place(tmp_path), datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)))
    assert [each.text for each in found] == ["juga baru", "baru"]


def test_a_link_or_pipe_that_an_instance_left_among_its_logs_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "rahasia"
    secret.write_text("ERROR - 2030-01-01 00:00:00 --> rahasia\n")
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "log-2030-01-01.php").symlink_to(secret)
    os.mkfifo(logs / "laravel.log")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert list(_file_entries(place(logs), since)) == []
    assert list(_file_entries(place(tmp_path / "tidak-ada"), since)) == []


def test_instances_are_counted_by_errors_that_are_new_to_them() -> None:
    sight = compare_logs(
        {"a": {"X": 900}, "b": {"X": 1, "Y": 1}, "c": {"Lama": 4}, "d": {}},
        {"e": {}, "f": {"Lama": 2}, "g": {"Z": 1}},
        {"c": ["Lama"], "f": ["Lama"]},
    )
    assert (sight.new, sight.new_with_errors, sight.old, sight.old_with_errors) == (4, 2, 3, 1)
    assert sight.most_frequent == "X"


def test_only_quiet_villages_are_visited_and_never_above_the_limit() -> None:
    seen = {"sepi": 1, "ramai": 40, "dibayar": 2, "baru": 0}
    assert visits_wanted(seen, {"dibayar": 11}, enough=6) == {"sepi": 5, "dibayar": 1, "baru": 6}
    assert visits_wanted({"sepi": 0}, {"sepi": 12}, enough=99) == {}
