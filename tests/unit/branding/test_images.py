"""Pictures: known by their content, written anew without metadata, bombs and fakes refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from siappakai.branding.images import clean_raster
from siappakai.errors import InvalidInput

PAYLOAD = b"<?php system($_GET['x']); ?>"


def picture(format: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any) -> bytes:
    target = io.BytesIO()
    colour = {"L": 90, "RGBA": (192, 32, 32, 128)}.get(mode, "#c02020")
    Image.new(mode, size, colour).save(target, format, **more)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("format", "mode", "kind"),
    [
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "L", "image/png"),
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
        ("GIF", "RGB", "image/png"),
        ("ICO", "RGBA", "image/png"),
    ],
)
def test_each_format_becomes_png_or_jpeg_by_its_content(format: str, mode: str, kind: str) -> None:
    made = clean_raster(picture(format, (64, 64), mode), "gambar.txt")
    assert made.media_type == kind and (made.width, made.height) == (64, 64)
    assert opened(made.content).format == ("PNG" if kind == "image/png" else "JPEG")
    assert made == clean_raster(picture(format, (64, 64), mode), "lain.png")


def test_metadata_and_anything_hidden_behind_the_picture_stay_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = PAYLOAD.decode()
    exif[0x8825] = {1: "S", 2: (5.0, 25.0, 0.0)}
    photo = picture("JPEG", exif=exif, comment=PAYLOAD) + PAYLOAD
    made = clean_raster(photo, "foto.jpg")
    assert PAYLOAD in photo and b"php" not in made.content
    assert not opened(made.content).getexif() and "comment" not in opened(made.content).info
    made = clean_raster(picture("PNG") + PAYLOAD, "logo.png.php")
    assert b"php" not in made.content and not opened(made.content).info


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = clean_raster(picture("JPEG", (60, 40), exif=exif), "foto.jpg")
    assert (made.width, made.height) == (40, 60)


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    made = clean_raster(picture("JPEG", (5000, 2500)), "latar.jpg")
    assert (made.width, made.height) == (2560, 1280)


def test_transparency_is_kept_and_a_grey_picture_stays_grey() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(target, "PNG")
    made = clean_raster(target.getvalue(), "a.png")
    assert opened(made.content).convert("RGBA").getpixel((3, 3))[3] == 0
    target = io.BytesIO()
    Image.new("I;16", (32, 32), 0x8000).save(target, "PNG")
    grey = opened(clean_raster(target.getvalue(), "a.png").content).convert("L")
    assert grey.getpixel((3, 3)) in (127, 128)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        PAYLOAD,
        b"GIF89a" + PAYLOAD,
        b"%PDF-1.7 ...",
        picture("PNG")[:60],
        picture("JPEG")[:200],
        picture("BMP"),
        picture("TIFF"),
        picture("PNG", (8, 8)),
        png_header(60_000, 60_000),
        png_header(30_000, 1_000),
        png_header(9_000, 9_000),
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        b"\x00" * (8 * 1024 * 1024 + 1),
    ],
    ids=range(14),
)
def test_bombs_fakes_and_broken_files_are_refused_with_a_way_out(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_raster(content, "logo.png")
    assert "logo.png" in caught.value.message and caught.value.hint
