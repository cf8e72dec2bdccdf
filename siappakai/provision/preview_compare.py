"""Think: how much two pictures of a page differ, where, and a third one that shows it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw

NOTICEABLE = 24  # of 255 in one colour; less is not seen
CELL = 16  # pixels; changes closer than two cells are one region
MOST_BOXES = 40
BLANK_FROM = 0.997
_MARK = (225, 29, 72)
_PAPER = (255, 255, 255)

Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Difference:
    """`share` (0 to 1) is of the larger picture's pixels; `is_equal`: not one pixel differs."""

    share: float
    is_equal: bool
    boxes: tuple[Box, ...]
    marked: bytes


def compare_pictures(before: bytes, after: bytes) -> Difference:
    """What differs; `marked` is the picture after as PNG, the changed regions framed.

    Where one is longer than the other, all of the surplus has changed.
    """
    old, new = _opened(before), _opened(after)
    size = (max(old.width, new.width), max(old.height, new.height))
    shared = (min(old.width, new.width), min(old.height, new.height))
    apart = ImageChops.difference(_on_paper(old, size), _on_paper(new, size))
    red, green, blue = apart.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = strongest.point([0] * NOTICEABLE + [255] * (256 - NOTICEABLE))
    _mark_surplus(mask, shared)
    is_equal = old.size == new.size and strongest.getbbox() is None
    changed = mask.histogram()[255]
    boxes = () if is_equal else regions(mask)
    share = changed / (size[0] * size[1])
    return Difference(share, is_equal, boxes, _framed(_on_paper(new, size), boxes))


def is_blank(png: bytes) -> bool:
    """Whether a visitor sees next to nothing: almost all of it is of one colour."""
    picture = _opened(png)
    found = picture.getcolors(picture.width * picture.height) or []
    most = max(count for count, _ in found)
    return most / (picture.width * picture.height) >= BLANK_FROM


def _opened(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        return opened.convert("RGB")


def _on_paper(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if picture.size == size:
        return picture
    paper = Image.new("RGB", size, _PAPER)
    paper.paste(picture, (0, 0))
    return paper


def _mark_surplus(mask: Image.Image, shared: tuple[int, int]) -> None:
    if shared[0] < mask.width:
        mask.paste(255, (shared[0], 0, mask.width, mask.height))
    if shared[1] < mask.height:
        mask.paste(255, (0, shared[1], mask.width, mask.height))


def regions(mask: Image.Image) -> tuple[Box, ...]:
    """Frames around what is set in the mask, largest first, neighbours in one frame."""
    columns, rows = -(-mask.width // CELL), -(-mask.height // CELL)
    padded = Image.new("L", (columns * CELL, rows * CELL))
    padded.paste(mask, (0, 0))
    light = padded.reduce(CELL).tobytes()
    # a single changed pixel of a cell may round to nothing: look at those cells themselves
    left = {
        (number % columns, number // columns)
        for number, value in enumerate(light)
        if value or _has_any(padded, number % columns, number // columns)
    }
    found = []
    while left:
        found.append(_box(_region(left), mask.size))
    found.sort(key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), reverse=True)
    return tuple(found[:MOST_BOXES])


def _has_any(mask: Image.Image, column: int, row: int) -> bool:
    area = (column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL)
    return mask.crop(area).getbbox() is not None


def _region(left: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """One connected group of cells, taken out of `left`; a gap of one cell still connects."""
    waiting = [left.pop()]
    group = []
    while waiting:
        column, row = waiting.pop()
        group.append((column, row))
        for across in range(-2, 3):
            for down in range(-2, 3):
                near = (column + across, row + down)
                if near in left:
                    left.remove(near)
                    waiting.append(near)
    return group


def _box(cells: list[tuple[int, int]], size: tuple[int, int]) -> Box:
    columns, rows = [each[0] for each in cells], [each[1] for each in cells]
    right, bottom = (max(columns) + 1) * CELL, (max(rows) + 1) * CELL
    return min(columns) * CELL, min(rows) * CELL, min(right, size[0]), min(bottom, size[1])


def _framed(picture: Image.Image, boxes: tuple[Box, ...]) -> bytes:
    marked = picture.copy()
    pen = ImageDraw.Draw(marked)
    for left, top, right, bottom in boxes:
        pen.rectangle((left, top, right - 1, bottom - 1), outline=_MARK, width=3)
    target = io.BytesIO()
    marked.save(target, "PNG", compress_level=6)
    return target.getvalue()
