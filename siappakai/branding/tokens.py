"""Three colours become a whole palette of CSS custom properties, light and dark, all readable.

Every `--sp-on-X` on `--sp-X`, and muted text and links on both surfaces, have a contrast of 4.5 or
more whatever the three colours are (tests/unit/branding/test_tokens.py tries random ones).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from siappakai.branding.colours import (
    SHAPE_CONTRAST,
    lightness_of,
    nearest_with_contrast,
    read_colour,
    shade,
    text_on,
)

ROLES = ("primary", "secondary", "accent")
DEFAULT_PRIMARY, DEFAULT_ACCENT = "#0f6b5c", "#b45309"
VISITED = "#6b3fa0"


@dataclass(frozen=True, slots=True)
class Scheme:
    """Lightness (0 to 1) of what a light or a dark page is made of."""

    surface: float
    surface_2: float
    ink: float
    muted: float
    line: float
    soft: float
    on_soft: float
    stronger_by: float


LIGHT = Scheme(1.0, 0.972, 0.24, 0.5, 0.9, 0.945, 0.36, -0.1)
DARK = Scheme(0.19, 0.245, 0.94, 0.75, 0.36, 0.32, 0.92, 0.08)


def palette_of(values: Mapping[str, str]) -> tuple[str, str, str]:
    """The three colours that values give; what is missing is made from the primary one."""
    primary = values.get("primary_colour") or DEFAULT_PRIMARY
    secondary = values.get("secondary_colour") or shade(primary, 0.36, 0.12)
    return primary, secondary, values.get("accent_colour") or DEFAULT_ACCENT


def make_tokens(primary: str, secondary: str, accent: str) -> dict[str, str]:
    """CSS custom property → `#rrggbb`; those of dark pages begin with `--sp-dark-`.

    InvalidInput when one of the three is no colour.
    """
    return dict(_tokens(read_colour(primary), read_colour(secondary), read_colour(accent)))


@lru_cache(maxsize=256)
def _tokens(primary: str, secondary: str, accent: str) -> tuple[tuple[str, str], ...]:
    palette = dict(zip(ROLES, (primary, secondary, accent), strict=True))
    light = {f"--sp-{name}": each for name, each in _scheme(palette, LIGHT).items()}
    dark = {f"--sp-dark-{name}": each for name, each in _scheme(palette, DARK).items()}
    return tuple((light | dark).items())


def _scheme(palette: Mapping[str, str], scheme: Scheme) -> dict[str, str]:
    page = _page(palette, scheme)
    for role in ROLES:
        page |= _role(role, palette[role], page["surface"], scheme)
    return page


def _page(palette: Mapping[str, str], scheme: Scheme) -> dict[str, str]:
    """Surfaces and what is written on them, faintly coloured by the primary colour."""
    primary = palette["primary"]
    surface = shade(primary, scheme.surface, 0.02)
    surface_2 = shade(primary, scheme.surface_2, 0.012 if scheme is LIGHT else 0.025)
    both = (surface, surface_2)
    ink = nearest_with_contrast(shade(primary, scheme.ink, 0.03), both)
    return {
        "surface": surface,
        "on-surface": ink,
        "surface-2": surface_2,
        "on-surface-2": ink,
        "muted": nearest_with_contrast(shade(primary, scheme.muted, 0.03), both),
        "line": shade(primary, scheme.line, 0.02),
        "link": nearest_with_contrast(primary, both),
        "link-visited": nearest_with_contrast(VISITED, both),
        "focus": nearest_with_contrast(palette["accent"], both, SHAPE_CONTRAST),
    }


def _role(role: str, colour: str, surface: str, scheme: Scheme) -> dict[str, str]:
    """One colour, a stronger and a soft one, each with what is written on it.

    On a dark page the colour itself is lightened until it stands out from the page.
    """
    base = colour if scheme is LIGHT else nearest_with_contrast(colour, (surface,), SHAPE_CONTRAST)
    strong = shade(base, _stronger(lightness_of(base), scheme.stronger_by))
    soft = shade(colour, scheme.soft, 0.05 if scheme is LIGHT else 0.07)
    return {
        role: base,
        f"on-{role}": text_on(base),
        f"{role}-strong": strong,
        f"on-{role}-strong": text_on(strong),
        f"{role}-soft": soft,
        f"on-{role}-soft": nearest_with_contrast(shade(colour, scheme.on_soft, 0.12), (soft,)),
    }


def _stronger(lightness: float, by: float) -> float:
    """Further from the page; a colour that is nearly black or white already goes the other way."""
    moved = lightness + by
    return moved if 0.12 <= moved <= 0.96 else lightness - by
