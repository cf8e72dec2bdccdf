"""Sizes made from one logo: favicon set, PWA and Android icons, splash, what OpenSID and PBB show.

The same picture, name and background give the same bytes; each is made once and kept by a hash of
what it was made from.
"""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PIL import Image, ImageDraw

from siappakai.branding.assets import assets_dir, find_asset, read_asset, write_whole
from siappakai.branding.colours import WHITE, read_colour
from siappakai.branding.images import rasterise
from siappakai.branding.svg import Drawing
from siappakai.errors import InvalidInput
from siappakai.models import BrandAsset

MAKING = "1"  # goes up when the way of making changes, so that no old file is taken for a new one
DRAWN_SIDE = 1024  # a drawing is drawn once this large and made smaller from there
FAVICON_SIDES = (16, 32, 48)
DENSITIES = {"mdpi": 1.0, "hdpi": 1.5, "xhdpi": 2.0, "xxhdpi": 3.0, "xxxhdpi": 4.0}
LAUNCHER_DP, ADAPTIVE_DP, SAFE_DP = 48, 108, 66  # developer.android.com, adaptive icons


class Shape(StrEnum):
    """How the picture lies in its frame; only `FIT` and `FOREGROUND` are see-through around it."""

    FIT = "utuh"
    FULL = "di atas latar"
    SAFE = "dalam lingkaran aman"
    ROUND = "bundar"
    FOREGROUND = "lapis depan"
    COVER = "menutup"
    FAVICON = "favicon"


@dataclass(frozen=True, slots=True)
class Derived:
    """`part` is how much of the frame the picture may take."""

    name: str
    shape: Shape
    width: int
    height: int
    part: float = 1.0


def _square(name: str, side: int, shape: Shape, part: float = 1.0) -> Derived:
    return Derived(name, shape, side, side, part)


def _android() -> list[Derived]:
    made = []
    for density, times in DENSITIES.items():
        side, canvas = round(LAUNCHER_DP * times), round(ADAPTIVE_DP * times)
        made += [
            _square(f"android-{density}.png", side, Shape.FULL, 0.8),
            _square(f"android-{density}-round.png", side, Shape.ROUND, 0.86),
            _square(
                f"android-{density}-foreground.png", canvas, Shape.FOREGROUND, SAFE_DP / ADAPTIVE_DP
            ),
        ]
    return made


DERIVED: dict[str, Derived] = {
    each.name: each
    for each in (
        _square("favicon.ico", max(FAVICON_SIDES), Shape.FAVICON),
        _square("icon-32.png", 32, Shape.FIT),
        _square("icon-180.png", 180, Shape.FULL, 0.84),  # apple-touch-icon: no transparency
        _square("icon-192.png", 192, Shape.FIT),
        _square("icon-512.png", 512, Shape.FIT),
        _square("maskable-192.png", 192, Shape.SAFE, 0.8),
        _square("maskable-512.png", 512, Shape.SAFE, 0.8),
        _square("store-512.png", 512, Shape.FULL, 0.8),
        _square("icon-1024.png", 1024, Shape.FULL, 0.8),
        Derived("splash-1080x1920.png", Shape.FULL, 1080, 1920, 0.4),
        _square("splash-2732.png", 2732, Shape.FULL, 0.25),
        _square("logo-200.png", 200, Shape.FIT),  # OpenSID makes logos no larger than asked: 100
        _square("logo-512.png", 512, Shape.FIT),
        _square("letter-300.png", 300, Shape.FULL),  # on letters: white around it, no transparency
        Derived("background-1920.jpg", Shape.COVER, 1920, 1080),
        *_android(),
    )
}


def derive(sha256: str, name: str, background: str = WHITE) -> Path:
    """The file of this size made from the kept picture; made now if it was never asked for."""
    wanted = DERIVED.get(name)
    if wanted is None:
        raise InvalidInput(f"Ukuran {name} tidak ada.", hint="Yang ada: " + ", ".join(DERIVED))
    background = read_colour(background)
    path = _path_of(sha256, name, background)
    if not path.exists():
        write_whole(path, make(open_picture(sha256), wanted, background))
    return path


