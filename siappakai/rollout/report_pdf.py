"""Touch: a rollout, or one village's receipt, as an A4 PDF with fonts and pictures embedded.

Reads font files and pictures, writes nothing. Title and language are set and every text can be
searched and copied; it is not a tagged PDF (decision 0015).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, UnidentifiedImageError
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepInFrame,
    PageBreak,
    PageTemplate,
    Spacer,
    Table,
)
from reportlab.platypus import Image as Picture

from siappakai.rollout import words
from siappakai.rollout.letter import Letter, letter_of
from siappakai.rollout.pdf_text import (
    BODY,
    HEIGHT,
    LINE,
    MARGIN,
    NAME_SIGNS,
    QUIET,
    SMALL,
    WIDTH,
    grid,
    line_of,
    pairs_table,
    part_of,
    register_fonts,
    style_of,
    title_of,
)
from siappakai.rollout.receipt import (
    DEFAULT_ZONE,
    Outcome,
    Receipt,
    RolloutReport,
    Verdict,
    summary_facts,
    totals,
)

_COLOURS = {
    Outcome.DONE: HexColor("#1E7B34"),
    Outcome.RETURNED: HexColor("#B45309"),
    Outcome.SKIPPED: HexColor("#1D5F9E"),
    Outcome.NOT_YET: QUIET,
    Outcome.NOT_BEGUN: HexColor("#B45309"),
    Outcome.STUCK: HexColor("#B42318"),
}
_PICTURE_PIXELS = (640, 400)
_PICTURE_QUALITY = 72
_MOST_ROWS = 60


def rollout_pdf(report: RolloutReport) -> bytes:
    """The whole rollout: summary, waves, villages, causes, then one page a village."""
    story: list[Flowable] = [*_overview(report)]
    for receipt in report.receipts:
        story += [PageBreak(), *_letter_page(receipt, report.zone)]
    heading = words.clipped(report.office_name or report.regency_name or report.title, NAME_SIGNS)
    made = f"Laporan dibuat {words.moment(report.made_at, report.zone)}"
    return _rendered(story, _Frame(report.title, heading, made, report.made_by))


def village_pdf(receipt: Receipt, *, zone: ZoneInfo = DEFAULT_ZONE, heading: str = "") -> bytes:
    """One village's Surat Keterangan Pembaruan, one page; `heading` is the office's name."""
    title = f"Surat Keterangan Pembaruan {receipt.full_name}"
    foot = f"Rencana {words.short_hash(receipt.plan_hash)}"
    frame = _Frame(title, words.clipped(heading, NAME_SIGNS), foot, receipt.ordered_by)
    return _rendered(_letter_page(receipt, zone), frame)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around every page, and in the document's properties."""

    title: str
    heading: str
    foot: str
    author: str

    def draw(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setViewerPreference("DisplayDocTitle", "true")
        top = A4[1] - MARGIN + 4 * mm
        _draw_line(canvas, self.heading, top, style_of("kop", 8, color=QUIET))
        canvas.setStrokeColor(LINE)
        canvas.line(MARGIN, top - 1.5 * mm, A4[0] - MARGIN, top - 1.5 * mm)
        _draw_line(canvas, self.foot, MARGIN - 6 * mm, style_of("kaki", 7.5, color=QUIET))


def _draw_line(canvas: Canvas, text: str, y: float, style: ParagraphStyle) -> None:
    line = line_of(text, style)
    line.wrapOn(canvas, WIDTH - 40 * mm, 10 * mm)
    line.drawOn(canvas, MARGIN, y)


class _NumberedCanvas(Canvas):
    """Holds every page back until their number is known, for *Halaman 3 dari 9*."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 (reportlab's name)
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont("Tulis", 7.5)
            self.setFillColor(QUIET)
            words_of_page = f"Halaman {number} dari {len(self._pages)}"
            self.drawRightString(A4[0] - MARGIN, MARGIN - 5.3 * mm, words_of_page)
            super().showPage()
        super().save()


def _rendered(story: list[Flowable], frame: _Frame) -> bytes:
    register_fonts()
    target = BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        title=words.clipped(frame.title, 200),
        author=words.clipped(frame.author, 100) or "Dasbor SiapPakai",
        creator="Dasbor SiapPakai",
        lang="id",
    )
    inside = Frame(MARGIN, MARGIN, WIDTH, HEIGHT + 6 * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("halaman", [inside], onPage=frame.draw))
    document.build(story, canvasmaker=_NumberedCanvas)
    return target.getvalue()


class _Place(Flowable):
    """An entry in the reader's outline that leads to this page."""

    def __init__(self, key: str, words_shown: str) -> None:
        super().__init__()
        self.key, self.words_shown = key, words_shown

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self.canv.bookmarkPage(self.key)
        self.canv.addOutlineEntry(self.words_shown, self.key, level=0)


# The rollout's own pages.


def _overview(report: RolloutReport) -> list[Flowable]:
    story: list[Flowable] = [
        _Place("ringkasan", "Ringkasan"),
        title_of(report.title),
        Spacer(0, 3 * mm),
        pairs_table(summary_facts(report)),
        *part_of("Hasil"),
        _totals_table(report),
    ]
    if report.waves:
        story += [*part_of("Gelombang"), _waves_table(report)]
    if report.causes:
        story += [*part_of("Sebab kegagalan"), _causes_table(report)]
    return [*story, *part_of("Daftar"), _villages_table(report)]


def _totals_table(report: RolloutReport) -> Table:
    counted = [(str(outcome).capitalize(), count) for outcome, count in totals(report)]
    counted.append(("Semua", len(report.receipts)))
    rows: list[list[Any]] = [
        [name for name, _ in counted],
        [line_of(words.number(count), style_of("jumlah", 13, bold=True)) for _, count in counted],
    ]
    signs = [len(name) + 6 for name, _ in counted]
    return grid(rows, [WIDTH * each / sum(signs) for each in signs])


def _waves_table(report: RolloutReport) -> Table:
    rows: list[list[Any]] = [["Gelombang", "Mulai", "Selesai", "Jumlah", "Berhasil"]]
    for wave in report.waves:
        members = report.receipts_of(wave)
        done = sum(receipt.outcome is Outcome.DONE for receipt in members)
        name = f"{wave.number}. {wave.label}" if wave.label else f"{wave.number}"
        times = (words.moment(at, report.zone) for at in (wave.started_at, wave.finished_at))
        cells = [line_of(each, style_of(*SMALL), NAME_SIGNS) for each in (name, *times)]
        rows.append([*cells, words.number(len(members)), words.number(done)])
    widths = (26 * mm, 58 * mm, 58 * mm, 16 * mm, 16 * mm)
    return grid(rows, widths, ("ALIGN", (3, 0), (-1, -1), "RIGHT"))


def _causes_table(report: RolloutReport) -> Table:
    rows: list[list[Any]] = [["Sebab", "Jumlah", "Desa"]]
    for cause in report.causes:
        names = ", ".join(cause.villages)
        small = style_of(*SMALL)
        rows.append(
            [line_of(cause.reason, small), words.number(len(cause.villages)), line_of(names, small)]
        )
    return grid(rows, (80 * mm, 16 * mm, WIDTH - 96 * mm), ("ALIGN", (1, 0), (1, -1), "RIGHT"))


def _villages_table(report: RolloutReport) -> Table:
    rows: list[list[Any]] = [["No.", "Nama", "Kode", "Versi", "Hasil", "Ditahan", "Selesai"]]
    small = style_of(*SMALL)
    for at, receipt in enumerate(report.receipts, start=1):
        versions = f"{receipt.from_version} → {receipt.to_version}"
        result = style_of(f"hasil-{receipt.outcome}", 8, color=_COLOURS[receipt.outcome])
        done_at = words.clock(receipt.finished_at, report.zone)
        rows.append(
            [
                *(f"{at}", line_of(receipt.full_name, small, NAME_SIGNS)),
                *(words.dotted(receipt.village_code), line_of(versions, small, 60)),
                *(line_of(receipt.outcome, result), words.seconds(receipt.hold_s), done_at),
            ]
        )
    widths = (9 * mm, 48 * mm, 25 * mm, 32 * mm, 22 * mm, 18 * mm, WIDTH - 154 * mm)
    right = ("ALIGN", (5, 0), (-1, -1), "RIGHT")
    return grid(rows, widths, ("ALIGN", (0, 0), (0, -1), "RIGHT"), right)


# One village's page.


def _letter_page(receipt: Receipt, zone: ZoneInfo) -> list[Flowable]:
    """Everything on one page, made smaller when there is too much of it."""
    letter = letter_of(receipt, zone)
    outcome = style_of(f"cap-{letter.outcome}", 11, bold=True, color=_COLOURS[letter.outcome])
    content: list[Flowable] = [
        title_of(letter.heading),
        line_of(letter.village, style_of("desa", 13, bold=True), NAME_SIGNS),
        line_of(letter.outcome.capitalize(), outcome),
        Spacer(0, 2 * mm),
        *(line_of(each, style_of(*BODY)) for each in letter.sentences),
        Spacer(0, 2 * mm),
        pairs_table(letter.facts, 160),
        *_pictures(receipt, letter),
        *_balance(letter),
        *_findings(letter),
        *_signature(),
    ]
    place = _Place(f"{receipt.product_label}-{receipt.village_code}", letter.village[:NAME_SIGNS])
    return [place, KeepInFrame(WIDTH, HEIGHT, content, mode="shrink", hAlign="LEFT")]


def _pictures(receipt: Receipt, letter: Letter) -> list[Flowable]:
    width = (WIDTH - 6 * mm) / 2
    cells: list[list[Any]] = [[], []]
    for name, path in (("Sebelum", receipt.picture_before), ("Sesudah", receipt.picture_after)):
        shown = _picture(path, width) if path else None
        note = "Gambar tidak dapat dibaca." if path else "Tidak ada gambar."
        cells[0].append(line_of(name, style_of("nama", 8.5, color=QUIET)))
        cells[1].append(shown or line_of(note, style_of(*SMALL)))
    story: list[Flowable] = []
    if receipt.picture_before or receipt.picture_after:
        look = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        story += [
            Spacer(0, 2 * mm),
            Table(cells, colWidths=[width + 3 * mm] * 2, style=look, hAlign="LEFT"),
        ]
    if letter.pictures_note:
        story += [
            Spacer(0, 2 * mm),
            line_of(letter.pictures_note, style_of("nama", 8.5, color=QUIET)),
        ]
    return story


def _picture(path: Path, width: float) -> Picture | None:
    """The picture as a small JPEG inside the PDF; None when it can't be read."""
    small = BytesIO()
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as opened:
            opened.draft("RGB", _PICTURE_PIXELS)
            opened.thumbnail(_PICTURE_PIXELS)
            opened.convert("RGB").save(small, "JPEG", quality=_PICTURE_QUALITY)
            high = width * opened.height / opened.width
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    small.seek(0)
    shown = Picture(small, width=width, height=high)
    shown.hAlign = "LEFT"
    return shown


def _balance(letter: Letter) -> list[Flowable]:
    if not letter.balance:
        return []
    rows: list[list[Any]] = [["Neraca data", "Sebelum", "Sesudah", "Selisih", "Penilaian"]]
    marks: list[tuple[Any, ...]] = []
    ordered = sorted(letter.balance, key=lambda line: line[4] is not Verdict.LOST)
    for label, before, after, moved, verdict in ordered[:_MOST_ROWS]:
        if verdict is Verdict.LOST:
            row = len(rows)
            marks.append(("TEXTCOLOR", (1, row), (-1, row), _COLOURS[Outcome.STUCK]))
        rows.append([line_of(label, style_of(*SMALL), 90), before, after, moved, str(verdict)])
    widths = (68 * mm, 24 * mm, 24 * mm, 18 * mm, WIDTH - 134 * mm)
    table = grid(rows, widths, ("ALIGN", (1, 0), (3, -1), "RIGHT"), *marks)
    left_out = len(ordered) - _MOST_ROWS
    note = f"dan {words.number(left_out)} hitungan lain, lihat lembar Neraca."
    return [Spacer(0, 3 * mm), table, *([line_of(note, style_of(*SMALL))] if left_out > 0 else [])]


def _findings(letter: Letter) -> list[Flowable]:
    if not letter.findings:
        return []
    lines = [line_of(f"• {finding}", style_of(*SMALL), 300) for finding in letter.findings[:12]]
    return [*part_of("Temuan"), *lines]


def _signature() -> list[Flowable]:
    centred = ParagraphStyle("tanda", parent=style_of(*BODY), alignment=TA_CENTER)
    lines = ("……………………, ………………… 20……", "Mengetahui,", "", "", "", "( ……………………………………… )", "NIP ")
    block = [line_of(line, centred) if line else Spacer(0, 5 * mm) for line in lines]
    return [Spacer(0, 6 * mm), Table([["", block]], colWidths=[WIDTH - 80 * mm, 80 * mm])]
