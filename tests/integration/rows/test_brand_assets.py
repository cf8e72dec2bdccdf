"""The kit's pictures: kept once by their hash, found again whole, all sizes made from one."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from siappakai.branding.assets import (
    find_asset,
    keep_asset,
    path_of,
    read_asset,
)
from siappakai.branding.icons import DERIVED, derive
from siappakai.errors import InvalidInput, NotFound, StepErrored
from siappakai.models import BrandAsset, Event, db

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60"><script>1</script>'
    b'<rect width="100" height="60" fill="#c00"/></svg>'
)


def png(colour: str = "#0a0", size: tuple[int, int] = (300, 200)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def test_a_picture_is_kept_once_with_who_gave_it_and_found_by_its_hash(app: Flask) -> None:
    one = keep_asset(png(), r"C:\foto\lambang kami.png", "ani")
    same = keep_asset(png(), "lain.png", "budi")
    other = keep_asset(png("#00a"), "desa-b.png", "budi")
    assert one.sha256 == same.sha256 != other.sha256
    assert (same.original_name, same.created_by) == ("lambang kami.png", "ani")
    assert db.session.scalar(select(func.count()).select_from(BrandAsset)) == 2
    assert len(db.session.scalars(select(Event).filter_by(word="brand_asset_kept")).all()) == 2
    for each in (one, other):
        content = read_asset(each.sha256)
        path = path_of(each.sha256)
        assert hashlib.sha256(content).hexdigest() == each.sha256 == path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert path.parent.name == each.sha256[:2] and len(content) == each.size_bytes
        assert (each.width, each.height) == (300, 200)


def test_a_drawing_is_kept_cleaned_whatever_its_name_says(app: Flask) -> None:
    kept = keep_asset(SVG, "lambang.png", "ani")
    assert kept.media_type == "image/svg+xml" and (kept.width, kept.height) == (100, 60)
    assert b"script" not in read_asset(kept.sha256) and b"#c00" in read_asset(kept.sha256)
    assert keep_asset(read_asset(kept.sha256), "x.svg", "ani").sha256 == kept.sha256


def test_a_refused_upload_leaves_nothing(app: Flask) -> None:
    for wrong in (b"<?php echo 1;", b"<svg", b"bukan gambar", png()[:50]):
        with pytest.raises(InvalidInput):
            keep_asset(wrong, "logo.png", "ani")
    assert db.session.scalar(select(func.count()).select_from(BrandAsset)) == 0
    assert not path_of("a" * 64).parent.parent.exists()


def test_a_picture_that_is_gone_or_changed_on_disk_is_told(app: Flask) -> None:
    one, two = keep_asset(png(), "a.png", "ani"), keep_asset(png("#00a"), "b.png", "ani")
    path_of(one.sha256).write_bytes(b"rusak")
    with pytest.raises(StepErrored):
        read_asset(one.sha256)
    path_of(two.sha256).unlink()
    with pytest.raises(NotFound):
        read_asset(two.sha256)
    for wrong in ("../../etc/passwd", "", "A" * 64):
        with pytest.raises(NotFound):
            path_of(wrong)
    with pytest.raises(NotFound):
        find_asset("b" * 64)
    keep_asset(png(), "a.png", "ani")
    assert read_asset(one.sha256)


def test_every_size_is_what_it_says_and_the_same_each_time(app: Flask) -> None:
    logo = keep_asset(SVG, "lambang.svg", "ani").sha256
    for name, wanted in DERIVED.items():
        path = derive(logo, name, "#0f766e")
        image = opened(path)
        assert image.size == (wanted.width, wanted.height), name
        first = path.read_bytes()
        path.unlink()
        assert derive(logo, name, "#0f766e").read_bytes() == first, name
        assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_one_account_makes_another_of_the_group_may_add_to(app: Flask) -> None:
    before = os.umask(0o077)
    try:
        path = derive(keep_asset(png(), "a.png", "ani").sha256, "icon-32.png")
    finally:
        os.umask(before)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2770, folder
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_favicon_holds_its_three_sizes(app: Flask) -> None:
    path = derive(keep_asset(SVG, "a.svg", "ani").sha256, "favicon.ico")
    assert opened(path).info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert opened(path).convert("RGBA").getpixel((24, 24)) == (204, 0, 0, 255)


def test_icons_keep_to_their_shape(app: Flask) -> None:
    logo = keep_asset(SVG, "a.svg", "ani").sha256
    back = (15, 118, 110)
    fit = opened(derive(logo, "icon-512.png", "#0f766e"))
    assert fit.getpixel((256, 256)) == (204, 0, 0, 255) and fit.getpixel((256, 10))[3] == 0
    whole = opened(derive(logo, "icon-180.png", "#0f766e"))
    assert whole.mode == "RGB" and whole.getpixel((2, 2)) == back
    safe = opened(derive(logo, "maskable-512.png", "#0f766e")).convert("RGB")
    outside = [
        (x, y)
        for x in range(0, 512, 8)
        for y in range(0, 512, 8)
        if (x - 256) ** 2 + (y - 256) ** 2 > (0.4 * 512 + 2) ** 2
    ]
    assert {safe.getpixel(each) for each in outside} == {back}
    front = opened(derive(logo, "android-xxxhdpi-foreground.png"))
    assert front.getpixel((5, 5))[3] == 0 and front.getpixel((216, 216)) == (204, 0, 0, 255)
    ball = opened(derive(logo, "android-xxxhdpi-round.png", "#0f766e"))
    assert ball.getpixel((0, 0))[3] == 0 and ball.getpixel((96, 4))[:3] == back


def test_two_logos_or_two_backgrounds_never_share_a_file(app: Flask) -> None:
    one, two = keep_asset(png(), "a.png", "x").sha256, keep_asset(png("#00a"), "b.png", "x").sha256
    names = ("favicon.ico", "icon-192.png", "maskable-512.png")
    paths = {
        derive(logo, name, colour)
        for logo in (one, two)
        for colour in ("#ffffff", "#0f766e")
        for name in names
    }
    assert len(paths) == 4 * len(names)
    with pytest.raises(InvalidInput):
        derive(one, "../../x.png")
