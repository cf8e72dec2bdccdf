"""Think: which addresses belong to an instance's public site, and where their copies lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from siappakai.provision.edge_rows import COPY_PAGE

# Ending of a file that pages need → the media types it may be answered with.
_PICTURE, _FONT = ("image/",), ("font/", "application/")
FILE_TYPES: dict[str, tuple[str, ...]] = {
    "css": ("text/css",),
    "js": ("text/javascript", "application/javascript", "application/x-javascript"),
    **dict.fromkeys(("avif", "gif", "ico", "jpeg", "jpg", "png", "svg", "webp"), _PICTURE),
    **dict.fromkeys(("otf", "ttf", "woff", "woff2"), _FONT),
}
_PAGE_ENDINGS = {"", "htm", "html", "php"}
_ENDING = re.compile(r"\.([a-z0-9]{2,5})$", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x1f\x7f\\*?\[\]{}]")  # no file of ours is called so
_KEPT_IN_PATH = "/:@!$&'()+,;=~-._"
_LONGEST_PATH, _LONGEST_NAME = 600, 200


@dataclass(frozen=True, slots=True)
class Address:
    """An address on the site: its path as it is asked for, and whether more belongs to it."""

    path: str
    has_query: bool = False
    fragment: str = ""

    @property
    def ending(self) -> str:
        found = _ENDING.search(self.path)
        return found.group(1).lower() if found else ""


@dataclass(frozen=True, slots=True)
class Site:
    """One instance's part of the web: hosts in lower case, with a port where it has one."""

    hosts: frozenset[str]
    web_path: str = "/"
    private_paths: tuple[str, ...] = ()

    def join(self, here: str, reference: str) -> str:
        """Return the whole address a reference means at `here`; `here` itself for a broken one."""
        try:
            return urljoin(here, reference.strip())
        except ValueError:
            return here

    def find(self, reference: str, here: str) -> Address | None:
        """Return what a reference leads to on this site; None when it leads elsewhere."""
        try:
            parts = urlsplit(urljoin(here, reference.strip()))
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or parts.netloc.lower() not in self.hosts:
            return None
        path = quote(unquote(parts.path or "/"), safe=_KEPT_IN_PATH)
        return Address(path, bool(parts.query), parts.fragment)

    def is_page(self, address: Address) -> bool:
        """Say whether a page may be copied: public, without a query, and of a name a file has."""
        is_plain = not address.has_query and address.ending in _PAGE_ENDINGS
        return is_plain and self.is_public(address.path) and bool(names_of(address.path))

    def is_file(self, address: Address) -> bool:
        """Say whether it is a style, script, picture or font; its query only tells its age."""
        return address.ending in FILE_TYPES and self.is_public(address.path)

    def is_public(self, path: str) -> bool:
        """Say whether a path is this instance's and below none of its private ones."""
        return _is_below(path, self.web_path) and not any(
            _is_below(path, private) for private in self.private_paths
        )


def names_of(path: str) -> tuple[str, ...] | None:
    """Return the folders and file a path leads through below the copies' folder.

    The first is always "". None for a path that no copy may have: hidden, escaping, odd, long.
    """
    plain = unquote(path, errors="strict") if _is_utf_8(path) else "\0"
    names = plain.strip("/").split("/") if plain.strip("/") else []
    is_odd = any(
        not name or name[0] == "." or name == COPY_PAGE or len(name.encode()) > _LONGEST_NAME
        for name in names
    )
    if is_odd or not plain.startswith("/") or _ODD.search(plain) or len(plain) > _LONGEST_PATH:
        return None
    return ("", *names)


def _is_utf_8(path: str) -> bool:
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _is_below(path: str, folder: str) -> bool:
    """By whole segments, in any case and however it is written."""
    asked, limit = (unquote(each).lower().rstrip("/") for each in (path, folder))
    return asked == limit or asked.startswith(limit + "/")