def open_picture(sha256: str) -> Image.Image:
    """The kept picture's pixels, see-through where it is; a drawing with its long side at 1,024."""
    asset = find_asset(sha256)
    content = read_asset(sha256)
    if asset.media_type == "image/svg+xml":
        content = _drawn(asset, content)
    return Image.open(io.BytesIO(content), formats=("PNG", "JPEG")).convert("RGBA")


def _drawn(asset: BrandAsset, content: bytes) -> bytes:
    """A drawing as a PNG, drawn once for all sizes."""
    path = _path_of(asset.sha256, "gambar.png", "")
    if not path.exists():
        size = Drawing(content, asset.width, asset.height).scaled(DRAWN_SIDE)
        write_whole(path, rasterise(content, *size, asset.original_name).content)
    return path.read_bytes()


def _path_of(sha256: str, name: str, background: str) -> Path:
    key = hashlib.sha256("|".join((MAKING, sha256, name, background)).encode()).hexdigest()
    return assets_dir() / "turunan" / key[:2] / f"{key}{Path(name).suffix}"


def make(picture: Image.Image, wanted: Derived, background: str) -> bytes:
    """The bytes of one derived file."""
    match wanted.shape:
        case Shape.FAVICON:
            return _favicon(picture)
        case Shape.COVER:
            return _encoded(_cover(picture, wanted, background), "JPEG")
        case Shape.FIT:
            return _encoded(_placed(picture, wanted, None), "PNG")
        case Shape.FOREGROUND:
            return _encoded(_placed(picture, wanted, None, in_circle=True), "PNG")
        case Shape.SAFE:
            image = _placed(picture, wanted, background, in_circle=True)
            return _encoded(image.convert("RGB"), "PNG")
        case Shape.ROUND:
            return _encoded(_round(_placed(picture, wanted, background, in_circle=True)), "PNG")
        case _:
            return _encoded(_placed(picture, wanted, background).convert("RGB"), "PNG")


def _placed(
    picture: Image.Image, wanted: Derived, background: str | None, *, in_circle: bool = False
) -> Image.Image:
    """The picture in the middle of its frame; inside the circle of `part`, its corners too."""
    frame = Image.new("RGBA", (wanted.width, wanted.height), background or (0, 0, 0, 0))
    room = wanted.part * min(wanted.width, wanted.height)
    across = math.hypot(*picture.size) if in_circle else max(picture.size)
    size = tuple(max(round(side * room / across), 1) for side in picture.size)
    scaled = picture.resize(size, Image.Resampling.LANCZOS)
    corner = ((wanted.width - size[0]) // 2, (wanted.height - size[1]) // 2)
    frame.alpha_composite(scaled, corner)
    return frame


def _cover(picture: Image.Image, wanted: Derived, background: str) -> Image.Image:
    """The picture fills the whole frame; what juts out on two sides is cut off evenly."""
    factor = max(wanted.width / picture.width, wanted.height / picture.height)
    size = (math.ceil(picture.width * factor), math.ceil(picture.height * factor))
    scaled = picture.resize(size, Image.Resampling.LANCZOS)
    left, top = (size[0] - wanted.width) // 2, (size[1] - wanted.height) // 2
    frame = Image.new("RGBA", (wanted.width, wanted.height), background)
    frame.alpha_composite(scaled.crop((left, top, left + wanted.width, top + wanted.height)))
    return frame.convert("RGB")


def _round(image: Image.Image) -> Image.Image:
    """Only the inscribed circle is left, its edge smooth."""
    fine = 4
    mask = Image.new("L", (image.width * fine, image.height * fine), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, mask.height - 1), fill=255)
    image.putalpha(mask.resize(image.size, Image.Resampling.LANCZOS))
    return image


def _favicon(picture: Image.Image) -> bytes:
    """16, 32 and 48 pixels in one .ico, each made from the picture itself."""
    frames = [_placed(picture, Derived("", Shape.FIT, side, side), None) for side in FAVICON_SIDES]
    target = io.BytesIO()
    frames[-1].save(
        target, "ICO", sizes=[frame.size for frame in frames], append_images=frames[:-1]
    )
    return target.getvalue()


def _encoded(image: Image.Image, format: str) -> bytes:
    target = io.BytesIO()
    if format == "JPEG":
        image.save(target, format, quality=84, progressive=True)
    else:
        image.save(target, format, optimize=True)
    return target.getvalue()
