"""Think: a whole rollout as a spreadsheet: summary, a row a village, data balance, failures.

Dates and numbers are real ones that sort and add up; every other cell is text, also one that
begins like a formula. A spreadsheet knows no time zone: times are the regency's clock, and each
such column's title names its zone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from siappakai.rollout import words
from siappakai.rollout.receipt import (
    Outcome,
    Receipt,
    RolloutReport,
    Verdict,
    summary_facts,
    totals,
)

Cell = str | int | float | datetime | None

_MOST_CHARACTERS = 32_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FILLS = {
    Outcome.DONE: "#C6EFCE",
    Outcome.RETURNED: "#FFE0B2",
    Outcome.SKIPPED: "#D6E9F8",
    Outcome.NOT_YET: "#ECEFF1",
    Outcome.NOT_BEGUN: "#FFE0B2",
    Outcome.STUCK: "#FFC7CE",
}
_VERDICT_FILLS = {Verdict.LOST: "#FFC7CE", Verdict.EXPLAINED: "#FFE0B2"}
_DATE = "dd/mm/yyyy hh:mm:ss"
_COUNT = "#,##0"
_AMOUNT = "#,##0.00"
_SECONDS = "0.0"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the villages' sheet; `{zone}` in its title becomes the zone's short name."""

    title: str
    width: int
    value: Callable[[Receipt], Cell]
    form: str = "@"


_VILLAGE_COLUMNS = (
    _Column("Nama", 28, lambda r: r.full_name),
    _Column("Kode", 15, lambda r: words.dotted(r.village_code)),
    _Column("Kecamatan", 22, lambda r: r.district_name),
    _Column("Aplikasi", 12, lambda r: r.product_label),
    _Column("Alamat web", 32, lambda r: r.domain),
    _Column("Hasil", 24, lambda r: r.outcome),
    _Column("Versi lama", 14, lambda r: r.from_version),
    _Column("Versi baru", 14, lambda r: r.to_version),
    _Column("Versi yang melayani", 20, lambda r: r.running_version),
    _Column("Gelombang", 11, lambda r: r.wave, _COUNT),
    _Column("Mulai ({zone})", 20, lambda r: r.started_at, _DATE),
    _Column("Beralih ({zone})", 20, lambda r: r.switched_at, _DATE),
    _Column("Selesai ({zone})", 20, lambda r: r.finished_at, _DATE),
    _Column("Dikembalikan ({zone})", 22, lambda r: r.returned_at, _DATE),
    _Column("Ditahan (detik)", 16, lambda r: r.hold_s, _SECONDS),
    _Column("Salinan (detik)", 16, lambda r: r.dump_s, _SECONDS),
    _Column("Pindah data (detik)", 19, lambda r: r.migrate_s, _SECONDS),
    _Column("Hitungan diperiksa", 19, lambda r: len(r.balance), _COUNT),
    _Column("Hitungan berkurang", 19, lambda r: len(r.losses), _COUNT),
    _Column("Sebab", 50, lambda r: r.reason),
    _Column("Temuan", 50, lambda r: "\n".join(r.findings)),
    _Column("Dijalankan oleh", 20, lambda r: r.ordered_by),
    _Column("Disetujui oleh", 26, lambda r: words.listed(r.approved_by) if r.approved_by else ""),
    _Column("Server", 14, lambda r: r.server_name),
    _Column("Nomor operasi", 15, lambda r: r.operation_id, "0"),
    _Column("Sidik citra", 30, lambda r: r.digest),
    _Column("Sidik rencana", 30, lambda r: r.plan_hash),
)
_BALANCE_TITLES = (
    *(("Nama", 28), ("Kode", 15), ("Hitungan", 34), ("Sebelum", 16), ("Sesudah", 16)),
    *(("Selisih", 14), ("Penilaian", 28)),
)


def rollout_sheets(report: RolloutReport, home: str = "desa") -> bytes:
    """The .xlsx of the rollout: sheets Ringkasan, Desa, Neraca, Kegagalan.

    `home` is what one application of the product serves, in the regency's own word.
    """
    target = BytesIO()
    options = {"in_memory": True, "strings_to_urls": False, "remove_timezone": True}
    with Workbook(target, options) as book:
        book.set_properties({"title": words.clipped(report.title, 200), "author": report.made_by})
        page = _Book(book, report, home)
        _write_summary(page)
        _write_villages(page)
        _write_balance(page)
        _write_failures(page)
    return target.getvalue()


class _Book:
    """A workbook being written, its formats made once each."""

    def __init__(self, book: Workbook, report: RolloutReport, home: str) -> None:
        self.book = book
        self.report = report
        self.home = home
        self.homes = home[:1].upper() + home[1:]
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def look(self, **wanted: object) -> Format:
        key = tuple(sorted(wanted.items(), key=lambda pair: pair[0]))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"valign": "top", **wanted})
        return self._formats[key]

    def write(self, sheet: Worksheet, at: tuple[int, int], value: Cell, **wanted: object) -> None:
        """One cell by the type of its value; nothing stays an empty cell."""
        if value is None or value == "":
            sheet.write_blank(*at, None, self.look(**wanted))
        elif isinstance(value, datetime):
            local = value.astimezone(self.report.zone).replace(tzinfo=None)
            sheet.write_datetime(*at, local, self.look(**{"num_format": _DATE, **wanted}))
        elif isinstance(value, str):
            quoted = {"quote_prefix": True} if value.startswith(_FORMULA_STARTS) else {}
            text = _cell_text(value)
            sheet.write_string(*at, text, self.look(**{**wanted, **quoted, "num_format": "@"}))
        else:
            sheet.write_number(*at, value, self.look(**{"num_format": _COUNT, **wanted}))

    def header(self, sheet: Worksheet, row: int, titles: Sequence[tuple[str, int]]) -> None:
        """A coloured row of titles; columns get their widths."""
        look = {"bold": True, "bg_color": "#0B5345", "font_color": "#FFFFFF", "text_wrap": True}
        for column, (title, width) in enumerate(titles):
            sheet.set_column(column, column, width)
            self.write(sheet, (row, column), title, **look)


