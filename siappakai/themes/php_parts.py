"""Think: doors from a theme into the application: `$this->db`, `get_instance()->agent`."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from siappakai.themes.php_calls import is_reading_query, short
from siappakai.themes.php_facts import PhpFacts, is_application
from siappakai.themes.php_known import ASKED, MODEL_METHODS, PARTS
from siappakai.themes.php_rules import METHODS, rule_of
from siappakai.themes.php_tree import CALLS, plain_text, text_of
from siappakai.themes.words import words

Seen = tuple[str, Node, str]
ACCESS = words("member_access_expression nullsafe_member_access_expression")
DOORS = {
    "db": "basis-data",
    "agent": "tampilan-berbeda",
    "user_agent": "tampilan-berbeda",
    "encryption": "bagian-aplikasi",
    "upload": "unggah-berkas",
    "ftp": "akses-internet",
    "zip": "baca-berkas",
}
ALWAYS = frozenset({"db", "encryption"})  # the others are names of columns too
# Where the application itself may stand without being handed on.
PLACES = words(
    "assignment_expression reference_assignment_expression anonymous_function_use_clause by_ref"
    " global_declaration expression_statement function_call_expression isset_expression"
)
VALUES = words("variable_name function_call_expression")
FRAMEWORK_CALLS = words("view")


def check_part(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """What is wrong with reaching into the application, or handing it on."""
    if node.type in ACCESS:
        yield from _access(node, facts)
    elif node.type in CALLS and _is_of_application(node, facts):
        name = text_of(node.child_by_field_name("name")).casefold()
        if name not in FRAMEWORK_CALLS and not rule_of(name, METHODS):
            yield "bagian-aplikasi", node, short(node)
    elif node.type in CALLS and not _may_be_asked(node, facts):
        yield "bagian-aplikasi", node, short(node)
    elif node.type in VALUES and is_application(node, facts) and _is_handed_on(node):
        yield "bagian-aplikasi", node, short(node.parent or node)


def _may_be_asked(call: Node, facts: PhpFacts) -> bool:
    """`request()->is('a')` may, `kades()->all()` may not."""
    holder, method = call.child_by_field_name("object"), call.child_by_field_name("name")
    name = text_of(method).casefold()
    if holder is not None and holder.type in ACCESS:
        part = text_of(holder.child_by_field_name("name")).casefold()
        return not part.endswith("_model") or part not in PARTS or name in MODEL_METHODS
    givers = facts.values.get(text_of(holder), ()) if holder is not None else ()
    for each in (holder, *givers):
        if each is not None and each.type == "function_call_expression":
            called = text_of(each.child_by_field_name("function")).casefold().lstrip("\\")
            if name not in ASKED.get(called, (name,)):
                return False
    return True


def _access(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    above, called = node.parent, node.child_by_field_name("name")
    if above is None or called is None:
        return
    if above.type in CALLS and is_reading_query(above, facts):
        return
    is_spoken_to = above.type in CALLS and above.child_by_field_name("object") == node
    is_inside = _is_of_application(node, facts)
    name = text_of(called).casefold() if called.type == "name" else plain_text(called)
    if name is None:
        if is_spoken_to or is_inside:
            yield "bagian-aplikasi", node, short(node)
    elif name.casefold() in DOORS and (is_spoken_to or is_inside or name in ALWAYS):
        yield DOORS[name.casefold()], node, short(node)
    elif is_inside and name.casefold() not in PARTS:
        yield "bagian-aplikasi", node, short(node)


def _is_of_application(node: Node, facts: PhpFacts) -> bool:
    holder = node.child_by_field_name("object")
    return holder is not None and is_application(holder, facts)


def _is_handed_on(node: Node) -> bool:
    above = node.parent
    if above is None or above.type in PLACES:
        return False
    if above.type in ACCESS or above.type in CALLS:
        return above.child_by_field_name("object") != node
    return True
