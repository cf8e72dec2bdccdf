"""Fonts: each choice has its file, free, whole and small; a device's own needs none."""

from __future__ import annotations

import hashlib
import json

import pytest

from siappakai.branding.fonts import FONTS, VENDOR, find_font, font_files, fonts_of
from siappakai.errors import InvalidInput

OURS = [key for key, font in FONTS.items() if font.file]
MOST_BYTES = 600_000


@pytest.mark.parametrize("key", OURS)
def test_a_font_is_a_woff2_file_as_the_manifest_says_with_its_licence(key: str) -> None:
    (file,) = font_files([key])
    content = file.path.read_bytes()
    assert content[:4] == b"wOF2" and hashlib.sha256(content).hexdigest() == file.sha256
    licence = (VENDOR / f"{key}.LICENSE.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License" in licence or "SIL OPEN FONT LICENSE" in licence
    packages = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    about = next(each for each in packages if each["name"].endswith(f"/{key}"))
    assert about["license"] == "OFL-1.1"


def test_all_fonts_together_are_small_and_there_are_as_many_as_chosen() -> None:
    sizes = [file.path.stat().st_size for file in font_files(FONTS)]
    assert len(sizes) == len(OURS) >= 8 and sum(sizes) < MOST_BYTES


def test_a_stack_ends_with_what_every_device_has() -> None:
    for font in FONTS.values():
        assert font.stack.endswith("serif") and (not font.family or font.family in font.stack)


def test_heading_and_body_fall_back_to_each_other_and_to_the_device() -> None:
    assert [font.key for font in fonts_of({})] == ["sistem", "sistem"]
    assert [font.key for font in fonts_of({"body_font": "inter"})] == ["inter", "inter"]
    assert [font.key for font in fonts_of({"heading_font": "lora"})] == ["lora", "sistem"]
    assert font_files(["sistem", "lora", "lora"]) == font_files(["lora"])


def test_an_unknown_font_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        find_font("comic-sans")
    assert "inter" in caught.value.hint