def _cell_text(value: str) -> str:
    lines = value.split("\n")
    return "\n".join(words.plain(line) for line in lines)[:_MOST_CHARACTERS]


def _write_summary(page: _Book) -> None:
    report, sheet = page.report, page.book.add_worksheet("Ringkasan")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 5, 22)
    page.write(sheet, (0, 0), report.title, bold=True, font_size=14)
    row = 2
    for name, value in summary_facts(report):
        page.write(sheet, (row, 0), name, font_color="#5F6B76")
        page.write(sheet, (row, 1), value, text_wrap=True)
        row += 1
    made_by = f" oleh {report.made_by}" if report.made_by else ""
    page.write(sheet, (row, 0), "Laporan dibuat", font_color="#5F6B76")
    page.write(sheet, (row, 1), words.moment(report.made_at, report.zone) + made_by)
    row = _write_totals(page, sheet, row + 2)
    _write_waves(page, sheet, row + 1)


def _write_totals(page: _Book, sheet: Worksheet, row: int) -> int:
    page.write(sheet, (row, 0), "Hasil", bold=True)
    page.write(sheet, (row, 1), "Jumlah", bold=True, align="left")
    for outcome, count in totals(page.report):
        row += 1
        page.write(sheet, (row, 0), str(outcome), bg_color=_FILLS[outcome])
        page.write(sheet, (row, 1), count, align="left")
    row += 1
    page.write(sheet, (row, 0), "Semua", bold=True)
    page.write(sheet, (row, 1), len(page.report.receipts), bold=True, align="left")
    return row + 1


def _write_waves(page: _Book, sheet: Worksheet, row: int) -> None:
    report = page.report
    if not report.waves:
        return
    zone = words.zone_word(report.made_at, report.zone)
    titles = ("Gelombang", "Nama", f"Mulai ({zone})", f"Selesai ({zone})", page.homes, "Berhasil")
    for column, title in enumerate(titles):
        page.write(sheet, (row, column), title, bold=True)
    for wave in report.waves:
        row += 1
        members = report.receipts_of(wave)
        done = sum(receipt.outcome is Outcome.DONE for receipt in members)
        cells = (wave.number, wave.label, wave.started_at, wave.finished_at, len(members), done)
        for column, value in enumerate(cells):
            page.write(sheet, (row, column), value, align="left")


def _write_villages(page: _Book) -> None:
    report, sheet = page.report, page.book.add_worksheet(_sheet_name(page.homes))
    zone = words.zone_word(report.made_at, report.zone)
    page.header(sheet, 0, [(each.title.format(zone=zone), each.width) for each in _VILLAGE_COLUMNS])
    for row, receipt in enumerate(report.receipts, start=1):
        for column, each in enumerate(_VILLAGE_COLUMNS):
            value, look = each.value(receipt), {"num_format": each.form}
            if isinstance(value, Outcome):
                value, look = str(value), {"bg_color": _FILLS[value]}
            page.write(sheet, (row, column), value, **look)
    _freeze(sheet, len(report.receipts), len(_VILLAGE_COLUMNS), columns=1)


def _sheet_name(word: str) -> str:
    """The word as Excel allows it for a sheet: at most 31 characters, none of `[]:*?/\\'`."""
    return "".join(each for each in word if each not in "[]:*?/\\'")[:31].strip() or "Daftar"


def _write_balance(page: _Book) -> None:
    sheet = page.book.add_worksheet("Neraca")
    page.header(sheet, 0, _BALANCE_TITLES)
    row = 0
    for receipt in page.report.receipts:
        for line in receipt.balance:
            row += 1
            moved = None
            if line.before is not None and line.after is not None:
                moved = float(line.after) - float(line.before)
            fill = _VERDICT_FILLS.get(line.verdict)
            look = {"bg_color": fill} if fill else {}
            texts = (receipt.full_name, words.dotted(receipt.village_code), line.label)
            for column, text in enumerate(texts):
                page.write(sheet, (row, column), text)
            for column, amount in enumerate((line.before, line.after, moved), start=3):
                value = None if amount is None else float(amount)
                form = _COUNT if value is None or value.is_integer() else _AMOUNT
                page.write(sheet, (row, column), value, num_format=form)
            page.write(sheet, (row, 6), str(line.verdict), **look)
    _freeze(sheet, row, len(_BALANCE_TITLES), columns=1)


def _write_failures(page: _Book) -> None:
    sheet = page.book.add_worksheet("Kegagalan")
    page.header(sheet, 0, (("Sebab", 70), (f"Jumlah {page.home}", 16), (page.homes, 80)))
    causes = page.report.causes
    for row, cause in enumerate(causes, start=1):
        page.write(sheet, (row, 0), cause.reason, text_wrap=True)
        page.write(sheet, (row, 1), len(cause.villages))
        page.write(sheet, (row, 2), ", ".join(cause.villages), text_wrap=True)
    if not causes:
        page.write(sheet, (1, 0), "Tidak ada yang gagal.")
    _freeze(sheet, len(causes), 3)


def _freeze(sheet: Worksheet, rows: int, width: int, columns: int = 0) -> None:
    sheet.freeze_panes(1, columns)
    sheet.autofilter(0, 0, max(1, rows), width - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
