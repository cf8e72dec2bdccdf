"""Think: which calls, classes and methods a theme may not have, or only when allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from siappakai.themes.findings import RULES, Severity
from siappakai.themes.php_classes import check_class
from siappakai.themes.php_facts import HARMLESS_WRAPPERS, PhpFacts, comes_from_visitor
from siappakai.themes.php_known import is_known_function
from siappakai.themes.php_rules import (
    CALLBACKS,
    GUARDS,
    HARMLESS,
    LOOKED_AT,
    METHODS,
    RUNNING_METHODS,
    TEXT_IS_NO_FUNCTION,
    rule_of,
)
from siappakai.themes.php_tree import (
    CALLS,
    CLOSURES,
    arguments_of,
    is_name,
    plain_text,
    text_of,
    walk,
)
from siappakai.themes.php_tree import without_brackets as bare
from siappakai.themes.php_views import check_view, is_own_picture
from siappakai.themes.words import words

Seen = tuple[str, Node, str]
SHOWN = 60
# Which of the values names the view.
VIEWS = {
    "view": 0,
    "make": 0,
    "theme_view": 0,
    "blade_include": 0,
    "blade_includeif": 0,
    "blade_includefirst": 0,
    "blade_includewhen": 1,
    "blade_includeunless": 1,
    "blade_extends": 0,
    "blade_each": 0,
    "blade_component": 0,
}
PLAIN_ANSWERS = words("integer float boolean null isset_expression")
COMPARISONS = words("== === != !== <> < > <= >= && || and or xor instanceof <=>")
SECRET = re.compile(r"key|pass|hash|salt|token|secret|host|user", re.I)
PATTERNS = frozenset({"preg_replace", "preg_filter", "preg_replace_callback_array"})
EREG = frozenset({"mb_ereg_replace", "mb_eregi_replace", "mbereg_replace", "mberegi_replace"})
HANDLERS = ("xml_set_", "libxml_set_")
FILTERS = {"filter_var": 1, "filter_input": 2, "filter_var_array": 1, "filter_input_array": 1}
PLAIN_FILTER = re.compile(r"\\?FILTER_(VALIDATE_|SANITIZE_|DEFAULT|UNSAFE_RAW|FLAG_)\w*", re.I)
MODIFIERS = re.compile(r"[)\]}>/#~!@%|+;,-]([a-zA-Z]*)\s*$")


def check_call(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """What is wrong with one call, whichever way it is written."""
    if node.type == "function_call_expression":
        yield from _function(node, facts)
    elif node.type in CALLS:
        yield from _method(node, facts)
    elif node.type == "object_creation_expression":
        if next(check_class(node, facts), None):
            yield from _refused_names(arguments_of(node), node)
    elif node.type == "shell_command_expression":
        yield "perintah-sistem", node, "tanda petik terbalik"


def _function(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    callee = node.child_by_field_name("function")
    inner = bare(callee) if callee is not None else None
    if inner is None or inner.type in CLOSURES:
        return
    name = facts.real_name(text_of(inner)) if is_name(inner) else plain_text(inner)
    if name is None:
        if not (inner.type == "variable_name" and facts.is_closure(inner)):
            yield "panggilan-dinamis", node, short(inner)
        return
    yield from _named(name, node, facts)


def _named(name: str, node: Node, facts: PhpFacts) -> Iterator[Seen]:
    plain, given = name.rpartition("\\")[2].casefold(), arguments_of(node)
    code = rule_of(plain)
    if plain == "ini_set" and given and (plain_text(given[0]) or "") in GUARDS:
        code = "ubah-server"
    if code:
        yield _graver(code, given, facts), node, f"{plain}()"
    elif not (plain in HARMLESS or facts.is_torn or is_known_function(plain, facts.own)):
        yield "fungsi-tak-dikenal", node, f"{plain}()"
    elif plain == "config_item" and any(_is_secret(each) for each in given):
        yield "bagian-aplikasi", node, short(node)
    elif plain == "to_base64" and not all(is_own_picture(each, facts) for each in given):
        yield "baca-berkas", node, short(node)
    if plain in PATTERNS | EREG and _runs_code(plain, given):
        yield "kode-dari-teks", node, f"{plain}() dengan pengubah e"
    if plain in VIEWS:
        yield from check_view(node, facts, VIEWS[plain])
    if plain.startswith(HANDLERS) or plain == "preg_replace_callback_array":
        yield from _handlers(given, node)
    if _filters_by_a_function(plain, given):
        yield "panggilan-dinamis", node, short(node)
    if plain in CALLBACKS:
        yield from _callbacks(plain, given, node, facts)


def _is_secret(value: Node) -> bool:
    key = plain_text(value)
    return key is None or SECRET.search(key) is not None


def _callbacks(name: str, given: list[Node], node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """Where it takes a function, and wherever else the name of a refused one stands."""
    yield from _refused_names(given, node)
    if any(each.type == "variadic_unpacking" for each in given):
        yield "panggilan-dinamis", node, short(node)
    for place in CALLBACKS[name]:
        if given and -len(given) <= place < len(given):
            yield from _callback(given[place], node, facts)


def _filters_by_a_function(name: str, given: list[Node]) -> bool:
    """FILTER_CALLBACK runs what its options name; only the plain filters are known not to."""
    place = FILTERS.get(name, len(given))
    return len(given) > place and not PLAIN_FILTER.fullmatch(text_of(given[place]))


def _handlers(given: list[Node], node: Node) -> Iterator[Seen]:
    """Functions by name somewhere among the values, also inside a list."""
    for value in given:
        texts = [each for each in walk(value) if each.type in {"string", "encapsed_string"}]
        yield from _refused_names(texts, node)
    if given and given[0].type != "array_creation_expression" and len(given) < 2:
        yield "panggilan-dinamis", node, short(node)
    elif any(each.type == "variable_name" for one in given for each in walk(one)):
        yield "fungsi-titipan", node, short(node)


def _refused_names(given: list[Node], node: Node) -> Iterator[Seen]:
    for value in given:
        name = plain_text(value)
        code = rule_of(name.rpartition("::")[2]) if name else ""
        if code and RULES[code].severity == Severity.REFUSED:
            yield code, node, f"{name}()"


def _graver(code: str, given: list[Node], facts: PhpFacts) -> str:
    """What asks for a permission is refused once a visitor decides what it works on."""
    asks = RULES[code].severity == Severity.EXCEPTION and code != "jawaban-http"
    if asks and any(comes_from_visitor(each, facts) for each in given):
        return "dari-pengunjung"
    return code


def _runs_code(name: str, given: list[Node]) -> bool:
    """The modifier e made PHP run the replacement, up to PHP 7."""
    if name in EREG:
        return len(given) > 3 and "e" in (plain_text(given[3]) or "e")
    first = bare(given[0]) if given else None
    if first is None:
        return False
    texts = [first] if first.type != "array_creation_expression" else _elements(first)
    return any(_has_modifier_e(plain_text(each)) for each in texts)


def _elements(array: Node) -> list[Node]:
    return [each.named_children[0] for each in array.named_children if each.named_children]


def _has_modifier_e(pattern: str | None) -> bool:
    found = MODIFIERS.search(pattern) if pattern else None
    return found is not None and "e" in found[1]


def _callback(value: Node, call: Node, facts: PhpFacts) -> Iterator[Seen]:
    value = bare(value)
    if _is_written_out(value, facts):
        return
    name = plain_text(value)
    if name is not None:
        yield from _named_callback(name, call, facts)
    elif value.type == "array_creation_expression":
        yield from _pair(value, call)
    else:
        yield "panggilan-dinamis", call, short(value)


def _is_written_out(value: Node, facts: PhpFacts) -> bool:
    """A function that stands there itself; `strlen(...)` is one too, and judged as a call."""
    if value.type in CLOSURES or text_of(value).casefold() == "null":
        return True
    if value.type == "variable_name":
        return facts.is_closure(value)
    return value.type in CALLS and any(each.type == "variadic_placeholder" for each in walk(value))


def _pair(value: Node, call: Node) -> Iterator[Seen]:
    """`[$this, 'method']`: only a method with a fixed name can be judged."""
    elements = _elements(value)
    method = plain_text(elements[-1]) if len(elements) == 2 else None
    if method is None:
        yield "panggilan-dinamis", call, short(value)
    else:
        yield rule_of(method, METHODS) or "fungsi-titipan", call, short(value)


def _method(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    called = node.child_by_field_name("name")
    scope = node.child_by_field_name("scope")
    if called is None or called.type != "name":
        yield "panggilan-dinamis", node, short(node)
        return
    name, given = text_of(called).casefold(), arguments_of(node)
    if name in VIEWS and (name != "make" or _makes_view(node)):
        yield from check_view(node, facts)
        return
    if name == "make" and scope is None and given:
        yield "bagian-aplikasi", node, "->make()"
    code = rule_of(name, METHODS)
    if name == "query" and _only_reads(given, facts):
        yield "basis-data-baca", node, short(given[0])
    elif code:
        yield _graver(code, given, facts), node, f"->{name}()"
    if name == "item" and given and any(_is_secret(each) for each in given[:1]):
        yield "bagian-aplikasi", node, short(node)
    if name in RUNNING_METHODS:
        yield from _running(name, given, node, facts)


def _makes_view(call: Node) -> bool:
    """`view()->make('a')` and `View::make('a')`; any other `make` builds a part of Laravel."""
    holder = call.child_by_field_name("object") or call.child_by_field_name("scope")
    return text_of(holder).rpartition("\\")[2].casefold() in {"view()", "view"}


def _only_reads(given: list[Node], facts: PhpFacts) -> bool:
    """A question written out, into which nothing comes that a visitor sent."""
    if not given or facts.has_odd_sql or comes_from_visitor(given[0], facts):
        return False
    texts = [each for each in walk(given[0]) if each.type == "string_content"]
    return bool(texts) and re.match(r"\s*select\s", text_of(texts[0]), re.I) is not None


def is_reading_query(node: Node, facts: PhpFacts) -> bool:
    return text_of(node.child_by_field_name("name")).casefold() == "query" and _only_reads(
        arguments_of(node), facts
    )


def _running(method: str, given: list[Node], node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """A text handed to such a method is the name of what it runs."""
    yield from _refused_names(given, node)
    for value in map(bare, given[1:] if method in LOOKED_AT else given):
        if _is_written_out(value, facts) or _is_plain_answer(value):
            continue
        name = plain_text(value)
        if name is not None:
            if method not in TEXT_IS_NO_FUNCTION:
                yield from _named_callback(name, node, facts)
        elif comes_from_visitor(value, facts):
            yield "panggilan-dinamis", node, short(value)
        else:
            yield "fungsi-titipan", node, short(node)


def _is_plain_answer(value: Node) -> bool:
    """A number, yes or no, or what compares two things."""
    if value.type in PLAIN_ANSWERS:
        return True
    if value.type == "binary_expression":
        return text_of(value.child_by_field_name("operator")) in COMPARISONS
    name = text_of(value.child_by_field_name("function")).casefold()
    return value.type == "function_call_expression" and name in HARMLESS_WRAPPERS


def _named_callback(name: str, node: Node, facts: PhpFacts) -> Iterator[Seen]:
    code = rule_of(name.rpartition("::")[2])
    if code:
        yield code, node, f"{name}()"
    elif "::" in name:
        yield "fungsi-titipan", node, f"{name}()"
    elif name and not facts.is_torn and not is_known_function(name, facts.own):
        yield "fungsi-tak-dikenal", node, f"{name}()"


def short(node: Node) -> str:
    shown = " ".join(text_of(node).split())
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"
