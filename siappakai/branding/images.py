"""Pictures by what they really are: decoded apart, written anew without metadata, or refused."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from siappakai.errors import InvalidInput

_CHILD = Path(__file__).with_name("picture_child.py")
_TIMEOUT_S = 40
MAX_BYTES = 8 * 1024 * 1024
FORMATS = "PNG, JPEG, WebP, GIF, ICO, atau SVG"
_REFUSALS = {
    "unknown": ("bukan gambar yang dikenal", f"Simpan sebagai {FORMATS}, lalu unggah lagi."),
    "broken": ("rusak atau tidak lengkap", "Buka dan simpan ulang gambarnya, lalu unggah lagi."),
    "large": ("terlalu besar ukurannya", "Perkecil sampai paling lebar 5.000 titik."),
    "small": ("terlalu kecil", "Pilih gambar paling sedikit 16 × 16 titik."),
    "blank": (
        "kosong setelah dibersihkan",
        "Di Inkscape pilih semua, Path → Object to Path, simpan sebagai Plain SVG; atau pakai PNG.",
    ),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is safe to show; `size` in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int


def clean_raster(content: bytes, name: str) -> Picture:
    """The picture as an upright sRGB PNG or JPEG of at most 2,560 pixels, with no metadata.

    The first frame of an animation, the largest of an icon. InvalidInput says why it is refused.
    """
    check_size(content, name)
    return _in_child(content, name, "raster")


def rasterise(svg: bytes, width: int, height: int, name: str = "SVG") -> Picture:
    """A cleaned SVG as a PNG of that size."""
    return _in_child(svg, name, "svg", str(width), str(height))


def check_size(content: bytes, name: str, most: int = MAX_BYTES) -> None:
    if not content:
        raise InvalidInput(f"Berkas {name} kosong.", hint="Pilih berkas gambar yang berisi.")
    if len(content) > most:
        raise InvalidInput(
            f"Berkas {name} terlalu besar, {len(content) // (1024 * 1024)} MB lebih.",
            hint=f"Paling besar {most / (1024 * 1024):g} MB.",
        )


def refusal(name: str, why: str, hint: str) -> InvalidInput:
    return InvalidInput(f"Gambar {name} {why}.", hint=hint)


def _in_child(content: bytes, name: str, *how: str) -> Picture:
    """The picture as the child process writes it; any way it may end becomes InvalidInput."""
    try:
        done = subprocess.run(  # the child inherits no environment, so no secret either
            [sys.executable, "-I", str(_CHILD), *how],
            input=content,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
            env={},
        )
        head, _, made = done.stdout.partition(b"\n")
        answer = json.loads(head)
    except (subprocess.SubprocessError, ValueError) as error:
        raise refusal(name, *_REFUSALS["large"]) from error
    if "error" in answer:
        raise refusal(name, *_REFUSALS[answer["error"]])
    return Picture(made, answer["media_type"], answer["width"], answer["height"])
