"""Think: PHP as a tree, and what its texts are once put together.

The grammar is tree-sitter's: it reads what PHP reads, and goes on after what it can't read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import tree_sitter_php
from tree_sitter import Language, Node, Parser

DEEPEST = 60
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "e": "\x1b", "f": "\f"}
CALLS = frozenset(
    {
        "function_call_expression",
        "member_call_expression",
        "nullsafe_member_call_expression",
        "scoped_call_expression",
    }
)
INCLUDES = frozenset(
    {
        "include_expression",
        "include_once_expression",
        "require_expression",
        "require_once_expression",
    }
)
CLOSURES = frozenset({"anonymous_function", "anonymous_function_creation_expression"}) | {
    "arrow_function"
}
NAMES = frozenset({"name", "qualified_name", "relative_name"})


@cache
def _language() -> Language:
    return Language(tree_sitter_php.language_php())


def parse_php(source: bytes) -> Node:
    """The root of the file's tree."""
    return Parser(_language()).parse(source).root_node


def walk(top: Node) -> Iterator[Node]:
    """The node and all below it, in order, however deep."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def text_of(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def arguments_of(call: Node) -> list[Node]:
    """The values given to a call, without names and commas."""
    given = call.child_by_field_name("arguments")
    if given is None:
        given = next((each for each in call.children if each.type == "arguments"), None)
    found = [each for each in (given.named_children if given else []) if each.type == "argument"]
    return [each.named_children[-1] for each in found if each.named_children]


def without_brackets(node: Node) -> Node:
    while node.type in {"parenthesized_expression", "error_suppression_expression"}:
        inner = [each for each in node.named_children if each.type != "comment"]
        if len(inner) != 1:
            return node
        node = inner[0]
    return node


def plain_text(node: Node, depth: int = 0) -> str | None:
    """What a text is, put together from constants; None when something in it may change."""
    node = without_brackets(node)
    if depth > DEEPEST:
        return None
    if node.type in {"string", "encapsed_string", "heredoc", "nowdoc"}:
        return _literal(node)
    if node.type == "integer":
        return text_of(node)
    if node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) == ".":
        return _joined(node, depth)
    if node.type == "function_call_expression":
        return _letter(node)
    return None


def _joined(node: Node, depth: int) -> str | None:
    """A chain `a . b . c` leans to the left and may be thousands long: no recursion there."""
    parts: list[str] = []
    while node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) == ".":
        right, left = node.child_by_field_name("right"), node.child_by_field_name("left")
        text = plain_text(right, depth + 1) if right else None
        if text is None or left is None:
            return None
        parts.append(text)
        node = without_brackets(left)
    first = plain_text(node, depth + 1)
    return None if first is None else "".join([first, *reversed(parts)])


def _letter(call: Node) -> str | None:
    """`chr(115)` and `strrev("metsys")` are texts too, to one who hides a name."""
    name = text_of(call.child_by_field_name("function")).casefold()
    given = [plain_text(each) for each in arguments_of(call)]
    if len(given) != 1 or given[0] is None:
        return None
    if name == "chr" and given[0].isdigit():
        return chr(int(given[0]) % 256)
    if name == "strrev":
        return given[0][::-1]
    return given[0] if name in {"trim", "strtolower", "strval"} else None


def _literal(node: Node) -> str | None:
    out = []
    for each in walk(node):
        if each.type in {"string_content", "nowdoc_string"}:
            out.append(text_of(each))
        elif each.type == "escape_sequence":
            out.append(unescaped(text_of(each), is_double=node.type != "string"))
        elif each.type in {"variable_name", "dynamic_variable_name"} or each.type in CALLS:
            return None
    return "".join(out)


def unescaped(text: str, *, is_double: bool = True) -> str:
    body = text[1:]
    if not is_double:
        return body if body in {"'", "\\"} else text
    if body in ESCAPES:
        return ESCAPES[body]
    if body[:1] in {"x", "X"}:
        return chr(int(body[1:], 16))
    if body[:2] == "u{":
        return chr(min(int(body[2:-1] or "0", 16), 0x10FFFF))
    if body[:1].isdigit():
        return chr(int(body, 8) % 256)
    return body


def is_name(node: Node | None) -> bool:
    return node is not None and node.type in NAMES
