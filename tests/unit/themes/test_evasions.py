"""What was once a way round the check is found, and honest themes are none the worse for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from siappakai.themes.blade_blocks import sure_until
from siappakai.themes.check import check_theme
from siappakai.themes.findings import RULES, Finding, Severity
from siappakai.themes.own import FOLDER
from siappakai.themes.php_check import check_php
from siappakai.themes.php_facts import functions_in
from tests.unit.themes.evasions import BLADE, HONEST, HONEST_BLADE, PHP
from tests.unit.themes.packages import honest, write_folder

SAMPLES = Path(__file__).resolve().parents[2] / "samples/opensid"


def barring(source: str, path: str = "layouts/palanta.php") -> list[Finding]:
    content = source.encode()
    found = check_php(path, content, frozenset({path}), functions_in(content)[1])
    return [each for each in found if each.severity != Severity.NOTE]


@pytest.mark.parametrize(("code", "source"), [row[1:] for row in PHP], ids=[r[0] for r in PHP])
def test_a_way_round_the_check_is_found(code: str, source: str) -> None:
    assert code in {each.code for each in barring(source)}


@pytest.mark.parametrize(("code", "source"), [row[1:] for row in BLADE], ids=[r[0] for r in BLADE])
def test_a_way_round_it_in_blade_is_found(code: str, source: str) -> None:
    assert code in {each.code for each in barring(source, "resources/views/a.blade.php")}


@pytest.mark.parametrize("source", HONEST)
def test_honest_php_of_the_same_kind_needs_nobodys_permission(source: str) -> None:
    assert not barring(source), [each.sentence for each in barring(source)]


@pytest.mark.parametrize("source", HONEST_BLADE)
def test_honest_blade_of_the_same_kind_needs_nobodys_permission(source: str) -> None:
    found = barring(source, "a.blade.php")
    assert not found, [each.sentence for each in found]


def test_lines_stay_where_they_are_behind_a_bare_tag() -> None:
    (one,) = [
        each
        for each in barring("<? /* ?>\n<?php\nsystem('id'); /* */ ?>")
        if each.code == "perintah-sistem"
    ]
    assert one.line == 3


def test_what_one_file_defines_another_may_use(tmp_path: Path) -> None:
    files = honest(
        **{
            "commons/fungsi.php": b"<?php function galesong() {} class Bontokanang {}",
            "layouts/a.php": b"<?php galesong(); new Bontokanang(); $a = 'galesong'; ?>",
        }
    )
    report = check_theme(write_folder(tmp_path, files))
    assert not [each for each in report.findings if each.severity != Severity.NOTE]


@pytest.mark.parametrize("name", ["User_model", "Web_Controller", "MY_Loader"])
def test_a_class_of_the_applications_name_is_never_the_themes_own(name: str) -> None:
    source = f"<?php class {name} {{}} (new {name}())->hapus();"
    assert "bagian-aplikasi" in {each.code for each in barring(source)}


def test_an_unknown_function_is_told_once_a_file(tmp_path: Path) -> None:
    files = honest(**{"a.php": b"<?php kirim(1);\nkirim(2);\nterima(3);"})
    report = check_theme(write_folder(tmp_path, files))
    told = [each for each in report.findings if each.code == "fungsi-tak-dikenal"]
    assert [(each.line, each.detail) for each in told] == [(1, "kirim(), 2 kali"), (3, "terima()")]
    assert RULES["fungsi-tak-dikenal"].severity == Severity.EXCEPTION


@pytest.mark.parametrize("name", ["a.js", "a.css", "a.scss", "a.json"])
def test_a_short_echo_tag_in_a_script_or_a_style_bars(tmp_path: Path, name: str) -> None:
    files = honest(**{f"assets/{name}": b"x = '<?=system($_GET[1])?>'"})
    report = check_theme(write_folder(tmp_path, files))
    assert {
        (each.path, each.code) for each in report.findings if each.severity != Severity.NOTE
    } & {
        (f"assets/{name}", "php-dalam-skrip"),
        (f"assets/{name}", "php-tersamar"),
    }


def test_a_line_is_sure_only_within_its_block() -> None:
    text = "a\n@if(1)\nb\n@foreach($a as $b)\nc\n@endforeach\nd\n@else\ne\n@endif\nf"
    assert sure_until(text) == {0: 11, 2: 7, 4: 5, 6: 7, 8: 9, 10: 11}
    assert sure_until("a\n@endif\nb") == {}


@pytest.mark.parametrize(
    "folder", sorted(SAMPLES.glob("*/vendor/themes/*")), ids=lambda each: each.parts[-4]
)
def test_the_releases_own_theme_needs_nobodys_permission(folder: Path) -> None:
    assert not [each for each in check_theme(folder).findings if each.severity != Severity.NOTE]


def test_nusantara_asks_only_to_read_its_brand_file() -> None:
    found = [each for each in check_theme(FOLDER).findings if each.severity != Severity.NOTE]
    assert [(each.code, each.path) for each in found] == [("baca-berkas", "commons/fungsi.php")]
