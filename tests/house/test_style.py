"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "siappakai"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
EMPTY_NAMES = {"utils", "helpers", "manager", "managers", "common", "data", "info", "misc"}
THINKING_MAY_NOT_IMPORT = (
    "flask",
    "sqlalchemy",
    "docker",
    "httpx",
    "requests",
    "pymysql",
    "redis",
    "rq",
    "subprocess",
    "socket",
    "datetime",
    "random",
    "ansible_runner",
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_the_house_has_sources() -> None:
    assert len(SOURCES) > 40


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_has_at_most_400_lines_and_says_what_it_is(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert ast.get_docstring(MODULES[path]), "the first line says what the file is for"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_function_is_longer_than_forty_lines(path: Path) -> None:
    too_long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1})"
        for node in functions(MODULES[path])
        if node.end_lineno and node.end_lineno - node.lineno + 1 > 45
    ]
    assert not too_long


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_public_function_has_types(path: Path) -> None:
    bare = []
    for node in functions(MODULES[path]):
        if node.name.startswith("_"):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        untyped = [
            each.arg
            for each in arguments
            if each.annotation is None and each.arg not in ("self", "cls")
        ]
        if untyped or node.returns is None:
            bare.append(f"{node.name}: {untyped or 'return'}")
    assert not bare


def test_no_room_has_an_empty_name() -> None:
    own = [path for path in PACKAGE.rglob("*") if "vendor" not in path.parts]
    assert [name_of(path) for path in own if path.stem in EMPTY_NAMES] == []


OUTSIDE_THE_WEB = [
    path
    for path in SOURCES
    if not path.is_relative_to(PACKAGE / "web") and path != PACKAGE / "__init__.py"
]


@pytest.mark.parametrize("path", OUTSIDE_THE_WEB, ids=name_of)
def test_nobody_imports_the_web(path: Path) -> None:
    assert not [name for name in imported(MODULES[path]) if name.startswith("siappakai.web")]


@pytest.mark.parametrize("path", sorted((PACKAGE / "models").glob("*.py")), ids=name_of)
def test_models_know_nothing_above_them(path: Path) -> None:
    own = [name for name in imported(MODULES[path]) if name.startswith("siappakai.")]
    allowed = ("siappakai.models", "siappakai.errors", "siappakai.secret")
    assert [name for name in own if not name.startswith(allowed)] == []


PROVISION = sorted((PACKAGE / "provision").glob("[!_]*.py"))


@pytest.mark.parametrize("path", PROVISION, ids=name_of)
def test_a_provision_file_says_whether_it_thinks_or_touches(path: Path) -> None:
    words = ast.get_docstring(MODULES[path]) or ""
    assert words.startswith(("Think: ", "Touch: "))
    if words.startswith("Think: "):
        wrong = [
            name
            for name in imported(MODULES[path])
            if name.split(".")[0] in THINKING_MAY_NOT_IMPORT
        ]
        assert not wrong, "a thinking file touches nothing"


LAST_RESORT = PACKAGE / "last_resort.py"  # the one catch-all: the ticker goes on, and it is logged


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_shell_and_no_catch_all(path: Path) -> None:
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert isinstance(node.value, ast.Constant) and node.value.value is False
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.id if isinstance(node.type, ast.Name) else ""
            is_allowed = caught != "Exception" or path == LAST_RESORT
            assert node.type is not None and is_allowed, f"line {node.lineno}"
            if caught == "BaseException":
                assert any(isinstance(each, ast.Raise) for each in ast.walk(node))


def test_migrations_are_numbered_words_in_one_line() -> None:
    names = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert names
    for index, name in enumerate(names, start=1):
        assert re.fullmatch(rf"{index:04d}_[a-z0-9_]+\.py", name)


def test_every_folder_of_the_package_stands_on_the_map() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    rooms = {path.parent for path in SOURCES}
    missing = [name_of(room) for room in rooms if f"`{name_of(room)}/`" not in text]
    assert not missing


def test_every_decision_is_one_page_with_its_four_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
        for part in ("Context", "Choice", "Refused", "Consequence"):
            assert f"## {part}" in text, f"{page.name} lacks {part}"


def test_pinned_requirements_name_no_registry() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "index-url" not in text and "find-links" not in text


def test_every_recipe_has_its_image_and_its_templates() -> None:
    from siappakai.products import RECIPES

    for product in RECIPES:
        for needed in (
            ROOT / "images" / product / "Dockerfile",
            ROOT / "images" / product / "README.md",
            PACKAGE / "templates" / "instance" / product,
        ):
            assert needed.exists(), f"{product} lacks {name_of(needed)}"
