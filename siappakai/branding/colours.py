"""What colours may do: their contrast, the nearest one that can be read, OpenSID's admin skins.

Contrast is WCAG 2.1's; nearness and hue are OKLCH's, both measured by coloraide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coloraide import Color

from siappakai.errors import InvalidInput

WHITE, BLACK = "#ffffff", "#000000"
TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_HALVINGS = 12
_GREY_BELOW = 0.035  # chroma under which nobody would call a colour by a hue

# The choices of `warna_tema_admin` in OpenSID's dataAwal/SettingAplikasi.php (v2408 … v2410), and
# the colour each gives its header in assets/css/skins/; both black ones have a white header.
ADMIN_SKINS: dict[str, str] = {
    "skin-blue": "Biru",
    "skin-blue-light": "Biru Terang",
    "skin-black": "Hitam",
    "skin-black-light": "Hitam Terang",
    "skin-red": "Merah",
    "skin-red-light": "Merah Terang",
    "skin-yellow": "Kuning",
    "skin-yellow-light": "Kuning Terang",
    "skin-purple": "Ungu",
    "skin-purple-light": "Ungu Terang",
    "skin-green": "Hijau",
    "skin-green-light": "Hijau Terang",
}
_SKIN_COLOURS = {
    "skin-blue": "#3c8dbc",
    "skin-red": "#dd4b39",
    "skin-yellow": "#f39c12",
    "skin-purple": "#605ca8",
    "skin-green": "#00a65a",
}


@dataclass(frozen=True, slots=True)
class ColourAdvice:
    """How well a colour serves; `neighbour` is itself when `is_readable`."""

    colour: str
    contrast_on_white: float
    is_readable: bool
    neighbour: str
    sentence: str


def read_colour(text: str) -> str:
    """The colour as `#rrggbb` in small letters; InvalidInput when it is none."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(
            f"«{text[:30]}» bukan warna.",
            hint="Tulis tanda pagar dan enam angka atau huruf a–f, misalnya #0f766e.",
        )
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(each * 2 for each in digits))


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    return float(Color(one).contrast(Color(other)))


def text_on(background: str) -> str:
    """White or black, whichever reads better on the background: always 4.5 or more."""
    return max((WHITE, BLACK), key=lambda each: contrast(each, background))


def shade(colour: str, lightness: float, most_chroma: float = 0.4) -> str:
    """The colour's hue at this lightness (0 to 1), no more colourful than `most_chroma`."""
    _, chroma, hue = _oklch(colour)
    return _to_hex(lightness, min(chroma, most_chroma), hue)


def lightness_of(colour: str) -> float:
    return _oklch(colour)[0]


def nearest_with_contrast(
    colour: str, backgrounds: Sequence[str], ratio: float = TEXT_CONTRAST
) -> str:
    """The nearest colour of this hue with that contrast on every background.

    Where the hue can't reach it on all of them: black or white, whichever comes nearer to it.
    """

    def passes(candidate: str) -> bool:
        return all(contrast(candidate, each) >= ratio for each in backgrounds)

    if passes(colour):
        return colour
    found = [each for end in (0.0, 1.0) if (each := _towards(colour, end, passes))]
    if found:
        return min(found, key=lambda each: float(Color(colour).delta_e(each, method="ok")))
    return max((WHITE, BLACK), key=lambda each: min(contrast(each, bg) for bg in backgrounds))


def advise(colour: str) -> ColourAdvice:
    """Whether the colour can be read on white, and the nearest of its hue that can."""
    wanted = read_colour(colour)
    measured = contrast(wanted, WHITE)
    neighbour = nearest_with_contrast(wanted, (WHITE,))
    is_readable = neighbour == wanted
    figure = f"{measured:.1f}".replace(".", ",")
    if is_readable:
        sentence = f"Kontras di atas putih {figure} : 1, cukup untuk tulisan."
    else:
        sentence = (
            f"Kontras di atas putih hanya {figure} : 1, kurang dari 4,5 : 1, sehingga tulisan "
            f"berwarna ini sukar dibaca. Warna terdekat yang memenuhi: {neighbour}."
        )
    return ColourAdvice(wanted, measured, is_readable, neighbour, sentence)


def nearest_admin_skin(colour: str, *, light_sidebar: bool = False) -> str:
    """The skin of OpenSID's admin pages that comes nearest to the colour; grey ones are black."""
    _, chroma, hue = _oklch(read_colour(colour))
    name = "skin-black"
    if chroma >= _GREY_BELOW:
        name = min(_SKIN_COLOURS, key=lambda each: _turn(hue, _oklch(_SKIN_COLOURS[each])[2]))
    return f"{name}-light" if light_sidebar else name


def _towards(colour: str, end: float, passes: Callable[[str], bool]) -> str:
    """The first colour that passes on the way to black (0) or white (1); empty if none does."""
    start, chroma, hue = _oklch(colour)
    best = ""
    near, far = start, end
    if not passes(best_end := _to_hex(end, chroma, hue)):
        return best
    best = best_end
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        candidate = _to_hex(middle, chroma, hue)
        if passes(candidate):
            best, far = candidate, middle
        else:
            near = middle
    return best


def _turn(one: float, other: float) -> float:
    """Degrees between two hues."""
    apart = abs(one - other) % 360
    return min(apart, 360 - apart)


def _oklch(colour: str) -> tuple[float, float, float]:
    lightness, chroma, hue = Color(colour).convert("oklch").coords(nans=False)
    return lightness, chroma, hue


def _to_hex(lightness: float, chroma: float, hue: float) -> str:
    made = Color("oklch", [lightness, chroma, hue]).convert("srgb").fit(method="raytrace")
    return str(made.to_string(hex=True, fit=False, compress=False))
