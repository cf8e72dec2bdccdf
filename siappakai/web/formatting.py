"""Numbers, times and codes as people in Indonesia write them; used as template filters."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from markupsafe import Markup, escape

from siappakai.local_words import home_word as word_of_home
from siappakai.models import OperationKind, OperationState, ReleaseState, utc_now
from siappakai.products import RECIPES
from siappakai.regions import dot_code
from siappakai.web.status import OPERATIONS, Status
from siappakai.web.words import local_words

MONTHS = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]
ZONE_NAMES = {7: "WIB", 8: "WITA", 9: "WIT"}
NOTHING = "–"
PRODUCTS = {
    "opensid": "OpenSID",
    "pbb": "PBB",
    "mobile_api": "API Mobile",
    "opendk": "OpenDK",
    "openkab": "OpenKab",
    "satu_data_api": "Satu Data API",
}
KINDS = {
    "pasang": "Pemasangan",
    "perbarui": "Pembaruan",
    "mundur": "Pengembalian",
    "lepas": "Pelepasan",
    "hidupkan": "Penghidupan kembali",
    "token": "Pengiriman token",
    "salin": "Salin seluruh basis data",
    "ekspor": "Ekspor",
    "pulihkan": "Pemulihan",
    "pisahkan": "Pemisahan",
    "gabungkan": "Penggabungan",
    "wajah": "Penerapan wajah",
    "pratinjau": "Pratinjau wajah",
}
RELEASES = {
    ReleaseState.NEW: ("Baru, belum dibangun", "secondary"),
    ReleaseState.BUILT: ("Dibangun, belum teruji", "orange"),
    ReleaseState.TESTED: ("Teruji, boleh dipasang", "green"),
    ReleaseState.OFFERED: ("Ditawarkan", "green"),
    ReleaseState.WITHDRAWN: ("Ditarik", "red"),
}
AGES = ((86400, "hari"), (3600, "jam"), (60, "menit"))


def prepare(app: Flask) -> None:
    """Register the filters."""
    filters = (
        *(number, local_time, age, duration, size, dotted, sentence, short_digest, clock_left),
        *(product, operation_status, release_word, release_colour, pretty, fact_name),
        *(operation_name, home_word),
    )
    for made in filters:
        app.add_template_filter(made, made.__name__)


def number(value: float | None) -> str:
    """`83762` as `83.762`, `3.5` as `3,5`."""
    if value is None:
        return NOTHING
    text = f"{value:,.1f}" if isinstance(value, float) and value % 1 else f"{value:,.0f}"
    return text.translate(str.maketrans(",.", ".,"))


def time_text(at: datetime, zone: ZoneInfo) -> str:
    """`22 Nov 2026 11.05 WIB`."""
    local = at.astimezone(zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year} {local:%H.%M} {zone_word(local)}"


def zone_word(local: datetime) -> str:
    """`WITA`: what people call the zone of a local time."""
    offset = local.utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    return ZONE_NAMES.get(int(hours), f"UTC{hours:+g}")


def local_time(at: datetime | None) -> Markup | str:
    """A time element in the admin's zone."""
    if at is None:
        return NOTHING
    zone = ZoneInfo(current_app.extensions["siappakai_settings"].local_time_zone)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), time_text(at, zone))


def age(at: datetime | None) -> str:
    """`3 menit lalu`."""
    if at is None:
        return NOTHING
    seconds = (utc_now() - at).total_seconds()
    for size_s, word in AGES:
        if seconds >= size_s:
            return f"{int(seconds // size_s)} {word} lalu"
    return "baru saja"


def duration(milliseconds: float | None) -> str:
    """`340 md`, `3,2 dtk`, `2 mnt 5 dtk`."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < 1000:
        return f"{int(milliseconds)} md"
    if milliseconds < 60_000:
        return f"{number(round(milliseconds / 1000, 1))} dtk"
    minutes, seconds = divmod(int(milliseconds / 1000), 60)
    return f"{minutes} mnt {seconds} dtk"


def clock_left(seconds: float | None) -> str:
    """A remaining time a person can plan with: `kurang dari 1 menit`, `sekitar 12 menit`."""
    if seconds is None:
        return "belum dapat diperkirakan"
    if seconds < 60:
        return "kurang dari 1 menit"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"sekitar {minutes} menit"
    return f"sekitar {minutes // 60} jam {minutes % 60} menit"


def size(size_bytes: float | None) -> str:
    """`512 MB`; `–` for nothing."""
    if not size_bytes:
        return NOTHING
    value = float(size_bytes)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{number(round(value))} {unit}"
        value /= 1000
    return f"{number(round(value, 1))} GB"


def dotted(code: str | None) -> str:
    """`7305012001` as `73.05.01.2001`."""
    return dot_code(code) if code else NOTHING


def sentence(text: str) -> str:
    """The text with a capital first letter, nothing else changed."""
    return text[:1].upper() + text[1:]


def short_digest(digest: str | None) -> Markup | str:
    """The beginning of a digest, whole on hover."""
    if not digest:
        return NOTHING
    plain = digest.removeprefix("sha256:")
    return Markup('<code title="{}">{}</code>').format(escape(digest), plain[:12])


def product(name: str) -> str:
    """A product's name as its makers write it."""
    recipe = RECIPES.get(name)
    return recipe.label if recipe else PRODUCTS.get(name, name.replace("_", " ").title())


def home_word(name: str) -> str:
    """What one application of the product serves, in the regency's own word: `desa`, …"""
    return word_of_home(name, local_words())


def product_rank(name: str) -> tuple[int, str]:
    """Sorts products as people think of them: the village's website first."""
    names = list(PRODUCTS)
    return (names.index(name) if name in names else len(names), name)


def operation_name(kind: OperationKind) -> str:
    """What an operation does, as a noun."""
    return KINDS.get(str(kind), sentence(str(kind)))


def operation_status(state: OperationState) -> Status:
    """The word, colour and icon of an operation's state."""
    return OPERATIONS[state]


def release_word(state: ReleaseState) -> str:
    """What a release's state means for the admin."""
    return RELEASES[state][0] if state in RELEASES else sentence(str(state))


def release_colour(state: ReleaseState) -> str:
    """The theme colour of a release's state."""
    return RELEASES[state][1] if state in RELEASES else "red"


def pretty(value: Any) -> str:
    """JSON that a person can read."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)


def fact_name(name: str) -> str:
    """`disk_free_bytes` as `disk free bytes`."""
    return name.replace("_", " ")
