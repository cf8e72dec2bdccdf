"""Think: which file a shown view leads to, and whether a theme may show it.

OpenSID's own data says where the theme lies and which page is asked for; whatever else chooses a
view, an admin must judge. CodeIgniter runs a view under any ending, so a picture would run too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from siappakai.themes.names import STATIC
from siappakai.themes.php_facts import PhpFacts, comes_from_visitor, is_application
from siappakai.themes.php_tree import CALLS, CLOSURES, arguments_of, plain_text, text_of
from siappakai.themes.php_tree import without_brackets as bare
from siappakai.themes.words import words

Seen = tuple[str, Node, str]
SHOWN = 80
DEEPEST = 40
ROUNDS = 3
PICTURES = ("LOKASI_", "GAMBAR_")
OUT, FOREIGN, OPEN = "sertakan-luar", "sertakan-asing", "sertakan-dinamis"
# What OpenSID tells every page about its views.
VIEW_DATA = words("$folder_themes $halaman_statis $halaman_peta $w_cos $widget")
OF_THEME = words("theme theme_folder folder tema")
UPWARDS = re.compile(r"(?:\.\./)+")
TEXTS = words("string encapsed_string heredoc nowdoc")
FIXED = words("integer float boolean null isset_expression unary_op_expression")
# Functions that only change or choose → how many of their values come out again.
PASSING = dict.fromkeys(words("array_values array_filter array_slice"), 1) | dict.fromkeys(
    words("str_replace preg_replace trim rtrim ltrim strtolower strval fallback_default"), 4
)


def check_view(call: Node, facts: PhpFacts, place: int = 0) -> Iterator[Seen]:
    """What is wrong with `$this->load->view(…)`, `view(…)` and blade's include."""
    given = arguments_of(call)
    for value in given if _has_names(call) else given[place : place + 1]:
        code = _judge(bare(value), call, facts)
        if code:
            yield code, call, _short(value)


