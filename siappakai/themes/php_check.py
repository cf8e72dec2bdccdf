"""Think: what a theme's PHP does that it should not, found in the tree PHP itself would see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from tree_sitter import Node

from siappakai.themes.blade import blade_snippets, blade_to_php
from siappakai.themes.blade_blocks import sure_until
from siappakai.themes.findings import RULES, Finding, Severity
from siappakai.themes.php_calls import check_call, short
from siappakai.themes.php_classes import check_class
from siappakai.themes.php_facts import PhpFacts, comes_from_visitor, read_facts
from siappakai.themes.php_parts import check_part
from siappakai.themes.php_places import check_include
from siappakai.themes.php_rules import NEWER, STREAMS, VISITOR, rule_of
from siappakai.themes.php_tree import CALLS, parse_php, plain_text, text_of, walk
from siappakai.themes.php_views import check_view_data
from siappakai.themes.words import words

Seen = tuple[str, Node, str]
SHORT_TAG = re.compile(rb"<\?(?!php(?:[ \t\r\n]|\Z)|=)", re.I)
LONGEST_PHP = 1_000_000
LONG_TEXT = 400
SECRET_TEXT = re.compile(r"[A-Za-z0-9+/=_-]{200,}|(?:\\x[0-9a-f]{2}){20,}|(?:[0-9a-f]{2}){120,}")
TEXTS = frozenset({"string", "encapsed_string", "heredoc", "nowdoc"})
HALT = re.compile(rb"__halt_compiler", re.I)
CLOAKING = words("http_user_agent http_referer remote_addr http_x_forwarded_for http_client_ip")
SHOWING = frozenset({"echo_statement", "print_intrinsic"})
PASSING = frozenset({"trim", "stripslashes", "urldecode", "ucwords", "ucfirst", "str_replace"})


@dataclass(frozen=True, slots=True)
class Theme:
    """What is known around a piece of PHP; see PhpFacts."""

    path: str
    files: frozenset[str]
    own: frozenset[str]
    settled: Mapping[str, tuple[range, ...]] | None = None
    is_piece: bool = False
    is_comment: bool = False


def check_php(
    path: str, content: bytes, files: frozenset[str], own: frozenset[str] = frozenset()
) -> list[Finding]:
    """All findings of one PHP file of a theme made of `files` that defines the names `own`."""
    if len(content) > LONGEST_PHP:
        return [Finding("terlalu-besar", path, detail=": berkas PHP di atas 1 MB")]
    theme = Theme(path, files, own)
    if path.endswith(".blade.php"):
        found = _blade_findings(content, theme)
    else:
        found = _findings(content, theme)
    halt = HALT.search(content)
    if halt:
        line = content.count(b"\n", 0, halt.start()) + 1
        found.append(Finding("kode-dari-teks", path, line, "__halt_compiler"))
    return list(dict.fromkeys(found))


def _blade_findings(content: bytes, theme: Theme) -> list[Finding]:
    """The file as it stands, each expression alone, and all of them together."""
    text = content.decode("utf-8", "replace")
    whole = blade_to_php(text).encode()
    facts = read_facts(parse_php(as_php_reads(whole)), theme.path, theme.files, theme.own)
    until = sure_until(text)
    theme = replace(theme, settled={name: _lines(facts, name, until) for name in facts.closures})
    found = _findings(content, theme)
    for alone, is_comment in blade_snippets(text):
        piece = replace(theme, is_piece=True, is_comment=is_comment)
        found += _findings(alone.encode(), piece)
    found = [each for each in found if each.code != "tidak-terbaca"]
    return found + _findings(whole, theme)


def _lines(facts: PhpFacts, name: str, until: Mapping[int, int]) -> tuple[range, ...]:
    """On which lines a closure is there whatever blade's conditions say."""
    starts = [each.start_point[0] for each in facts.values[name] if _is_on_top(each)]
    return tuple(range(start, until[start]) for start in starts if start in until)


def _is_on_top(value: Node) -> bool:
    statement = value.parent.parent if value.parent is not None else None
    return (
        statement is not None
        and statement.type == "expression_statement"
        and statement.parent is not None
        and statement.parent.type == "program"
    )


def as_php_reads(source: bytes) -> bytes:
    """Without the tags that open PHP only where short_open_tag is on; lines stay as they are."""
    return SHORT_TAG.sub(b"  ", source)


def _findings(source: bytes, theme: Theme) -> list[Finding]:
    """What is wrong however the server's PHP takes a bare `<?`."""
    readings = dict.fromkeys((source, as_php_reads(source)))
    return [each for reading in readings for each in _read(reading, theme)]


def _read(source: bytes, theme: Theme) -> Iterator[Finding]:
    root = parse_php(source)
    facts = read_facts(root, theme.path, theme.files, theme.own)
    is_torn = theme.is_comment or (theme.is_piece and root.has_error)
    facts = replace(facts, settled=theme.settled, is_piece=theme.is_piece, is_torn=is_torn)
    for node in walk(root):
        for check in CHECKS:
            for code, where, detail in check(node, facts):
                yield Finding(code, theme.path, where.start_point[0] + 1, detail)


