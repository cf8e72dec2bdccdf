"""Think: what must be known of a PHP file as a whole before its single lines can be judged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from siappakai.themes.php_closures import (
    Settings,
    has_open_names,
    is_its_own_name,
    read_settings,
    touched_names,
)
from siappakai.themes.php_rules import ASKING_FUNCTIONS, VISITOR
from siappakai.themes.php_tree import (
    CLOSURES,
    NAMES,
    arguments_of,
    is_name,
    parse_php,
    plain_text,
    text_of,
    walk,
)
from siappakai.themes.words import words

ROUNDS = 3
HARMLESS_CASTS = {"int", "integer", "float", "double", "bool", "boolean"}
HARMLESS_WRAPPERS = {
    "intval",
    "floatval",
    "count",
    "isset",
    "empty",
    "is_numeric",
    "strlen",
    "in_array",
}
HARMLESS_SERVER = words(
    "DOCUMENT_ROOT SERVER_NAME HTTPS SERVER_PORT REQUEST_METHOD REMOTE_ADDR REQUEST_TIME"
)

FILLED_ELSEWHERE = words(
    "simple_parameter variadic_parameter property_promotion_parameter global_declaration"
    " static_variable_declaration function_static_declaration catch_clause by_ref"
)
CLASS_NODES = words("class_declaration interface_declaration trait_declaration enum_declaration")
HOLDING = words(
    "parenthesized_expression array_creation_expression array_element_initializer by_ref"
    " clone_expression conditional_expression assignment_expression cast_expression"
    " error_suppression_expression"
)
PLAIN_INNER = frozenset({"variable_name", "name"})
TEXT_NODES = frozenset({"string", "encapsed_string", "heredoc", "nowdoc"})
ODD_SQL = re.compile(
    r"\b(?:union|outfile|dumpfile|load_file|information_schema|insert\s+into|replace\s+into"
    r"|update\s+\w+\s+set|delete\s+from|drop\s+table|truncate|alter\s+table|password|app_key|sleep"
    r"|benchmark)\b",
    re.I,
)


NOWHERE = Settings({}, {})


@dataclass(frozen=True, slots=True)
class PhpFacts:
    """`closures` only ever hold functions written out; `assigned` are all other variables.

    `settled`, in a blade file, tells the lines on which its closures are sure to be set. `own` are
    names the theme defines; `values` what is put into a variable, except by `given` names.
    `is_piece`: an expression cut out of such a file; `is_torn`: and PHP could not read it.
    `visitors` may hold what a visitor sent. `has_odd_sql`: some text of the file would do more to
    a database than a plain reading. `aliases` are short names of a `use`, in lower case.
    """

    path: str
    files: frozenset[str]
    closures: frozenset[str] = frozenset()
    settings: Settings = NOWHERE
    has_odd_sql: bool = False
    assigned: frozenset[str] = frozenset()
    visitors: frozenset[str] = frozenset()
    application: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    has_open_names: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    settled: Mapping[str, tuple[range, ...]] | None = None
    is_piece: bool = False
    is_torn: bool = False
    values: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)

    def real_name(self, name: str) -> str:
        return self.aliases.get(name.casefold().lstrip("\\"), name)

    def is_closure(self, variable: Node) -> bool:
        """Whether nothing but a function written out can be in it where it stands."""
        name = text_of(variable)
        line = variable.start_point[0]
        if self.settled is not None and not any(line in one for one in self.settled.get(name, ())):
            return False
        if name in self.closures and self.settings.is_set_before(variable):
            return True
        return self.is_piece and name not in self.assigned | self.closures


def read_facts(
    root: Node, path: str, files: frozenset[str], own: frozenset[str] = frozenset()
) -> PhpFacts:
    """The facts of one parsed file of a theme made of `files` that defines the names `own`."""
    nodes = list(walk(root))
    pairs = list(_assignments(nodes))
    given = _given_names(nodes)
    written = {name for name, value in pairs if value.type in CLOSURES}
    other = {name for name, value in pairs if value.type not in CLOSURES} | given
    is_open = has_open_names(nodes)
    facts = PhpFacts(
        path,
        files,
        closures=frozenset() if is_open else frozenset(written - other - touched_names(nodes, own)),
        settings=read_settings(nodes),
        assigned=frozenset(other),
        has_odd_sql=any(
            each.type in TEXT_NODES and ODD_SQL.search(text_of(each)) for each in nodes
        ),
        own=own,
        given=frozenset(given),
        has_open_names=is_open,
        aliases=_aliases(nodes),
        namespaces=_namespaces(nodes),
        values=_by_name(pairs),
    )
    for _ in range(ROUNDS):
        names = frozenset(name for name, value in pairs if comes_from_visitor(value, facts))
        doors = frozenset(name for name, value in pairs if is_application(value, facts))
        facts = replace(facts, visitors=names, application=doors)
    return facts


def is_application(node: Node, facts: PhpFacts) -> bool:
    """The controller that shows the page, or something that holds it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if _is_controller(each, facts):
            return True
        if each.type in HOLDING:
            waiting.extend(each.named_children)
    return False


