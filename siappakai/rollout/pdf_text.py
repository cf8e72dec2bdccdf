"""Touch: letters, paragraphs and tables of a PDF: every sign gets a font that has it.

Reads font files. Letters come from DejaVu, regional scripts from Noto when it is installed; a
sign that no font has is printed by its number, never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from siappakai.errors import Unavailable
from siappakai.rollout import words

FONTS = Path("/usr/share/fonts/truetype")
_MAIN = {"Tulis": "dejavu/DejaVuSans.ttf", "Tulis-Tebal": "dejavu/DejaVuSans-Bold.ttf"}
_SCRIPTS = (
    *((0x1A00, 0x1A1F, "Buginese"), (0x1B00, 0x1B7F, "Balinese"), (0x1B80, 0x1BBF, "Sundanese")),
    *((0x1BC0, 0x1BFF, "Batak"), (0x1CC0, 0x1CCF, "Sundanese"), (0xA930, 0xA95F, "Rejang")),
    (0xA980, 0xA9DF, "Javanese"),
)
_LAST_COPIED = 0xFFFF  # reportlab 5.1 prints later signs, but in a way no reader can copy them
INK = HexColor("#182433")
QUIET = HexColor("#5F6B76")
LINE = HexColor("#C9D1D9")
BRAND = HexColor("#0B5345")
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
HEIGHT = A4[1] - 2 * MARGIN - 10 * mm
NAME_SIGNS = 120
TEXT_SIGNS = 700
BODY = ("isi", 9.0)
SMALL = ("kecil", 8.0)


@cache
def register_fonts() -> None:
    """DejaVu is there for everything drawn; Unavailable says which package is missing."""
    for name, file in _MAIN.items():
        try:
            pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
        except (TTFError, OSError) as error:
            raise Unavailable(
                f"Huruf untuk PDF belum terpasang di server ({Path(file).name}).",
                hint="Jalankan ulang ./install.sh; ia memasang paket fonts-dejavu-core.",
            ) from error
    pdfmetrics.registerFontFamily("Tulis", normal="Tulis", bold="Tulis-Tebal")


@cache
def _script_font(script: str) -> str | None:
    """The registered name of Noto's font for a script; None when it is not installed."""
    name = f"Noto-{script}"
    try:
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"noto/NotoSans{script}-Regular.ttf")))
    except (TTFError, OSError):
        return None
    return name


def _has(font: str, sign: str) -> bool:
    return ord(sign) in pdfmetrics.getFont(font).face.charToGlyph


@cache
def _font_of(sign: str, main: str) -> str | None:
    """The font that prints this sign: the text's own, a script's, or none."""
    if ord(sign) > _LAST_COPIED:
        return None
    if _has(main, sign):
        return main
    for low, high, script in _SCRIPTS:
        if low <= ord(sign) <= high:
            font = _script_font(script)
            return font if font and _has(font, sign) else None
    return None


def _markup(text: str, main: str) -> str:
    """Text for a Paragraph: nothing in it is taken as markup, no sign is lost."""
    parts = []
    for font, signs in groupby(words.plain(text), key=lambda sign: _font_of(sign, main)):
        run = "".join(signs)
        if font is None:
            parts.append("".join(f"[U+{ord(sign):04X}]" for sign in run))
        elif font == main:
            parts.append(escape(run))
        else:
            parts.append(f'<font name="{font}">{escape(run)}</font>')
    return "".join(parts)


@cache
def style_of(name: str, size: float, *, bold: bool = False, color: Any = INK) -> ParagraphStyle:
    """One look of text; sizes in points."""
    font = "Tulis-Tebal" if bold else "Tulis"
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=size * 1.35, textColor=color, splitLongWords=1
    )


def line_of(text: str, style: ParagraphStyle, most: int = TEXT_SIGNS) -> Paragraph:
    """Any text as a paragraph, cut at `most` signs."""
    register_fonts()
    return Paragraph(_markup(words.clipped(text, most), style.fontName), style)


def title_of(text: str, size: float = 16) -> Paragraph:
    """The first line of a page."""
    return line_of(text, style_of(f"judul{size}", size, bold=True, color=BRAND), NAME_SIGNS)


def part_of(text: str) -> list[Flowable]:
    """The heading of a part of a page, with room around it."""
    return [
        Spacer(0, 3.5 * mm),
        line_of(text, style_of("bagian", 10.5, bold=True)),
        Spacer(0, 1 * mm),
    ]


def grid(rows: list[list[Any]], widths: Sequence[float], *more: tuple[Any, ...]) -> Table:
    """A table with a coloured, repeated first row; texts that are not Paragraphs are figures."""
    look = [
        ("FONT", (0, 0), (-1, -1), "Tulis", 8),
        ("FONT", (0, 0), (-1, 0), "Tulis-Tebal", 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), HexColor("#FFFFFF")),
        ("BACKGROUND", (0, 0), (-1, 0), BRAND),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *((side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING")),
        *((side, (0, 0), (-1, -1), 3) for side in ("LEFTPADDING", "RIGHTPADDING")),
    ]
    look += more
    return Table(rows, list(widths), repeatRows=1, style=TableStyle(look), hAlign="LEFT")


def pairs_table(facts: Iterable[tuple[str, str]], most: int = TEXT_SIGNS) -> Table:
    """Names and values side by side."""
    rows = [
        [line_of(name, style_of("nama", 8.5, color=QUIET)), line_of(value, style_of(*BODY), most)]
        for name, value in facts
    ]
    look = [(side, (0, 0), (-1, -1), 1) for side in ("TOPPADDING", "BOTTOMPADDING")]
    sides = [(side, (0, 0), (-1, -1), 0) for side in ("LEFTPADDING", "RIGHTPADDING")]
    look += [*sides, ("VALIGN", (0, 0), (-1, -1), "TOP")]
    widths = [42 * mm, WIDTH - 42 * mm]
    return Table(rows or [["", ""]], widths, style=TableStyle(look), hAlign="LEFT")
