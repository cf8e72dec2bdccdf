"""Think: which variables are sure to hold a function that stands written out in the file.

Everything that could put something else into one (a reference, a call that may take it by
reference, a variable name, another file) takes the certainty away.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from siappakai.themes.php_rules import CALLBACKS, RUNNING_METHODS
from siappakai.themes.php_tree import (
    CALLS,
    CLOSURES,
    INCLUDES,
    arguments_of,
    is_name,
    text_of,
    walk,
    without_brackets,
)
from siappakai.themes.words import words

BLOCKS = words(
    "program compound_statement colon_block case_statement default_statement namespace_definition"
)
OWN_SCOPE = words("function_definition method_declaration anonymous_function")
ANONYMOUS = CLOSURES - {"arrow_function"}
NAME_MAKERS = words(
    "extract parse_str mb_parse_str import_request_variables blade_props blade_aware"
)
CALLED = CALLS | {"object_creation_expression"}


def has_open_names(nodes: list[Node]) -> bool:
    """Something of the file may fill any variable: `$$name`, extract() and the like."""
    return any(each.type == "dynamic_variable_name" or _makes_names(each) for each in nodes)


def touched_names(nodes: list[Node], own: Collection[str]) -> set[str]:
    """Variables that a reference or a call may fill; `own` are names the theme defines."""
    return {name for node in nodes for name in _touched(node, own)}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a file puts functions into variables, and the last include of each scope, by bytes."""

    ends: Mapping[tuple[int, str], list[tuple[int, int]]]
    includes: Mapping[int, int]

    def is_set_before(self, use: Node) -> bool:
        """Whether the function is put there before, on every way that leads to `use`."""
        name, node = text_of(use), use
        while node.parent is not None:
            above = node.parent
            found = self.ends.get((above.id, name)) if above.type in BLOCKS else None
            place = bisect_left(found, (node.start_byte, 0)) if found else 0
            if found and place:
                return self.includes.get(_scope_of(above).id, -1) < found[place - 1][1]
            if above.type in OWN_SCOPE and not _is_taken_along(above, name):
                return False
            if above.type in ANONYMOUS and is_its_own_name(above, name):
                return True
            node = above
        return False


def read_settings(nodes: list[Node]) -> Settings:
    """Read once, in the order of the file."""
    ends: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    includes: dict[int, int] = {}
    for node in nodes:
        if node.type in INCLUDES:
            includes[_scope_of(node).id] = node.start_byte
        name = _name_set(node)
        if name and node.parent is not None:
            ends[node.parent.id, name].append((node.start_byte, node.end_byte))
    return Settings(dict(ends), includes)


def is_its_own_name(closure: Node, name: str) -> bool:
    """`$list = function () use (&$list) {…}`: it is filled by nobody else."""
    above = closure.parent
    if above is None or above.type != "assignment_expression":
        return False
    return text_of(above.child_by_field_name("left")) == name


def _makes_names(node: Node) -> bool:
    if node.type != "function_call_expression":
        return False
    called = text_of(node.child_by_field_name("function"))
    return called.casefold().lstrip("\\") in NAME_MAKERS


def _touched(node: Node, own: Collection[str]) -> Iterator[str]:
    if node.type == "reference_assignment_expression":
        yield from (text_of(each) for each in walk(node) if each.type == "variable_name")
    elif node.type in CALLED:
        harmless = _callback_places(node, own)
        for place, value in enumerate(arguments_of(node)):
            inner = without_brackets(value)
            if inner.type == "variable_name" and not harmless(place):
                yield text_of(inner)


def _callback_places(call: Node, own: Collection[str]) -> Callable[[int], bool]:
    """Where a call takes a function by its value, as PHP and Laravel write it."""
    callee, method = call.child_by_field_name("function"), call.child_by_field_name("name")
    plain = text_of(callee).casefold().lstrip("\\") if is_name(callee) else ""
    if plain in CALLBACKS and plain not in own:
        given = len(arguments_of(call))
        places = {each % given for each in CALLBACKS[plain] if -given <= each < given}
        return places.__contains__
    if call.type in CALLS and method is not None:
        called = text_of(method).casefold()
        is_theirs = called in RUNNING_METHODS and f"->{called}" not in own
        return lambda place: is_theirs
    return lambda place: False


def _name_set(statement: Node) -> str:
    """The variable into which a statement puts a function; empty when it does something else."""
    if statement.type != "expression_statement" or not statement.named_children:
        return ""
    inner = statement.named_children[0]
    left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
    is_plain = inner.type == "assignment_expression" and left is not None
    return text_of(left) if is_plain and right is not None and right.type in CLOSURES else ""


def _scope_of(node: Node) -> Node:
    while node.parent is not None and node.type not in OWN_SCOPE:
        node = node.parent
    return node


def _is_taken_along(scope: Node, name: str) -> bool:
    if scope.type not in ANONYMOUS:
        return False
    clauses = [
        each for each in scope.named_children if each.type == "anonymous_function_use_clause"
    ]
    return any(text_of(each) == name for clause in clauses for each in walk(clause))