def check_view_data(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """What OpenSID tells about its views may be replaced only by something as good."""
    if node.type == "program":
        names = VIEW_DATA - {"$widget"}  # runs through a list, which is judged where it is used
        given = [value for name in names for value in facts.values.get(name, ())]
    else:
        given = [node.named_children[-1]] if _names_view_data(node) else []
    for value in given:
        code = _trust(value, facts)
        if code:
            yield code, value, _short(value)


def is_own_picture(value: Node, facts: PhpFacts, depth: int = 0) -> bool:
    """A file in one of OpenSID's own places for pictures: `LOKASI_PENGADUAN . $one['foto']`."""
    first, *rest = _pieces(bare(value))
    if any(isinstance(each, str) and ".." in each for each in rest) or isinstance(first, str):
        return False
    if first.type == "variable_name" and not rest and depth < ROUNDS:
        put = () if text_of(first) in facts.given else facts.values.get(text_of(first), ())
        return bool(put) and all(is_own_picture(each, facts, depth + 1) for each in put)
    return first.type == "name" and text_of(first).startswith(PICTURES)


def _names_view_data(node: Node) -> bool:
    """`'w_cos' => …` and `$data['w_cos'] = …`."""
    if node.type == "assignment_expression":
        left = node.child_by_field_name("left")
        key = left.named_children[-1] if left is not None and left.named_children else None
        is_key = left is not None and left.type == "subscript_expression"
    else:
        is_key = node.type == "array_element_initializer" and len(node.named_children) > 1
        key = node.named_children[0] if is_key else None
    return is_key and key is not None and f"${plain_text(key)}" in VIEW_DATA


def _has_names(call: Node) -> bool:
    given = call.child_by_field_name("arguments")
    children = given.named_children if given is not None else []
    return any(each.child_by_field_name("name") is not None for each in children)


def _judge(value: Node, call: Node, facts: PhpFacts) -> str:
    if comes_from_visitor(value, facts):
        return FOREIGN
    text = plain_text(value)
    tail = text if text is not None else _tail(value)
    # in a function's, and blade's, a dot is a slash unless there are slashes too
    is_path = call.type != "function_call_expression" or "/" in tail
    if is_path and _is_static(tail):
        return FOREIGN
    if text is not None:
        return OUT if _leads_out(text) else ""
    code = _trust(value, facts)
    # Blade puts its own ending behind every name, so a changing one leads to no picture.
    return "" if code == OPEN and _is_blades(call) else code


def _is_blades(call: Node) -> bool:
    return call.type == "function_call_expression" and _called(call) != "theme_view"


def _is_static(text: str) -> bool:
    return "." in text and text.rpartition(".")[2].casefold() in STATIC


def _leads_out(text: str) -> bool:
    return text.startswith(("/", "..")) or "/../" in text


def _tail(value: Node) -> str:
    """The constant end of a text that begins with something else."""
    last = value
    while last.type == "binary_expression":
        right = last.child_by_field_name("right")
        if right is None:
            return ""
        last = bare(right)
    if last.type == "encapsed_string":
        ends = [each for each in last.children if each.type == "string_content"]
        closing = last.children[-2] if len(last.children) > 2 else None
        return text_of(ends[-1]) if ends and closing == ends[-1] else ""
    return plain_text(last) or ""


def _trust(value: Node, facts: PhpFacts, seen: set[str] | None = None, depth: int = 0) -> str:
    """Empty when all of a value comes from OpenSID's data or harmless texts; else the code.

    `seen` are variables already followed: the first one that is not trusted ends it all.
    """
    seen = set() if seen is None else seen
    pieces = _pieces(bare(value))
    if depth > DEEPEST:
        return OPEN
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            code = _judge_text(piece, pieces, place)
        else:
            code = _trust_one(piece, facts, seen, depth + 1)
        if code:
            return code
    return ""


def _pieces(value: Node) -> list[str | Node]:
    """A text's constant parts and what stands between them, from left to right."""
    waiting, found = [value], list[str | Node]()
    while waiting:
        each = bare(waiting.pop())
        if each.type == "binary_expression" and _operator(each) == ".":
            waiting += [each.named_children[0], each.named_children[-1]]
        elif each.type in TEXTS and plain_text(each) is None:
            inner = [one for one in each.named_children if one.type != "heredoc_body"]
            bodies = [one for one in each.named_children if one.type == "heredoc_body"]
            waiting += inner + [one for body in bodies for one in body.named_children]
        elif each.type in {"string_content", "escape_sequence", "nowdoc_string"}:
            found.append(text_of(each))
        elif each.type not in {"heredoc_start", "heredoc_end", "comment"}:
            text = plain_text(each) if each.type in TEXTS else None
            found.append(each if text is None else text)
    return found[::-1]


def _operator(node: Node) -> str:
    return text_of(node.child_by_field_name("operator"))


def _judge_text(text: str, pieces: list[str | Node], place: int) -> str:
    """`../../` may stand in front of a place that OpenSID names, never of a fixed one."""
    if "/" in text and _is_static(text):
        return FOREIGN
    if ".." in text:
        is_idiom = place == 0 and UPWARDS.fullmatch(text) and len(pieces) > 1
        return "" if is_idiom and not isinstance(pieces[1], str) else OUT
    return FOREIGN if place == len(pieces) - 1 and text[:1] == "." and _is_static(text) else ""


def _trust_one(node: Node, facts: PhpFacts, seen: set[str], depth: int) -> str:
    if node.type in FIXED or node.type in CLOSURES:
        return ""
    if node.type == "variable_name":
        return _trust_variable(text_of(node), facts, seen, depth)
    if node.type == "member_access_expression":
        return "" if _is_of_theme(node, facts) else OPEN
    if node.type == "name":
        return "" if text_of(node).casefold() in {"true", "false", "null"} else OPEN
    for inner in _values_in(node):
        code = _trust(inner, facts, seen, depth)
        if code:
            return code
    return "" if _values_in(node) or node.type == "array_creation_expression" else OPEN


def _values_in(node: Node) -> list[Node]:
    """What a value may become, without the questions asked on the way."""
    if node.type in CALLS:
        return arguments_of(node)[: PASSING.get(_called(node), 0)]
    if node.type == "conditional_expression":
        yes = node.child_by_field_name("body") or node.child_by_field_name("condition")
        no = node.child_by_field_name("alternative")
        return [each for each in (yes, no) if each is not None]
    if node.type == "binary_expression" and _operator(node) in {"??", "?:"}:
        return [node.named_children[0], node.named_children[-1]]
    if node.type == "array_creation_expression":
        return [each for each in node.named_children if each.type != "comment"]
    if node.type in {"cast_expression", "assignment_expression", "array_element_initializer"}:
        return node.named_children[-1:]
    return node.named_children[:1] if node.type == "subscript_expression" else []


def _trust_variable(name: str, facts: PhpFacts, seen: set[str], depth: int) -> str:
    if facts.has_open_names or name in facts.given:
        return OPEN
    if name not in facts.values:
        return "" if name in VIEW_DATA else OPEN
    if name in seen:
        return ""
    seen.add(name)
    codes = (_trust(each, facts, seen, depth) for each in facts.values[name])
    return next((code for code in codes if code), "")


def _is_of_theme(node: Node, facts: PhpFacts) -> bool:
    holder, name = node.child_by_field_name("object"), node.child_by_field_name("name")
    if holder is None or text_of(name) not in OF_THEME:
        return False
    return text_of(holder).casefold() == "theme()" or is_application(holder, facts)


def _called(call: Node) -> str:
    name = call.child_by_field_name("function") or call.child_by_field_name("name")
    return text_of(name).casefold().lstrip("\\")


def _short(node: Node) -> str:
    shown = " ".join(text_of(node).split())
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"
