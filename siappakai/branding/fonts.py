"""The fonts a kit may choose: a few free ones that come along, and those every device has.

The files are variable ones (all weights in one), Latin letters only, under the SIL Open Font
License; static/vendor/manifest.json says where each comes from and its checksum.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from siappakai.errors import InvalidInput, StepErrored

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
SERIF = 'Georgia, "Times New Roman", "Noto Serif", serif'
DEFAULT_FONT = "sistem"


@dataclass(frozen=True, slots=True)
class Font:
    """`stack` is the CSS font-family; `file` (in static/vendor) is empty for a device's own."""

    key: str
    label: str
    note: str
    stack: str
    family: str = ""
    weights: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font's file as it is laid on servers: `<sha256>.woff2`."""

    family: str
    weight: str
    style: str
    path: Path
    sha256: str


def _ours(key: str, family: str, weights: str, note: str, fallback: str = SANS) -> Font:
    stack = f'"{family}", {fallback}'
    return Font(key, family, note, stack, family, weights, f"{key}-latin-wght-normal.woff2")


FONTS: dict[str, Font] = {
    each.key: each
    for each in (
        Font("sistem", "Huruf perangkat", "Tercepat: tidak ada yang diunduh.", SANS),
        Font("sistem-serif", "Huruf perangkat, berkait", "Resmi; tidak ada yang diunduh.", SERIF),
        _ours("plus-jakarta-sans", "Plus Jakarta Sans", "200 800", "Modern, buatan Indonesia."),
        _ours("inter", "Inter", "100 900", "Jelas di layar kecil."),
        _ours("source-sans-3", "Source Sans 3", "200 900", "Tenang, untuk bacaan panjang."),
        _ours("figtree", "Figtree", "300 900", "Ramah dan ringan."),
        _ours("nunito-sans", "Nunito Sans", "200 1000", "Membulat, mudah dibaca."),
        _ours(
            "atkinson-hyperlegible-next",
            "Atkinson Hyperlegible Next",
            "200 800",
            "Dirancang bagi pembaca dengan penglihatan lemah.",
        ),
        _ours("lora", "Lora", "400 700", "Berkait, hangat; cocok untuk judul.", SERIF),
        _ours("source-serif-4", "Source Serif 4", "200 900", "Berkait, resmi.", SERIF),
        _ours("bitter", "Bitter", "100 900", "Berkait tebal; kuat untuk judul.", SERIF),
    )
}


def find_font(key: str) -> Font:
    """The font of that key; InvalidInput names those there are."""
    try:
        return FONTS[key]
    except KeyError as error:
        raise InvalidInput(
            f"Huruf {key!r} tidak ada.", hint="Pilih salah satu: " + ", ".join(FONTS)
        ) from error


def font_files(keys: Iterable[str]) -> tuple[FontFile, ...]:
    """The files of these fonts, each once; a device's own fonts have none."""
    fonts = (find_font(key) for key in dict.fromkeys(keys))
    return tuple(_file_of(font) for font in fonts if font.file)


def fonts_of(values: Mapping[str, str]) -> tuple[Font, Font]:
    """Heading and body font of a kit's values; a missing one is the body's, or the device's."""
    heading, body = values.get("heading_font"), values.get("body_font")
    return find_font(heading or body or DEFAULT_FONT), find_font(body or DEFAULT_FONT)


def _file_of(font: Font) -> FontFile:
    path = VENDOR / font.file
    return FontFile(font.family, font.weights, "normal", path, _checksums()[font.file])


@lru_cache(maxsize=1)
def _checksums() -> dict[str, str]:
    try:
        packages = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise StepErrored(
            "Daftar berkas huruf tidak terbaca.", hint="Pasang ulang panel, lalu coba lagi."
        ) from error
    return {each["name"]: each["sha256"] for package in packages for each in package["files"]}
