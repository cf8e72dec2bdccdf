"""Think: which classes a theme may make, call or build upon."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from siappakai.themes.php_facts import PhpFacts
from siappakai.themes.php_known import STATIC_METHODS, is_known_class
from siappakai.themes.php_rules import CLASSES, rule_of
from siappakai.themes.php_tree import NAMES, text_of

Seen = tuple[str, Node, str]
STATIC = frozenset({"scoped_call_expression", "scoped_property_access_expression"})
SHOWN = 60


def check_class(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """What is wrong with the class a piece of code names."""
    if node.type in STATIC:
        yield from _static(node, facts)
    elif node.type == "object_creation_expression":
        yield from _creation(node, facts)
    elif node.type in {"base_clause", "use_declaration"}:
        for each in node.named_children:
            code = _judge(text_of(each), facts) if each.type in NAMES else ""
            if code:
                yield code, node, f"turunan {text_of(each)}"


def _static(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    scope = node.child_by_field_name("scope")
    if scope is None or scope.type == "relative_scope":
        return
    if scope.type not in NAMES:
        yield "kelas-berubah", node, text_of(scope)[:SHOWN]
        return
    method = text_of(node.child_by_field_name("name")).casefold()
    code = _judge(text_of(scope), facts, method)
    if code:
        yield code, node, f"{facts.real_name(text_of(scope))}::"


def _creation(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    given = [each for each in node.named_children if each.type not in {"arguments", "comment"}]
    if not given or given[0].type in {"anonymous_class", "declaration_list", "relative_scope"}:
        return
    if given[0].type not in NAMES:
        yield "panggilan-dinamis", node, " ".join(text_of(node).split())[:SHOWN]
        return
    name = text_of(given[0])
    code = "" if name.casefold() in {"self", "static", "parent"} else _judge(name, facts)
    if code:
        yield code, node, f"new {facts.real_name(name)}"


def _judge(name: str, facts: PhpFacts, method: str = "") -> str:
    code = rule_of(facts.real_name(name), CLASSES)
    if code:
        return code
    names = _full_names(name, facts)
    if facts.is_torn or is_known_class(names, facts.own):
        return ""
    if all(method in STATIC_METHODS.get(each, ()) for each in names):
        return ""
    return "bagian-aplikasi"


def _full_names(name: str, facts: PhpFacts) -> frozenset[str]:
    """What PHP takes the name for; several when the file has several namespaces."""
    if name.startswith("\\"):
        return frozenset({name.lstrip("\\").casefold()})
    first, mark, rest = name.partition("\\")
    known = facts.aliases.get(first.casefold())
    if known is not None:
        return frozenset({f"{known}{mark}{rest}".lstrip("\\").casefold()})
    spaces = facts.namespaces or {""}
    return frozenset(f"{space}\\{name}".lstrip("\\").casefold() for space in spaces)