def _is_controller(node: Node, facts: PhpFacts) -> bool:
    text = text_of(node)
    if node.type == "function_call_expression":
        name = text_of(node.child_by_field_name("function"))
        return name.casefold().lstrip("\\") in {"get_instance", "ci"}
    if node.type != "variable_name":
        return False
    if text == "$this":
        return not _is_in_class(node)
    is_usual = text.casefold() in {"$ci", "$_this"} and text not in facts.values
    return is_usual or text in facts.application


def _is_in_class(node: Node) -> bool:
    while node.parent is not None:
        node = node.parent
        if node.type in {"declaration_list", "enum_declaration_list"}:
            return True
    return False


def _by_name(pairs: list[tuple[str, Node]]) -> dict[str, tuple[Node, ...]]:
    found: dict[str, list[Node]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value)
    return {name: tuple(values) for name, values in found.items()}


def _namespaces(nodes: list[Node]) -> frozenset[str]:
    return frozenset(
        text_of(each.child_by_field_name("name")).casefold()
        for each in nodes
        if each.type == "namespace_definition"
    )


def functions_in(content: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """(functions called, names defined) in a PHP file, in lower case.

    Names of functions and constants stand as they are, classes with their namespace, methods
    behind `->`.
    """
    called, defined = set(), set()
    nodes = list(walk(parse_php(content)))
    spaces = _namespaces(nodes) or {""}
    for node in nodes:
        name = text_of(node.child_by_field_name("name")).casefold()
        if node.type == "function_definition":
            defined.add(name)
        elif node.type == "method_declaration":
            defined.add(f"->{name}")
        elif node.type in CLASS_NODES:
            defined |= {f"{space}\\{name}".lstrip("\\") for space in spaces}
        elif node.type == "function_call_expression":
            callee = node.child_by_field_name("function")
            if is_name(callee):
                called.add(text_of(callee).casefold().lstrip("\\"))
                defined |= _constant(callee, node)
    return frozenset(called), frozenset(defined)


def _constant(callee: Node, call: Node) -> set[str]:
    if text_of(callee).casefold() != "define":
        return set()
    name = next((plain_text(each) for each in arguments_of(call)), None)
    return {name.casefold()} if name else set()


def comes_from_visitor(node: Node, facts: PhpFacts) -> bool:
    """Whether a value may be what a visitor typed; numbers made of it are not."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if _makes_harmless(each):
            continue
        if each.type == "variable_name" and _is_visitor(each, facts):
            return True
        if each.type == "member_access_expression" and text_of(each).endswith("->input"):
            return True
        if each.type == "function_call_expression" and _asks(each):
            return True
        if each.type == "dynamic_variable_name" and each.named_children[0].type not in PLAIN_INNER:
            return True  # `${'_' . 'GET'}`
        waiting.extend(each.children)
    return False


def _asks(call: Node) -> bool:
    return text_of(call.child_by_field_name("function")).casefold() in ASKING_FUNCTIONS


def _makes_harmless(node: Node) -> bool:
    if node.type in CLOSURES:
        return True
    if node.type == "cast_expression":
        return text_of(node.child_by_field_name("type")).casefold() in HARMLESS_CASTS
    if node.type == "function_call_expression":
        return text_of(node.child_by_field_name("function")).casefold() in HARMLESS_WRAPPERS
    return False


def _is_visitor(node: Node, facts: PhpFacts) -> bool:
    name = text_of(node).casefold()
    if name == "$_server":
        above = node.parent
        key = above.named_children[-1] if above is not None and above.named_children else node
        return plain_text(key) not in HARMLESS_SERVER
    return name in VISITOR or name == "$globals" or text_of(node) in facts.visitors


def _assignments(nodes: list[Node]) -> Iterator[tuple[str, Node]]:
    for node in nodes:
        if node.type in {
            "assignment_expression",
            "augmented_assignment_expression",
            "reference_assignment_expression",
        }:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                yield from ((text_of(each), right) for each in _targets(left))
        elif node.type == "foreach_statement":
            yield from _loop(node)


def _given_names(nodes: list[Node]) -> set[str]:
    """Variables that somebody else fills: parameters, globals, what is caught.

    A closure that takes itself along by reference (`use (&$list)`) is filled by nobody else.
    """
    return {
        text_of(inner)
        for node in nodes
        if node.type in FILLED_ELSEWHERE
        for inner in node.named_children
        if inner.type == "variable_name" and not _takes_itself(node, text_of(inner))
    }


def _takes_itself(node: Node, name: str) -> bool:
    clause = node.parent
    if clause is None or clause.type != "anonymous_function_use_clause" or clause.parent is None:
        return False
    return is_its_own_name(clause.parent, name)


def _targets(left: Node) -> list[Node]:
    return [each for each in walk(left) if each.type == "variable_name"][:20]


def _loop(node: Node) -> Iterator[tuple[str, Node]]:
    given = [each for each in node.named_children if each.type != "comment"]
    if len(given) >= 2:
        yield from ((text_of(each), given[0]) for each in _targets(given[1]))


def _aliases(nodes: list[Node]) -> dict[str, str]:
    found = {}
    for node in nodes:
        if node.type == "namespace_use_clause":
            named = [each for each in node.named_children if each.type in NAMES]
            if named:
                full = text_of(named[0])
                found[text_of(named[-1]).rpartition("\\")[2].casefold()] = full
    return found
