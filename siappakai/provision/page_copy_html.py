"""Think: a page becomes a copy of itself: marked, its forms closed, the files it needs found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from siappakai.provision.page_copy_links import Address, Site

_BANNER_STYLE = (
    "position:sticky;top:0;z-index:2147483647;box-sizing:border-box;width:100%;margin:0;"
    "padding:.6rem 1rem;background:#fff3cd;color:#3d2e00;border-bottom:2px solid #8a6d00;"
    "font:600 16px/1.5 system-ui,sans-serif;text-align:center"
)
_FILE_LINKS = {"stylesheet", "icon", "apple-touch-icon", "preload", "mask-icon"}
_CONTROLS = "button, input, select, textarea"
# What would name another character set, keep our mark's style away, leave the copy for the
# waiting site, let it be found, or hand one visitor's form key to all.
_TAKEN_AWAY = (
    "meta[charset], meta[http-equiv=content-type i], meta[http-equiv=refresh i], "
    "meta[http-equiv=content-security-policy i], meta[name=robots i], meta[name*=csrf i]"
)
_CSS_ADDRESS = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)|@import\s+(?:"([^"]*)"|'([^']*)')""",
    re.IGNORECASE,
)


@dataclass(slots=True)
class PageCopy:
    """A copied page, the pages it leads to and the files it needs; both as paths to ask for."""

    html: str = ""
    pages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def copy_page(text: str, here: str, site: Site, banner: str) -> PageCopy | None:
    """Return the copy of the page at the address `here`; None when it has no body to mark."""
    tree = LexborHTMLParser(text)
    head, body = tree.head, tree.body
    if head is None or body is None:
        return None
    base = tree.css_first("base[href]")
    at = site.join(here, base.attributes["href"] or "") if base else here
    copy = PageCopy(pages=[*_find_pages(tree, at, site)])
    _drop_made_pictures(tree, at, site)
    _point_at_files(tree, lambda reference: _plain(reference, at, site, copy.files))
    _close_forms(tree)
    for node in tree.css(_TAKEN_AWAY):
        node.decompose()
    _put_first(head, "<meta name=robots content=noindex>")
    _put_first(head, "<meta charset=utf-8>")
    _put_first(body, f'<div role="status" lang="id" style="{_BANNER_STYLE}"></div>', banner)
    copy.html = tree.html or ""
    return copy


def copy_style(text: str, here: str, site: Site) -> tuple[str, list[str]]:
    """Return a style sheet that names its files plainly, and those files."""
    files: list[str] = []
    return _style(text, lambda reference: _plain(reference, here, site, files)), files


def _find_pages(tree: LexborHTMLParser, at: str, site: Site) -> Iterator[str]:
    for node in tree.css("a[href], area[href]"):
        address = site.find(node.attributes["href"] or "", at)
        if address and site.is_page(address):
            yield address.path


def _drop_made_pictures(tree: LexborHTMLParser, at: str, site: Site) -> None:
    """A picture the application draws anew each time (a captcha) would keep the browser waiting."""
    for node in tree.css("img[src]"):
        address = site.find(node.attributes["src"] or "", at)
        if address and not site.is_file(address):
            del node.attrs["src"]


def _plain(reference: str, at: str, site: Site, files: list[str]) -> str:
    """The reference to a file of the site as its bare path: a copy is never asked with a query."""
    address = site.find(reference, at)
    if address is None or not site.is_file(address):
        return reference
    files.append(address.path)
    return _bare(address) if address.has_query else reference


def _bare(address: Address) -> str:
    return address.path + (f"#{address.fragment}" if address.fragment else "")


def _point_at_files(tree: LexborHTMLParser, plain: Callable[[str], str]) -> None:
    for node, name in _file_attributes(tree):
        node.attrs[name] = plain(node.attributes[name] or "")
    for node in tree.css("img[srcset], source[srcset]"):
        node.attrs["srcset"] = _source_set(node.attributes["srcset"] or "", plain)
    for node in tree.css("[style]"):
        node.attrs["style"] = _style(node.attributes["style"] or "", plain)
    for node in tree.css("style"):
        _replace_style(node, plain)


def _replace_style(node: LexborNode, plain: Callable[[str], str]) -> None:
    text = node.text()
    styled = _style(text, plain)
    if styled != text:
        attributes = {name: value or "" for name, value in node.attributes.items()}
        made = _element(f"<style>{styled}</style>")
        for name, value in attributes.items():
            made.attrs[name] = value
        node.replace_with(made)


def _file_attributes(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, str]]:
    for node in tree.css("link[href]"):
        if _FILE_LINKS & set((node.attributes.get("rel") or "").lower().split()):
            yield node, "href"
    for name in ("src", "data-src"):
        for node in tree.css(f"img[{name}], script[{name}], input[type=image][{name}]"):
            yield node, name
    for node in tree.css("video[poster]"):
        yield node, "poster"


def _source_set(value: str, plain: Callable[[str], str]) -> str:
    """`a.png?1 2x, b.png` with bare addresses; one that holds data is left as it is."""
    if "data:" in value:
        return value
    parts = [part.strip().partition(" ") for part in value.split(",") if part.strip()]
    return ", ".join(f"{plain(address)}{space}{size}" for address, space, size in parts)


def _style(text: str, plain: Callable[[str], str]) -> str:
    def put(match: re.Match[str]) -> str:
        reference = next((part for part in match.groups() if part), "")
        wanted = plain(reference) if reference else reference
        return match[0] if wanted == reference else match[0].replace(reference, wanted)

    return _CSS_ADDRESS.sub(put, text)


def _close_forms(tree: LexborHTMLParser) -> None:
    """Nothing of a form can be filled in or sent; keys hidden in it are gone."""
    for form in tree.css("form"):
        form.attrs["onsubmit"] = "return false"
        if "action" in form.attributes:
            del form.attrs["action"]
    inside = ", ".join(f"form {control}" for control in _CONTROLS.split(", "))
    for control in tree.css(f"{inside}, [form]"):
        control.attrs["disabled"] = ""
        if (control.attributes.get("type") or "").lower() == "hidden":
            control.attrs["value"] = ""


def _put_first(parent: LexborNode, html: str, text: str = "") -> None:
    made = _element(html)
    if text:
        made.insert_child(text)
    if parent.first_child is None:
        parent.insert_child(made)
    else:
        parent.first_child.insert_before(made)


def _element(html: str) -> LexborNode:
    found = LexborHTMLParser(html, is_fragment=True).root
    if found is None:
        raise ValueError(html)
    return found
