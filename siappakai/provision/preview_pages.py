"""Think: which pages of each product a preview shows, and on which screens."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A public page; `path` is below the product's web path.

    `below`: the first address below this one that the home page links to is taken instead.
    """

    word: str
    label: str
    path: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen's size in pixels, and how people call it."""

    word: str
    label: str
    width: int
    height: int
    is_mobile: bool = False


SCREENS = (
    Screen("layar", "Layar komputer", 1280, 800),
    Screen("ponsel", "Ponsel", 390, 844, is_mobile=True),
)
HOME = PreviewPage("depan", "Halaman depan", "/")
LOGIN = PreviewPage("masuk", "Halaman masuk", "/login")
PAGES: Mapping[str, tuple[PreviewPage, ...]] = {
    "opensid": (
        HOME,
        PreviewPage("masuk", "Halaman masuk", "/siteman"),
        PreviewPage("artikel", "Halaman artikel", "/artikel/kategori/berita-desa", "/artikel/"),
    ),
    "pbb": (LOGIN,),  # every other page of it asks for the subscription or a login first
    "opendk": (HOME, LOGIN, PreviewPage("profil", "Profil kecamatan", "/profil")),
    "openkab": (LOGIN,),
}
LABELS: Mapping[str, str] = {each.word: each.label for pages in PAGES.values() for each in pages}


def pages_of(product: str) -> tuple[PreviewPage, ...]:
    """The product's pages worth a picture; none for one that only machines talk to."""
    return PAGES.get(product, ())


def linked_path(home: str, origin: str, below: str) -> str:
    """The path of the first link below `below` in the source of a home page; empty: no such link.

    >>> linked_path('<a href="https://d.id/artikel/2026/1/2/panen">', "https://d.id", "/artikel/")
    '/artikel/2026/1/2/panen'
    """
    pattern = rf"""href=["'](?:{re.escape(origin)})?({re.escape(below)}[^"'#?<>\s]+)["']"""
    match = re.search(pattern, home)
    return html.unescape(match.group(1)) if match else ""


def path_on_domain(web_path: str, page: PreviewPage) -> str:
    """`/pbb` and `/login` → `/pbb/login`."""
    return f"{web_path.rstrip('/')}{page.path}"
