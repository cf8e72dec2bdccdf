"""The edge's access log is counted once, whatever happens to its files, and on the right side."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siappakai.provision.access_logs import LogCursor, Reading, Window, read_access_log
from siappakai.provision.traffic import Moments, Sides, Traffic

TAMASAJU, BONTOKANANG = "opensid-7305052001", "opensid-7305052002"
BEGIN = 1_790_000_000
ALL = Window(0, BEGIN + 10**6)


def line(
    second: int,
    key: str = TAMASAJU,
    status: int = 200,
    seconds: float = 0.05,
    uri: str = "/",
    port: int = 40000,
) -> str:
    """A line as Caddy writes it with our configuration (siappakai/provision/edge_config.py)."""
    stamp = datetime.fromtimestamp(BEGIN + second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    row = {
        "level": "error" if status >= 500 else "info",
        "ts": stamp,
        "logger": "http.log.access.sites",
        "msg": "handled request",
        "request": {
            "remote_ip": "10.0.0.9",
            "remote_port": str(port),
            "client_ip": "10.0.0.9",
            "proto": "HTTP/2.0",
            "method": "GET",
            "host": "tamasaju.desa.id",
            "uri": uri,
        },
        "bytes_read": 0,
        "user_id": "",
        "duration": seconds,
        "size": 1053,
        "status": status,
        "instance_key": key,
        "village_code": key.rpartition("-")[2],
    }
    return json.dumps(row, separators=(",", ":")) + "\n"


def read(folder: Path, cursor: LogCursor | None = None, window: Window = ALL, **moments) -> Reading:
    named = {f"opensid-{code.removeprefix('d')}": each for code, each in moments.items()}
    return read_access_log(folder, cursor, window, named)


def requests(reading: Reading, key: str = TAMASAJU) -> int:
    return reading.sides.get(key, Sides()).before.requests


def write(folder: Path, *lines: str, name: str = "sites.log") -> None:
    with (folder / name).open("a") as stream:
        stream.writelines(lines)


def roll(folder: Path, name: str, *, pack: bool = False) -> None:
    """What Caddy does with a full file; packing follows a moment later."""
    target = folder / f"sites-{name}-size.log"
    (folder / "sites.log").rename(target)
    if pack:
        with target.open("rb") as plain, gzip.open(f"{target}.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
        target.unlink()


# --- what is counted


def test_each_instance_gets_its_own_numbers(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(1, status=500), line(2, status=404), line(2, status=419))
    write(tmp_path, line(2, key=BONTOKANANG, seconds=3.0), line(3, key="", status=421))
    reading = read(tmp_path)
    tamasaju = reading.sides[TAMASAJU].before
    assert (tamasaju.requests, tamasaju.errors, tamasaju.refusals) == (4, 1, 1)
    assert reading.sides[BONTOKANANG].before.slower_than(2.0) == 1
    assert tamasaju.slower_than(2.0) == 0
    assert set(reading.sides) == {TAMASAJU, BONTOKANANG}
    assert (reading.lines, reading.unreadable) == (6, 0)


@given(st.lists(st.floats(0.001, 800), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_percentiles_are_right_to_a_tenth(times: list[float], share: float) -> None:
    seen = Traffic()
    for each in times:
        seen.count(200, each)
    exact = sorted(times)[max(0, -(-int(share * 100) * len(times) // 100) - 1)]
    found = seen.percentile_s(share)
    assert found is not None and exact * 0.999 <= found <= exact * 1.1


def test_two_counts_add_up_and_survive_json() -> None:
    one, two = Traffic(), Traffic()
    one.count(200, 0.2)
    two.count(500, 0.2)
    two.count(403, 4.0)
    both = Traffic.from_json(json.loads(json.dumps(one.plus(two).as_json())))
    assert (both.requests, both.errors, both.refusals, both.not_within(1.0)) == (3, 1, 1, 2)


@pytest.mark.parametrize(
    "uri",
    [
        '/x","duration":0.1,"size":1,"status":500,"instance_key":"opensid-7305052002"',
        '/"ts":"1999-01-01T00:00:00Z"',
        "/" + "a" * 60_000,
        "/é\u2028\\",
    ],
)
def test_a_visitor_cannot_forge_what_a_line_says(tmp_path: Path, uri: str) -> None:
    write(tmp_path, line(1, uri=uri))
    reading = read(tmp_path)
    assert (requests(reading), requests(reading, BONTOKANANG)) == (1, 0)
    assert reading.sides[TAMASAJU].before.errors == 0


def test_a_line_in_another_order_is_read_all_the_same(tmp_path: Path) -> None:
    row = json.loads(line(5, status=502))
    write(tmp_path, json.dumps(dict(sorted(row.items()))) + "\n", "{broken\n", "\n", '{"a": 1}\n')
    reading = read(tmp_path)
    assert reading.sides[TAMASAJU].before.errors == 1
    assert (reading.lines, reading.unreadable) == (1, 2)


# --- which side of the update


def test_the_time_of_the_update_is_neither_the_old_nor_the_new_release(tmp_path: Path) -> None:
    moments = Moments(BEGIN + 10.4, BEGIN + 14.6)
    write(
        tmp_path,
        line(9, status=500),  # the old release
        line(10),  # ended in the second in which the hold began
        line(12, status=503, seconds=0.1),
        line(15, seconds=4.8),  # waited at the edge, then answered by the new release
        line(15, seconds=0.9),  # may have begun before the switch
        line(15, seconds=0.2),
        line(16, status=500),
        line(40, seconds=20.0),
        line(16, key=BONTOKANANG, seconds=20.0),
    )
    sides = read(tmp_path, d7305052001=moments).sides
    tamasaju = sides[TAMASAJU]
    assert (tamasaju.before.requests, tamasaju.before.errors) == (1, 1)
    assert (tamasaju.during.requests, tamasaju.during.errors) == (4, 1)
    assert (tamasaju.after.requests, tamasaju.after.errors) == (3, 1)
    assert tamasaju.after.slower_than(2.0) == 1
    assert sides[BONTOKANANG].before.slower_than(2.0) == 1


def test_while_an_instance_is_held_nothing_counts_against_either_release(tmp_path: Path) -> None:
    write(tmp_path, line(9), line(11, status=503), line(99, status=503))
    sides = read(tmp_path, d7305052001=Moments(BEGIN + 10.0)).sides[TAMASAJU]
    assert (sides.before.requests, sides.during.errors, sides.after.requests) == (1, 2, 0)


# --- going on where the last reading stopped


def test_only_what_is_new_is_read_the_next_time(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(2))
    first = read(tmp_path)
    assert requests(read(tmp_path, first.cursor)) == 0
    write(tmp_path, line(3))
    second = read(tmp_path, LogCursor.from_json(json.loads(json.dumps(first.cursor.as_json()))))
    assert (requests(first), requests(second), second.has_gap) == (2, 1, False)


def test_a_half_written_last_line_is_counted_once_it_is_whole(tmp_path: Path) -> None:
    whole = line(2)
    write(tmp_path, line(1), whole[:180])
    first = read(tmp_path)
    assert (requests(first), first.unreadable) == (1, 0)
    write(tmp_path, whole[180:], line(3))
    assert requests(read(tmp_path, first.cursor)) == 2


def test_what_ends_after_the_window_waits_for_the_next_reading(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(5), line(6), line(7))
    first = read(tmp_path, window=Window(BEGIN, BEGIN + 6))
    second = read(tmp_path, first.cursor, Window(BEGIN, BEGIN + 8))
    assert (requests(first), requests(second)) == (2, 2)


def test_without_a_cursor_older_lines_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(5), line(6))
    assert requests(read(tmp_path, window=Window(BEGIN + 5, BEGIN + 99))) == 2


def test_a_missing_or_empty_log_is_no_traffic(tmp_path: Path) -> None:
    assert read(tmp_path / "tidak-ada").sides == {}
    (tmp_path / "sites.log").touch()
    reading = read(tmp_path)
    assert (reading.sides, reading.cursor, reading.has_gap) == ({}, None, False)
    write(tmp_path, line(1))
    assert requests(read(tmp_path, reading.cursor)) == 1


@pytest.mark.parametrize("pack", [False, True])
def test_a_rolled_file_is_read_to_its_end_then_the_new_one(tmp_path: Path, pack: bool) -> None:
    write(tmp_path, line(1), line(2))
    first = read(tmp_path)
    write(tmp_path, line(3))
    roll(tmp_path, "2026-11-22T10-00-00.000", pack=pack)
    write(tmp_path, line(4), line(5))
    roll(tmp_path, "2026-11-22T10-05-00.000", pack=pack)
    write(tmp_path, line(6))
    second = read(tmp_path, first.cursor)
    assert (requests(second), second.has_gap) == (4, False)
    assert requests(read(tmp_path, second.cursor)) == 0


def test_right_after_a_roll_there_may_be_no_new_file_yet(tmp_path: Path) -> None:
    write(tmp_path, line(1))
    first = read(tmp_path)
    write(tmp_path, line(2))
    roll(tmp_path, "2026-11-22T10-00-00.000")
    second = read(tmp_path, first.cursor)
    (tmp_path / "sites.log").touch()
    third = read(tmp_path, second.cursor)
    write(tmp_path, line(3))
    assert (requests(second), requests(third), requests(read(tmp_path, third.cursor))) == (1, 0, 1)


def test_a_file_that_is_being_packed_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(2))
    roll(tmp_path, "2026-11-22T10-00-00.000")
    whole = gzip.compress((tmp_path / "sites-2026-11-22T10-00-00.000-size.log").read_bytes())
    (tmp_path / "sites-2026-11-22T10-00-00.000-size.log.gz").write_bytes(whole[:30])
    write(tmp_path, line(3))
    assert requests(read(tmp_path)) == 3


def test_a_damaged_packed_file_is_told_and_passed_over(tmp_path: Path) -> None:
    write(tmp_path, *(line(second) for second in range(300)))
    roll(tmp_path, "2026-11-22T10-00-00.000", pack=True)
    packed = tmp_path / "sites-2026-11-22T10-00-00.000-size.log.gz"
    packed.write_bytes(packed.read_bytes()[:-20])
    write(tmp_path, line(400))
    reading = read(tmp_path)
    assert reading.has_gap
    assert requests(reading) >= 1
    assert requests(read(tmp_path, reading.cursor)) == 0


def test_a_log_that_was_deleted_is_told_and_read_from_its_beginning(tmp_path: Path) -> None:
    write(tmp_path, line(1), line(2))
    first = read(tmp_path)
    (tmp_path / "sites.log").unlink()
    write(tmp_path, line(7, port=40001))
    second = read(tmp_path, first.cursor)
    assert (requests(second), second.has_gap) == (1, True)


def test_rolled_files_from_before_the_window_are_not_opened(tmp_path: Path) -> None:
    write(tmp_path, line(1))
    roll(tmp_path, "2026-11-22T10-00-00.000")
    old = tmp_path / "sites-2026-11-22T10-00-00.000-size.log"
    os.utime(old, (BEGIN, BEGIN))
    write(tmp_path, line(9))
    assert read(tmp_path, window=Window(BEGIN + 5, BEGIN + 99)).lines == 1


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["", "roll", "pack"])), max_size=8),
    st.data(),
)
def test_every_line_is_counted_exactly_once_however_it_is_rolled_and_read(
    tmp_path_factory: pytest.TempPathFactory,
    writes: list[tuple[int, str]],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    cursor, counted, written = None, 0, 0
    for number, (count, then) in enumerate(writes):
        for _ in range(count):
            written += 1
            write(folder, line(written, port=30000 + written))
        if then:
            roll(folder, f"2026-11-22T10-00-{number:02d}.000", pack=then == "pack")
        if data.draw(st.booleans()):
            reading = read(folder, cursor)
            cursor, counted = reading.cursor, counted + requests(reading)
            assert not reading.has_gap
    last = read(folder, cursor)
    assert counted + requests(last) == written
