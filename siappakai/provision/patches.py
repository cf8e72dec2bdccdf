"""Touch: small declared repairs of known upstream faults, applied to a release's tree.

A patch is a JSON file: `file`, `find` (regular expression, MULTILINE), `replace`,
`expect_matches`, `reason`, `measured`. It fits exactly or nothing is changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from siappakai.errors import InvalidInput, StepFailed

KEYS = {
    "file": str,
    "find": str,
    "replace": str,
    "expect_matches": int,
    "reason": str,
    "measured": str,
}


@dataclass(frozen=True)
class Patch:
    """One declared repair; `sha256` is of its JSON file."""

    name: str
    sha256: str
    file: str
    find: re.Pattern[str]
    replace: str
    expect_matches: int
    reason: str
    measured: str


@dataclass(frozen=True)
class AppliedPatch:
    """What is recorded with the release."""

    name: str
    reason: str
    sha256: str
    measured: str = ""


def load_patches(folder: Path) -> list[Patch]:
    """The patches in one release's folder, by file name; none when there is no such folder."""
    return [_load(path) for path in sorted(folder.glob("*.json"))]


def apply_patches(tree: Path, patches: Sequence[Patch]) -> list[AppliedPatch]:
    """All patches applied, in order, or StepFailed and no file changed."""
    texts: dict[Path, str] = {}
    for patch in patches:
        place = _place(tree, patch)
        text = texts[place] if place in texts else _text(place)
        texts[place] = _patched(patch, text)
    for place, text in texts.items():
        _replace_file(place, text)
    return [
        AppliedPatch(patch.name, patch.reason, patch.sha256, patch.measured) for patch in patches
    ]


def _load(path: Path) -> Patch:
    content = path.read_bytes()
    try:
        fields = json.loads(content)
        _check_fields(path, fields)
        find = re.compile(fields["find"], re.MULTILINE)
    except (ValueError, re.error) as error:
        raise InvalidInput(
            f"Tambalan {path.name} tidak dapat dibaca: {error}.",
            hint=f"Kolom yang harus ada: {', '.join(KEYS)}.",
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    return Patch(path.stem, digest, **{**fields, "find": find})


def _check_fields(path: Path, fields: object) -> None:
    if not isinstance(fields, dict) or set(fields) != set(KEYS):
        raise ValueError("kolomnya tidak sesuai")
    wrong = [key for key, kind in KEYS.items() if type(fields[key]) is not kind]
    if wrong:
        raise ValueError(f"jenis isi {', '.join(wrong)} salah")
    if fields["expect_matches"] < 1:
        raise ValueError("expect_matches harus 1 atau lebih")


def _place(tree: Path, patch: Patch) -> Path:
    relative = PurePosixPath(patch.file)
    place = Path(os.path.realpath(tree / relative))
    inside = place.is_relative_to(os.path.realpath(tree))
    if relative.is_absolute() or ".." in relative.parts or not inside:
        raise InvalidInput(
            f"Tambalan {patch.name} menunjuk ke luar folder rilis.",
            hint="Kolom file harus berupa letak relatif di dalam rilis.",
        )
    if not place.is_file():
        raise _misfit(patch, f"berkas {patch.file} tidak ada dalam rilis ini")
    return place


def _patched(patch: Patch, text: str) -> str:
    try:
        result, count = patch.find.subn(patch.replace, text)
    except (re.error, IndexError) as error:
        raise _misfit(patch, f"teks penggantinya salah ({error})") from error
    if count != patch.expect_matches:
        raise _misfit(patch, f"cocok {count} kali, seharusnya {patch.expect_matches} kali")
    return result


def _misfit(patch: Patch, why: str) -> StepFailed:
    return StepFailed(
        f"Tambalan {patch.name} tidak cocok: {why}.",
        hint="Rilis ini mungkin sudah memperbaikinya sendiri; bangun tanpa tambalan itu.",
    )


def _text(place: Path) -> str:
    # surrogateescape: bytes that are no UTF-8 come back unchanged, and so do line ends.
    return place.read_bytes().decode("utf-8", "surrogateescape")


def _replace_file(place: Path, text: str) -> None:
    fresh = place.with_name(place.name + ".tambalan")
    fresh.write_bytes(text.encode("utf-8", "surrogateescape"))
    fresh.chmod(place.stat().st_mode & 0o777)
    fresh.replace(place)
