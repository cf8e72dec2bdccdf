"""Think: whether a file's bytes are what its name says, and carry no PHP where none belongs."""

from __future__ import annotations

import re

from siappakai.themes import names
from siappakai.themes.findings import Finding

IMAGE_STARTS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"\0\0\1\0",
    b"\0\0\2\0",
)
FONT_STARTS = (b"wOFF", b"wOF2", b"\0\1\0\0", b"OTTO", b"true", b"ttcf", b"typ1")
PROGRAM_STARTS = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"dex\n",
    b"\0asm",
)
ARCHIVE_STARTS = (b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf'\x1c", b"Rar!")
# A word after the tag tells code from chance: `<?` alone occurs in any picture.
OPEN_TAG = re.compile(rb"<\?php\b|<\?php$|<script[^>]{0,200}language\s*=\s*[\"']?php", re.I)
HALT = re.compile(rb"__halt_compiler\s*\(", re.I)
ECHO_TAG = re.compile(rb"<\?=")  # a bare `<?` is no PHP on our servers, and occurs in scripts
SHORT_IN_TEXT = re.compile(rb"<\?(?!xml|xpacket|mso|xfa|aid|import|adobe)[=\s]", re.I)
SHORT_IN_BINARY = re.compile(rb"<\?[=\s][\t\r\n\x20-\x7e]{10,}")
CODE_SIGN = re.compile(rb"[$(`]")
SVG_SCRIPT = re.compile(rb"<script|\son[a-z]{3,20}\s*=|javascript:|<foreignobject|<!entity", re.I)


def check_static(path: str, content: bytes) -> list[Finding]:
    """What is wrong with a file that is not PHP."""
    ending = path.rpartition(".")[2].casefold()
    if content.startswith(PROGRAM_STARTS[0:1]) or _is_program(ending, content):
        return [Finding("program", path)]
    hidden = _hidden_php(path, ending, content)
    if hidden:
        return hidden
    found = [] if _fits(ending, content) else [Finding("isi-tak-sesuai", path)]
    if ending == "svg" and SVG_SCRIPT.search(content):
        found.append(Finding("skrip-svg", path))
    return found


def is_archive(content: bytes) -> bool:
    return content.startswith(ARCHIVE_STARTS)


def line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _is_program(ending: str, content: bytes) -> bool:
    if content.startswith(PROGRAM_STARTS[2:]):
        return True
    if content.startswith(b"MZ"):  # two letters that a text may begin with too
        return b"\0" in content[:64]
    return content.startswith(b"#!") and ending not in {"js", "mjs"}


def _hidden_php(path: str, ending: str, content: bytes) -> list[Finding]:
    tag = OPEN_TAG.search(content) or HALT.search(content) or _short_tag(ending, content)
    if tag is None:
        return []
    is_text = ending not in names.IMAGES | names.FONTS | names.MEDIA
    line = line_of(content, tag.start()) if is_text else 0
    code = "php-dalam-skrip" if ending in names.SOURCE_TEXT else "php-tersamar"
    return [Finding(code, path, line)]


def _short_tag(ending: str, content: bytes) -> re.Match[bytes] | None:
    if ending in names.SOURCE_TEXT:
        return ECHO_TAG.search(content)
    if ending not in names.IMAGES | names.FONTS | names.MEDIA:
        return SHORT_IN_TEXT.search(content)
    for found in SHORT_IN_BINARY.finditer(content):
        if CODE_SIGN.search(found[0]):
            return found
    return None


def _fits(ending: str, content: bytes) -> bool:
    if not content:
        return True
    if ending in names.IMAGES:
        return content.startswith(IMAGE_STARTS) or content[4:12] in _BOXES or _is_webp(content)
    if ending in {"woff", "woff2", "ttf", "otf"}:
        return content.startswith(FONT_STARTS)
    if ending in names.FONTS | names.MEDIA:
        return content.lstrip()[:1] != b"<"
    if ending == "svg":
        return b"<svg" in content[:20_000].lower() or b"<svg" in content.lower()
    return b"\0" not in content[:8000] or content[:2] in (b"\xff\xfe", b"\xfe\xff")


_BOXES = {b"ftypavif", b"ftypmif1", b"ftypheic", b"ftypavis"}


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"
