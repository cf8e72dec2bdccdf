"""Decodes one picture from stdin in a process of its own, and writes it anew; see `images`.

A few crafted kilobytes can make any decoder ask for more memory or time than there is, so this
process limits itself and a failure of it is only a refused picture. Imports nothing of the project.

`picture_child.py raster`: PNG, JPEG, WebP, GIF or ICO becomes an upright sRGB PNG or JPEG without
metadata. `picture_child.py svg WIDTH HEIGHT`: a cleaned SVG becomes a PNG of that size.
Out: one line of JSON ({"media_type", "width", "height"} or {"error"}), then the picture's bytes.
"""

from __future__ import annotations

import io
import json
import resource
import struct
import sys
import zlib

from PIL import Image, ImageCms, ImageOps

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "ICO")
MOST_SIDE, MOST_PIXELS, LEAST_SIDE = 10_000, 40_000_000, 16
KEPT_SIDE = 2560  # larger ones are made smaller: no page shows more
BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, struct.error, zlib.error)


class Wrong(Exception):
    """The picture can't be used; the word says why."""


def main() -> None:
    """Writes the answer for the picture on stdin."""
    limit_self()
    content = sys.stdin.buffer.read()
    try:
        answer, made = raster(content) if sys.argv[1] == "raster" else svg(content)
    except Wrong as error:
        answer, made = {"error": str(error)}, b""
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        answer, made = {"error": "large"}, b""
    except (*BROKEN, IndexError, KeyError, OverflowError):
        answer, made = {"error": "broken"}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)


def limit_self() -> None:
    """Caps this process' memory and CPU time and forbids core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def raster(content: bytes) -> tuple[dict[str, object], bytes]:
    """The picture written anew: JPEG if it is a photo, PNG otherwise."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.UnidentifiedImageError as error:
        raise Wrong("unknown") from error
    width, height = image.size
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Wrong("large")
    is_photo = image.format == "JPEG" or (image.format == "WEBP" and image.mode == "RGB")
    image.load()
    upright = ImageOps.exif_transpose(in_srgb(image))
    if min(upright.size) < LEAST_SIDE:
        raise Wrong("small")
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    if is_photo:
        plain(upright.convert("RGB")).save(target, "JPEG", quality=86, progressive=True)
    else:
        plain(upright).save(target, "PNG", optimize=True)
    kind = "image/jpeg" if is_photo else "image/png"
    return {"media_type": kind, "width": upright.width, "height": upright.height}, target.getvalue()


def in_srgb(image: Image.Image) -> Image.Image:
    """The picture in 8-bit sRGB, with transparency if it has any."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    has_alpha = image.has_transparency_data
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            image = made or image
        except (ImageCms.PyCMSError, *BROKEN):
            pass  # a profile that can't be read is as good as none
    return image.convert("RGBA" if has_alpha else "RGB")


def plain(image: Image.Image) -> Image.Image:
    """The pixels alone: whatever else the file carried stays behind."""
    made = Image.new(image.mode, image.size)
    made.paste(image)
    return made


def svg(content: bytes) -> tuple[dict[str, object], bytes]:
    """The drawing as a PNG; one on which nothing is to be seen is refused."""
    import resvg_py

    width, height = int(sys.argv[2]), int(sys.argv[3])
    made = resvg_py.svg_to_bytes(
        svg_string=content.decode(), width=width, height=height, skip_system_fonts=True
    )
    image = Image.open(io.BytesIO(made), formats=("PNG",)).convert("RGBA")
    if image.getextrema()[3] == (0, 0):
        raise Wrong("blank")
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    size = {"width": image.width, "height": image.height}
    return {"media_type": "image/png", **size}, target.getvalue()


if __name__ == "__main__":
    main()
