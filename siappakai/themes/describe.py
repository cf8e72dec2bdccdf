"""Touch: what a theme says of itself: its name, version and licence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siappakai.errors import InvalidInput
from siappakai.themes.words import words

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]")
VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}(?:[-+][0-9A-Za-z.-]{1,20})?")
RESERVED = words("natra esensi desa vendor themes default")
IN_README = re.compile(
    r"\b(?:versi|version|ver\.?|v)\s*[.: ]?\s*([0-9]+\.[0-9]+(?:\.[0-9]+)?)\b", re.I
)
PREFIXES = re.compile(
    r"^(?:opensid[-_]?)?(?:tema|theme|themes)[-_]|^opensid[-_]|[-_](?:opensid)?(?:tema|themes?)$"
)
LICENCES = {
    "GNU GENERAL PUBLIC LICENSE": "GPL",
    "MIT LICENSE": "MIT",
    "APACHE LICENSE": "Apache-2.0",
    "MOZILLA PUBLIC LICENSE": "MPL-2.0",
    "CREATIVE COMMONS": "CC",
}
SAYS_NOTHING = words("repo repository src source sumber main master tema theme isi")
LONGEST_READ = 100_000


@dataclass(frozen=True, slots=True)
class Described:
    """`version` is empty when the theme names none."""

    slug: str
    title: str
    version: str
    licence: str


def describe(folder: Path, origin: str) -> Described:
    """What files at the top of the theme say; the origin's own name where they say nothing."""
    own, composer = _json(folder / "theme.json"), _json(folder / "composer.json")
    named = str(
        own.get("slug") or own.get("name") or str(composer.get("name", "")).rpartition("/")[2]
    )
    slug = make_slug(named or Path(origin.rstrip("/")).name)
    slug = "" if slug in SAYS_NOTHING else slug
    title = str(own.get("title") or own.get("name") or slug.replace("-", " ").title())[:120]
    version = _version(own) or _version(composer) or _readme_version(folder)
    licence = str(own.get("license") or composer.get("license") or _licence(folder))[:60]
    return Described(slug, title, version, licence)


def make_slug(text: str) -> str:
    """A folder's name made of any words: `OpenSID/tema-Palanta.git` → `palanta`; may be empty."""
    word = re.sub(r"\.(git|zip|tar|tgz|gz|xz)\b", "", text.casefold())
    word = PREFIXES.sub("", re.sub(r"[^a-z0-9_]+", "-", word).strip("-_"))
    return word.strip("-_")[:40].strip("-_")


def checked_slug(slug: str) -> str:
    """The slug itself; InvalidInput when a village's folder can't carry that name."""
    if not SLUG.fullmatch(slug) or slug in RESERVED:
        raise InvalidInput(
            f'Nama tema "{slug}" tidak dapat dipakai.',
            hint="Pakai 3 sampai 40 huruf kecil, angka, atau tanda hubung, dan bukan nama tema "
            "bawaan (natra, esensi). Tulis nama lain di isian Nama "
            "folder.",
        )
    return slug


def checked_version(version: str) -> str:
    """The version without a leading v; InvalidInput when it is no version number."""
    plain = version.strip().removeprefix("v").removeprefix("V")
    if not VERSION.fullmatch(plain) or len(plain) > 32:
        raise InvalidInput(
            f'"{version[:40]}" bukan nomor versi.', hint="Contoh nomor versi: 1.2.0 atau 2410.0.0"
        )
    return plain


def version_of_tag(tag: str) -> str:
    """The version number that a git tag is; empty when it is a name."""
    plain = tag.removeprefix("v")
    return plain if VERSION.fullmatch(plain) and "." in plain else ""


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_head(path))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _head(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as source:
        return source.read(LONGEST_READ).decode("utf-8", "replace")


def _version(words: dict[str, Any]) -> str:
    return version_of_tag(str(words.get("version", ""))[:32])


def _readme_version(folder: Path) -> str:
    for name in ("README.md", "readme.md", "README.txt", "catatan_rilis.md"):
        found = IN_README.search(_head(folder / name))
        if found:
            return found[1]
    return ""


def _licence(folder: Path) -> str:
    for name in ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING"):
        text = _head(folder / name)[:2000].upper()
        for sign, short in LICENCES.items():
            if sign in text:
                return short
    return ""