def _text(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    if node.type not in TEXTS:
        return
    hidden = [
        each
        for each in walk(node)
        if each.type == "escape_sequence" and re.match(r"\\[xX0-7]", text_of(each))
    ]
    if len(hidden) >= 4 and 8 * len(hidden) > len(text_of(node)):
        yield "teks-tersamar", node, f"{len(hidden)} huruf ditulis sebagai angka"
    text = plain_text(node) or ""
    if text.casefold().startswith(("php://", "phar://", "expect://", "data:text", "data://")):
        yield "sertakan-asing", node, text[:40]
    if len(text) > LONG_TEXT and not text.startswith("data:image/") and SECRET_TEXT.search(text):
        yield "teks-panjang", node, ""


def _letters(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """A name put together letter by letter."""
    if node.type != "binary_expression" or _is_chain(node.parent):
        return
    letters = sum(
        text_of(each.child_by_field_name("function")).casefold() == "chr"
        for each in walk(node)
        if each.type == "function_call_expression"
    )
    if letters >= 4:
        yield "teks-tersamar", node, f"{letters} huruf disusun dengan chr()"
    name = plain_text(node)
    code = rule_of(name) if name else ""
    if code and RULES[code].severity == Severity.REFUSED:
        yield "teks-tersamar", node, f"nama {name}() disusun dari potongan"


def _is_chain(node: Node | None) -> bool:
    return node is not None and node.type == "binary_expression"


def _variable(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    if node.type == "dynamic_variable_name":
        is_open = comes_from_visitor(node, facts)
        yield ("panggilan-dinamis" if is_open else "nama-berubah"), node, short(node)
    if node.type != "variable_name":
        return
    name = text_of(node).casefold()
    if name == "$_files":
        yield "unggah-berkas", node, "$_FILES"
    elif name == "$_session":
        yield ("bagian-aplikasi" if _is_written(node) else "sesi"), node, text_of(node)
    elif name in {"$_env", "$globals"}:
        yield "bagian-aplikasi", node, text_of(node)
    elif name == "$_server" and node.parent is not None:
        key = plain_text(node.parent.named_children[-1]) or ""
        if key.casefold() in CLOAKING:
            yield "tampilan-berbeda", node, key
    if name in VISITOR and _is_shown_raw(node):
        yield "masukan-mentah", node, short(node.parent or node)


def _is_written(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type == "subscript_expression":
        node, above = above, above.parent
    return (
        above is not None
        and above.type.endswith("assignment_expression")
        and above.child_by_field_name("left") == node
    )


def _is_shown_raw(node: Node) -> bool:
    """Nothing between the visitor's words and the page makes them harmless."""
    above = node.parent
    while above is not None:
        if above.type in SHOWING:
            return True
        if above.type in CALLS:
            called = above.child_by_field_name("function")
            if text_of(called).casefold() not in PASSING:
                return False
        if above.type in {"cast_expression", "if_statement", "isset_expression", "assignment"}:
            return False
        if above.type == "conditional_expression" and above.named_children[0] == node:
            return False
        if above.type == "expression_statement":
            before = above.prev_sibling
            return before is not None and _opens_output(before)
        node, above = above, above.parent
    return False


def _opens_output(before: Node) -> bool:
    return text_of(before).rstrip().endswith("<?=")


def _older(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    """`$data[isi]`: PHP 7 took the word for a text, PHP 8 stops there."""
    if node.type == "subscript_expression" and len(node.named_children) == 2:
        key = node.named_children[1]
        is_text = node.parent is not None and node.parent.type in TEXTS  # there it is allowed
        is_constant = text_of(key) == text_of(key).upper()
        of_server = text_of(node.named_children[0]).casefold().startswith("$_")
        if key.type == "name" and not is_text and (of_server or not is_constant):
            yield "php-lama", key, text_of(key)


def _newer(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    name = text_of(node)
    if node.type != "name" or name.casefold() not in NEWER or node.parent is None:
        return
    if node.parent.type == "function_call_expression":
        yield "rilis-lain", node, f"{name}(), {NEWER[name.casefold()]}"
    elif node.parent.type != "variable_name" and name == name.upper():
        yield "rilis-lain", node, f"{name}, {NEWER[name.casefold()]}"


def _other(node: Node, facts: PhpFacts) -> Iterator[Seen]:
    if node.type == "goto_statement":
        yield "alur-lompat", node, "goto"
    elif node.type == "ERROR" or node.is_missing:
        yield "tidak-terbaca", node, ""
        yield from _in_error(node)


def _in_error(node: Node) -> Iterator[Seen]:
    """What can't be read is searched for names that must not stand anywhere."""
    for each in walk(node):
        code = rule_of(text_of(each)) if each.type == "name" else ""
        if code and RULES[code].severity == Severity.REFUSED:
            yield code, each, f"{text_of(each)} di bagian yang tidak terurai"
        if any(text_of(each).startswith(f"'{one}") for one in STREAMS):
            yield "sertakan-asing", each, short(each)


CHECKS: tuple[Callable[[Node, PhpFacts], Iterator[Seen]], ...] = (
    check_call,
    check_class,
    check_part,
    check_include,
    check_view_data,
    _text,
    _letters,
    _variable,
    _older,
    _newer,
    _other,
)
