"""Think: what a file in a theme may be called, what is left out, what is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from siappakai.themes.findings import Finding
from siappakai.themes.words import words

LONGEST_PATH = 230  # bytes; a tar header of the old kind holds 255 with its prefix
LONGEST_PART = 99
PHP_LIKE = words(
    "php php2 php3 php4 php5 php6 php7 php8 phps pht phtm phtml phar pgif shtml inc hphp ctp module"
    " cgi fcgi asp aspx jsp"
)
STATIC = words(
    "css js mjs map png jpg jpeg gif webp avif svg ico bmp cur woff woff2 ttf otf eot mp3 mp4 webm"
    " ogg json html htm txt xml less scss sass webmanifest vtt pdf"
)
IMAGES = words("png jpg jpeg gif webp avif ico bmp cur")
FONTS = words("woff woff2 ttf otf eot")
MEDIA = words("mp3 mp4 webm ogg pdf")
SOURCE_TEXT = words("js mjs map json less scss sass")
ARCHIVES = words("zip gz tgz tar bz2 xz 7z rar zst lz4 jar war")
PROGRAMS = words("exe dll so dylib com msi scr apk deb rpm elf")
RULES_OF_SERVERS = words(
    ".htaccess .htpasswd .user.ini php.ini php5.ini php7.ini php8.ini web.config nginx.conf"
    " .env .htaccess.txt lsapi.ini"
)
KEPT_WITHOUT_ENDING = words("license licence copying notice authors readme changelog")
LEFT_FOLDERS = words("node_modules bower_components .git .github .vscode .idea __macosx")


class Fate(StrEnum):
    KEPT = "disimpan"
    LEFT = "ditinggal"
    ARCHIVE = "arsip"  # looked into, then left out
    REFUSED = "ditolak"


@dataclass(frozen=True, slots=True)
class Verdict:
    fate: Fate
    finding: Finding | None = None


def judge_name(path: str) -> Verdict:
    """What becomes of a file by its path alone."""
    parts = PurePosixPath(path).parts
    name = parts[-1].casefold()
    refusal = _refusal(path, parts, name)
    if refusal is not None:
        return Verdict(Fate.REFUSED, refusal)
    if any(part.casefold() in LEFT_FOLDERS for part in parts[:-1]):
        return Verdict(Fate.LEFT)
    ending = name.rpartition(".")[2] if "." in name.strip(".") else ""
    if ending in ARCHIVES:
        return Verdict(Fate.ARCHIVE)
    is_hidden = any(part.startswith(".") for part in parts)
    is_known = ending == "php" or ending in STATIC
    if not is_hidden and (is_known or (not ending and name in KEPT_WITHOUT_ENDING)):
        return Verdict(Fate.KEPT)
    return Verdict(Fate.LEFT)


def _refusal(path: str, parts: tuple[str, ...], name: str) -> Finding | None:
    if name in RULES_OF_SERVERS or name.startswith(".env."):
        return Finding("nama-terlarang", path)
    odd = _odd_letters(path, parts)
    if odd:
        return Finding("nama-menyesatkan", path, detail=f": {odd}")
    endings = name.split(".")[1:]
    last = endings[-1] if endings else ""
    if last in PROGRAMS:
        return Finding("program", path)
    if last in PHP_LIKE and last != "php":
        return Finding("nama-terlarang", path, detail=f": akhiran .{last}")
    if last == "php":
        return _odd_php(path, parts, endings)
    if last in STATIC and any(each in PHP_LIKE - {"module", "inc"} for each in endings[:-1]):
        return Finding("nama-menyesatkan", path, detail=": akhiran PHP di tengah nama")
    return None


def _odd_php(path: str, parts: tuple[str, ...], endings: list[str]) -> Finding | None:
    if not parts[-1].endswith(".php"):
        return Finding("nama-menyesatkan", path, detail=": akhiran PHP dengan huruf besar")
    if parts[-1].startswith("."):
        return Finding("nama-menyesatkan", path, detail=": berkas PHP tersembunyi")
    if any(each in STATIC - {"html", "xml", "json"} for each in endings[:-1]):
        return Finding("nama-menyesatkan", path, detail=": PHP yang menyamar sebagai jenis lain")
    return None


def _odd_letters(path: str, parts: tuple[str, ...]) -> str:
    if any(unicodedata.category(letter).startswith("C") for letter in path):
        return "memuat huruf yang tidak terlihat"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "diawali atau diakhiri spasi atau titik"
    if len(path.encode()) > LONGEST_PATH or any(
        len(part.encode()) > LONGEST_PART for part in parts
    ):
        return "terlalu panjang"
    if any(letter in path for letter in '\\:*?"<>|'):
        return "memuat tanda yang tidak wajar"
    return ""


def find_twins(paths: Iterable[str]) -> list[Finding]:
    """Files whose names differ in nothing but capitals or how an accent is written."""
    seen: dict[str, str] = {}
    found = []
    for path in sorted(paths):
        folded = unicodedata.normalize("NFKC", path).casefold()
        twin = seen.setdefault(folded, path)
        if twin != path:
            detail = f": hanya berbeda huruf besar-kecil dari {twin}"
            found.append(Finding("nama-menyesatkan", path, detail=detail))
    return found
