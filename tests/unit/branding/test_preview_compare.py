"""Two pictures compared: how much, where, and a third that shows it."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from siappakai.provision.preview_compare import CELL, compare_pictures, is_blank, regions

SIZE = (320, 240)
WHITE, RED = (255, 255, 255), (200, 0, 0)


def png(size: tuple[int, int] = SIZE, *boxes: tuple[int, int, int, int], colour=RED) -> bytes:
    picture = Image.new("RGB", size, WHITE)
    pen = ImageDraw.Draw(picture)
    for left, top, right, bottom in boxes:
        pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_equal_pictures_have_no_difference_and_no_frames() -> None:
    found = compare_pictures(png(SIZE, (5, 5, 50, 50)), png(SIZE, (5, 5, 50, 50)))
    assert (found.share, found.is_equal, found.boxes) == (0.0, True, ())
    assert opened(found.marked).tobytes() == opened(png(SIZE, (5, 5, 50, 50))).tobytes()


def test_the_share_is_that_of_the_changed_pixels() -> None:
    found = compare_pictures(png(), png(SIZE, (0, 0, 32, 24)))
    assert found.share == pytest.approx(32 * 24 / (320 * 240))
    assert not found.is_equal and found.boxes == ((0, 0, 32, 32),)


def test_changes_far_apart_have_frames_of_their_own_the_largest_first() -> None:
    found = compare_pictures(png(), png(SIZE, (0, 0, 16, 16), (200, 160, 280, 224)))
    assert found.boxes == ((192, 160, 288, 224), (0, 0, 16, 16))


def test_a_difference_that_nobody_sees_is_told_but_not_framed() -> None:
    found = compare_pictures(png(), png(SIZE, (0, 0, 90, 90), colour=(250, 250, 250)))
    assert (found.share, found.is_equal, found.boxes) == (0.0, False, ())


def test_a_longer_page_has_changed_by_all_that_is_longer() -> None:
    found = compare_pictures(png(SIZE), png((320, 480)))
    assert found.share == 0.5 and not found.is_equal
    assert found.boxes == ((0, 240, 320, 480),)
    shorter = compare_pictures(png((320, 480)), png(SIZE))
    assert shorter.share == 0.5 and opened(shorter.marked).size == (320, 480)


def test_frames_are_drawn_on_the_picture_after() -> None:
    after = png(SIZE, (100, 100, 140, 140))
    marked = opened(compare_pictures(png(), after).marked)
    plain = opened(after)
    assert marked.getpixel((120, 120)) == plain.getpixel((120, 120))
    left, top, _, _ = compare_pictures(png(), after).boxes[0]
    assert marked.getpixel((left, top)) != plain.getpixel((left, top))


def test_one_changed_pixel_is_enough_for_a_frame() -> None:
    found = compare_pictures(png(), png(SIZE, (319, 239, 320, 240)))
    assert found.boxes == ((304, 224, 320, 240),) and 0 < found.share < 0.0001


@given(seed=st.integers(0, 10_000), count=st.integers(1, 12))
def test_every_changed_pixel_lies_in_a_frame(seed: int, count: int) -> None:
    chance = random.Random(seed)
    mask = Image.new("L", (160, 120))
    spots = [(chance.randrange(160), chance.randrange(120)) for _ in range(count)]
    for spot in spots:
        mask.putpixel(spot, 255)
    boxes = regions(mask)
    for x, y in spots:
        assert any(a <= x < c and b <= y < d for a, b, c, d in boxes)
    assert all(a % CELL == 0 and b % CELL == 0 for a, b, _, _ in boxes)


def test_a_page_of_almost_one_colour_is_blank() -> None:
    assert is_blank(png()) and is_blank(png(SIZE, (0, 0, 10, 10)))
    assert not is_blank(png(SIZE, (0, 0, 40, 40)))
