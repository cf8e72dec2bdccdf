"""Frozen layers: equal content, equal bytes; back and forth without loss; told in sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from siappakai.branding.frozen import (
    differences,
    digest_of,
    freeze_layers,
    local_time,
    thaw_layers,
)
from siappakai.branding.layers import Layer, resolve
from siappakai.branding.schedule import election, independence_day, mourning, next_change
from siappakai.branding.scope import Scope
from siappakai.models import LayerKind

NOW = datetime(2026, 8, 10, tzinfo=UTC)
VILLAGES = (Scope("7305052001"), Scope("7305052002"))


def some() -> list[Layer]:
    return [
        Layer(LayerKind.REGENCY, Scope(), "", {"logo": "a" * 64, "app_name": "Takalar"}),
        Layer(LayerKind.VILLAGE, VILLAGES[0], "", {}, {}, {"app_name": "Kami"}),
        Layer(
            LayerKind.TEMPORARY,
            Scope(),
            "HUT RI 2026",
            {"ribbon_kind": "merah_putih"},
            {},
            {},
            NOW - timedelta(days=1),
            NOW + timedelta(days=1),
            3,
        ),
        Layer(LayerKind.DISTRICT, Scope("730505")),
    ]


def test_equal_content_has_equal_bytes_in_any_order_and_empty_layers_do_not_count() -> None:
    one = freeze_layers(some(), NOW)
    other = freeze_layers([each for each in reversed(some()) if each.scope.code != "730505"], NOW)
    assert one == other and digest_of(one) == digest_of(other)
    assert digest_of(json.loads(json.dumps(one))) == digest_of(one)
    assert len(one) == 3


def test_nothing_is_lost_on_the_way_into_a_version_and_back() -> None:
    frozen = freeze_layers(some(), NOW)
    back = thaw_layers(json.loads(json.dumps(frozen)))
    assert freeze_layers(back, NOW) == frozen
    for village in VILLAGES:
        assert resolve(back, village) == resolve(some(), village, NOW)


def test_whether_a_temporary_layer_runs_is_part_of_the_content() -> None:
    during, after = freeze_layers(some(), NOW), freeze_layers(some(), NOW + timedelta(days=2))
    assert digest_of(during) != digest_of(after)
    assert freeze_layers(thaw_layers(during), NOW + timedelta(days=2)) == after


def test_changes_are_told_in_sentences() -> None:
    old = some()
    new = [
        replace(old[0], values={"app_name": "Takalar Baru"}, locks={"app_name": True}),
        replace(old[1], adopted={}),
        replace(old[2], ends_at=NOW + timedelta(days=3), rank=4),
        Layer(LayerKind.VILLAGE, VILLAGES[1], "", {"primary_colour": "#0f766e"}),
    ]
    assert differences(old, new) == [
        "Desa 73.05.05.2001 (pilihan sendiri): Nama aplikasi dikosongkan, tadinya «Kami».",
        "Desa 73.05.05.2002: Warna utama diisi «#0f766e».",
        "Semua wilayah: Nama aplikasi dari «Takalar» menjadi «Takalar Baru».",
        "Semua wilayah: Logo dikosongkan, tadinya «gambar aaaaaaaa».",
        "Semua wilayah: Nama aplikasi dikunci.",
        "Sementara «HUT RI 2026» kini, 9 Agustus 2026 pukul 07.00 sampai "
        "13 Agustus 2026 pukul 07.00.",
        "Sementara «HUT RI 2026»: urutannya dari 3 menjadi 4.",
    ]
    assert differences(old, old) == []
    assert differences([], [old[2]])[0].startswith("Sementara «HUT RI 2026» ditambahkan, ")
    assert differences([old[2]], [])[0] == "Sementara «HUT RI 2026» dihapus."


def test_the_clock_tells_the_next_change_of_any_temporary_layer() -> None:
    first, last = NOW - timedelta(days=1), NOW + timedelta(days=1)
    assert next_change(some(), NOW - timedelta(days=9)) == first
    assert next_change(some(), first) == last == next_change(some(), NOW)
    assert next_change(some(), last) is None and next_change([], NOW) is None


def test_ready_made_layers_begin_and_end_at_midnight_where_the_villages_are() -> None:
    day = independence_day(2026)
    assert local_time(day.starts_at) == "1 Agustus 2026 pukul 00.00"
    assert local_time(day.ends_at) == "1 September 2026 pukul 00.00"
    assert day.starts_at.astimezone(UTC) == datetime(2026, 7, 31, 17, tzinfo=UTC)
    assert day.values["ribbon_text"].endswith("ke-81")
    sad = mourning(datetime(2026, 9, 1, tzinfo=UTC).date())
    assert sad.ends_at - sad.starts_at == timedelta(days=3)
    vote = election(
        datetime(2029, 1, 1, tzinfo=UTC).date(), datetime(2029, 2, 14, tzinfo=UTC).date()
    )
    assert vote.values["ribbon_kind"] == "netral" and vote.title == "Netralitas pemilu 2029"
