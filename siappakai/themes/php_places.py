"""Think: where an `include` leads, and whether a theme may go there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tree_sitter import Node

from siappakai.themes.php_facts import PhpFacts, comes_from_visitor
from siappakai.themes.php_rules import CONSTANT_PLACES, STREAMS
from siappakai.themes.php_tree import (
    INCLUDES,
    NAMES,
    plain_text,
    text_of,
    walk,
    without_brackets,
)

Seen = tuple[str, Node, str]
SHOWN = 80


def check_include(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """What is wrong with an include or require."""
    if node.type not in INCLUDES or not node.named_children:
        return
    value = without_brackets(node.named_children[-1])
    words = _short(value)
    if comes_from_visitor(value, facts):
        yield "sertakan-asing", node, words
        return
    place = _place(value, facts.path)
    if place is None:
        yield ("sertakan-asing" if _has_stream(value) else "sertakan-dinamis"), node, words
        return
    constant, path = place
    if path.casefold().startswith(STREAMS) or "://" in path or not path.endswith(".php"):
        yield "sertakan-asing", node, words
    elif constant == "apppath" and path.startswith("views/") and ".." not in path:
        return  # a view of the release itself, which no theme can change
    elif constant or path.startswith(("/", "../")):
        yield "sertakan-luar", node, words


def _place(value: Node, path: str) -> tuple[str, str] | None:
    """(constant it starts from, path below it); None when the path may change.

    A path that starts from the file's own folder is one within the theme.
    """
    text = plain_text(value)
    if text is not None:
        return "", text
    parts = _parts(value)
    if parts is None:
        return None
    head, rest = parts
    name = text_of(head).casefold()
    if name in {"__dir__", "dirname(__file__)"}:
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), rest.lstrip("/")))
        return "", inside
    return (name, rest) if name in CONSTANT_PLACES else None


def _parts(value: Node) -> tuple[Node, str] | None:
    """(what stands in front, the constant text behind it)."""
    texts: list[str] = []
    while value.type == "binary_expression":
        left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
        text = plain_text(right) if right is not None else None
        if text is None or left is None:
            return None
        texts.append(text)
        value = without_brackets(left)
    is_fixed = value.type in NAMES or text_of(value).casefold() == "dirname(__file__)"
    return (value, "".join(reversed(texts))) if is_fixed else None


def _has_stream(value: Node) -> bool:
    texts = (plain_text(each) or "" for each in walk(value) if "string" in each.type)
    return any(text.casefold().startswith((*STREAMS, "http:", "https:", "//")) for text in texts)


def _short(node: Node) -> str:
    words = " ".join(text_of(node).split())
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
