"""CSS inside a drawing: only properties that paint, only simple selectors, no way outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import tinycss2

_PAINTING = (
    "clip-path clip-rule color color-interpolation color-interpolation-filters display fill "
    "fill-opacity fill-rule filter flood-color flood-opacity isolation lighting-color marker "
    "marker-end marker-mid marker-start mask mask-type mix-blend-mode opacity overflow paint-order "
    "shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset "
    "stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width transform "
    "transform-origin vector-effect visibility"
)
PAINT = frozenset(_PAINTING.split())
_SELECTOR = re.compile(r"(?:[.#]?[A-Za-z_][\w-]*|\*)(?:[.#][A-Za-z_][\w-]*)*")
_LOCAL = re.compile(r"#[A-Za-z_][\w.:-]*")
_PLAIN_TOKENS = {"ident", "number", "percentage", "dimension", "hash", "whitespace"}
_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "translate", "rotate", "scale", "matrix"}
_FUNCTIONS |= {"skewx", "skewy", "translatex", "translatey", "scalex", "scaley"}


def clean_declarations(text: str) -> str:
    """Of a style attribute, what paints and stays inside the drawing: `fill:#fff;…`."""
    return _kept(tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True))


def clean_sheet(text: str) -> str:
    """Of a style sheet, the rules with simple selectors; no at-rule survives."""
    rules = []
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            continue
        selectors = [each.strip() for each in tinycss2.serialize(rule.prelude).split(",")]
        simple = [each for each in selectors if _SELECTOR.fullmatch(each)]
        kept = _kept(
            tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        )
        if simple and kept:
            rules.append(f"{','.join(simple)}{{{kept}}}")
    return "".join(rules)


def is_safe_value(text: str) -> bool:
    """Whether a presentation attribute's value only paints, and refers to nothing outside."""
    return _is_safe(tinycss2.parse_component_value_list(text))


def _kept(declarations: Iterable[Any]) -> str:
    return ";".join(
        f"{each.lower_name}:{tinycss2.serialize(each.value).strip()}"
        for each in declarations
        if each.type == "declaration" and each.lower_name in PAINT and _is_safe(each.value)
    )


def _is_safe(tokens: Iterable[Any]) -> bool:
    return all(_is_safe_token(each) for each in tokens)


def _is_safe_token(token: Any) -> bool:
    if token.type in _PLAIN_TOKENS:
        return True
    if token.type == "literal":
        return token.value in ",/"
    if token.type == "url":
        return _LOCAL.fullmatch(token.value) is not None
    if token.type != "function":
        return False
    if token.lower_name == "url":
        inside = [each for each in token.arguments if each.type != "whitespace"]
        is_string = len(inside) == 1 and inside[0].type == "string"
        return is_string and _LOCAL.fullmatch(inside[0].value) is not None
    return token.lower_name in _FUNCTIONS and _is_safe(token.arguments)
