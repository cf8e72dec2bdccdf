"""Think: numbers, times and texts of receipts as people in Indonesia write them."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from siappakai.regions import dot_code

Amount = int | float | Decimal

NOTHING = "–"
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
    *("Agustus", "September", "Oktober", "November", "Desember"),
)
ZONE_NAMES = {7.0: "WIB", 8.0: "WITA", 9.0: "WIT"}
_MOST_DECIMALS = 2


def number(value: Amount | None) -> str:
    """`5006` as `5.006`, `1234.5` as `1.234,5`; at most two decimals, `–` for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, int):
        return f"{value:,d}".replace(",", ".")
    text = f"{value:,.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).translate(str.maketrans(",.", ".,"))


def difference_text(before: Amount | None, after: Amount | None) -> str:
    """How a number moved: `+12`, `−3`, `0`; `–` when either is unknown."""
    if before is None or after is None:
        return NOTHING
    moved = Decimal(str(after)) - Decimal(str(before))
    sign = "+" if moved > 0 else "−" if moved < 0 else ""
    return sign + number(abs(moved))


def seconds(value: float | None) -> str:
    """`3,4 detik`, `2 menit 5 detik`, `1 jam 4 menit`; `–` for nothing."""
    if value is None:
        return NOTHING
    if value < 60 and round(value, 1) < 60:
        return f"{number(round(value, 1))} detik"
    if value < 3570:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} menit {rest} detik" if rest else f"{minutes} menit"
    hours, minutes = divmod(round(value / 60), 60)
    return f"{hours} jam {minutes} menit" if minutes else f"{hours} jam"


def zone_word(at: datetime, zone: ZoneInfo) -> str:
    """`WIB`, `WITA` or `WIT`; `UTC+10` elsewhere."""
    offset = at.astimezone(zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0.0
    return ZONE_NAMES.get(hours, f"UTC{hours:+g}")


def day(at: datetime | None, zone: ZoneInfo) -> str:
    """`22 November 2026`."""
    if at is None:
        return NOTHING
    local = at.astimezone(zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def clock(at: datetime | None, zone: ZoneInfo, *, with_seconds: bool = False) -> str:
    """`11.05 WITA`, or `11.05.09 WITA`."""
    if at is None:
        return NOTHING
    pattern = "%H.%M.%S" if with_seconds else "%H.%M"
    return f"{at.astimezone(zone).strftime(pattern)} {zone_word(at, zone)}"


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """`22 November 2026 pukul 11.05 WITA`."""
    return NOTHING if at is None else f"{day(at, zone)} pukul {clock(at, zone)}"


def exact_moment(at: datetime | None, zone: ZoneInfo) -> str:
    """`22 November 2026 pukul 11.05.09 WITA`."""
    return NOTHING if at is None else f"{day(at, zone)} pukul {clock(at, zone, with_seconds=True)}"


def dotted(code: str) -> str:
    """`7305012001` as `73.05.01.2001`; a code that is dotted already stays; `–` for nothing."""
    return dot_code(code.replace(".", "")) if code else NOTHING


def listed(names: tuple[str, ...] | list[str]) -> str:
    """`Ani`, `Ani dan Budi`, `Ani, Budi, dan Citra`; `–` for nobody."""
    if len(names) < 3:
        return " dan ".join(names) or NOTHING
    return ", ".join(names[:-1]) + ", dan " + names[-1]


def named(word: str, name: str) -> str:
    """`desa` and `Bonto` as `Desa Bonto`; a name that begins with the word keeps it once."""
    if not word or name.casefold().startswith(word.casefold() + " "):
        return name
    return f"{word[:1].upper()}{word[1:]} {name}"


def short_hash(text: str) -> str:
    """The first 12 signs of a digest or hash, without its algorithm's name; `–` for nothing."""
    return text.removeprefix("sha256:")[:12] or NOTHING


def plain(text: str) -> str:
    """The text without signs that no page shows: control characters, half surrogates."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)


def clipped(text: str, most: int) -> str:
    """The text on one line, at most this long; what is cut off is shown by `…`."""
    line = " ".join(plain(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
