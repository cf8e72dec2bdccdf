"""Think: a frozen plan as a spreadsheet and as JSON, to be read and kept outside the panel."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from siappakai.models import Rollout
from siappakai.rollout import words
from siappakai.rollout.plan import Move, Plan, PlannedWave, Stay, from_json

Cell = str | int | float
_LOCAL = ZoneInfo("Asia/Jakarta")
_SUMMARY = (("Hal", 26), ("Isi", 90))
_MOVES = (
    *(("Gelombang", 11), ("Urutan", 8), ("Nama", 30), ("Kode", 24), ("Kecamatan", 24)),
    *(("Dari versi", 14), ("Ke versi", 14), ("Kanal", 10), ("Basis data", 12)),
    *(("Jumlah {home}", 16), ("Gladi bersih", 13), ("Temuan", 40), ("Nilai risiko", 12)),
    *(("Sebab risiko", 44), ("Perkiraan ditahan (detik)", 24)),
    *(("Perkiraan lama (detik)", 22), ("Dasar perkiraan", 26)),
)
_STAYS = (("Nama", 30), ("Versi", 14), ("Sebab", 18), ("Penjelasan", 80))
_WAVES = (
    *(("Gelombang", 11), ("Nama", 16), ("Jumlah pindah", 14), ("Jumlah {home}", 16)),
    *(("Perkiraan mulai", 34), ("Perkiraan selesai", 34), ("Amatan (detik)", 15)),
    *(("Menunggu orang", 16), ("Ditahan terlama (detik)", 22)),
)


def export_plan(rollout: Rollout, zone: ZoneInfo = _LOCAL, home: str = "desa") -> bytes:
    """The .xlsx of the frozen plan: sheets Ringkasan, Gelombang, Pindah, Tetap; times in `zone`.

    `home` is what one application of the product serves, in the regency's own word.
    """
    plan, target = from_json(rollout.plan), BytesIO()
    options = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with Workbook(target, options) as book:
        _sheet(book, "Ringkasan", _SUMMARY, _summary(rollout, plan, zone))
        _sheet(book, "Gelombang", _named(_WAVES, home), [_wave(each, zone) for each in plan.waves])
        _sheet(book, "Pindah", _named(_MOVES, home), [_move(each) for each in plan.moves])
        _sheet(book, "Tetap", _STAYS, [_stay(each) for each in plan.stays])
    return target.getvalue()


def _named(titles: Sequence[tuple[str, int]], home: str) -> list[tuple[str, int]]:
    return [(title.format(home=home), width) for title, width in titles]


def export_plan_json(rollout: Rollout) -> bytes:
    """The frozen plan with its policy and hash as JSON text; the hash can be computed from it."""
    parts = {
        "title": rollout.title,
        "plan_sha256": rollout.plan_sha256,
        "policy": rollout.policy,
        "plan": rollout.plan,
    }
    return json.dumps(parts, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _sheet(
    book: Workbook, name: str, titles: Sequence[tuple[str, int]], rows: Sequence[Sequence[Cell]]
) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1})
    top = book.add_format({"valign": "top", "text_wrap": True})
    for at, (title, width) in enumerate(titles):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, title, bold)
    sheet.freeze_panes(1, 0)
    writers: dict[bool, Callable[..., object]] = {
        True: sheet.write_string,
        False: sheet.write_number,
    }
    for number, row in enumerate(rows, start=1):
        for at, cell in enumerate(row):
            writers[isinstance(cell, str)](number, at, cell, top)


def _summary(rollout: Rollout, plan: Plan, zone: ZoneInfo) -> list[tuple[str, str]]:
    facts = [
        ("Judul", rollout.title),
        ("Rilis", f"{plan.wanted.product} {plan.wanted.version} ({plan.wanted.edition})"),
        ("Rencana dibuat", words.moment(plan.made_at, zone)),
        ("Oleh", rollout.created_by),
        ("Berpindah", str(len(plan.moves))),
        ("Tetap", str(len(plan.stays))),
        ("Sidik rencana", rollout.plan_sha256),
        ("Sidik citra", plan.wanted.digest),
        ("Disetujui oleh", rollout.approved_by or words.NOTHING),
        ("Disetujui pada", words.moment(rollout.approved_at, zone)),
    ]
    facts += [("Perkiraan", sentence) for sentence in plan.estimates.sentences]
    facts += [("Peringatan", sentence) for sentence in plan.warnings]
    return [(name, words.plain(text)) for name, text in facts]


def _wave(wave: PlannedWave, zone: ZoneInfo) -> tuple[Cell, ...]:
    def spoken(at: datetime | None) -> str:
        return words.moment(at, zone)

    return (
        *(wave.number, wave.name, len(wave.leaders), wave.villages),
        *(spoken(wave.starts_at), spoken(wave.ends_at), wave.bake_s),
        *("ya" if wave.waits_for_person else "tidak", wave.longest_hold_s),
    )


def _move(move: Move) -> tuple[Cell, ...]:
    return (
        *(move.wave, move.position, words.plain(move.label)),
        ", ".join(words.dotted(code) for code in move.member_codes),
        words.plain(", ".join(move.districts)),
        *(move.from_version, move.to_version, move.channel),
        "gabungan" if move.is_combined else "terpisah",
        *(len(move.members), move.verdict, words.plain(move.finding), move.risk),
        "; ".join(move.risk_reasons),
        *(move.hold_s, move.total_s, move.timed_by),
    )


def _stay(stay: Stay) -> tuple[Cell, ...]:
    return (words.plain(stay.label), stay.version, stay.reason, words.plain(stay.sentence))
