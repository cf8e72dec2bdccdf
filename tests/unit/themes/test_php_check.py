"""PHP that could harm is found however it is written; what themes need is not mistaken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.themes.findings import RULES, Finding, Severity
from siappakai.themes.php_check import check_php
from tests.unit.themes.shells import ASKING, SHELLS

PALANTA = "layouts/palanta.php"


def found(source: str, path: str = PALANTA) -> list[Finding]:
    return check_php(path, source.encode(), frozenset({path, "template.php"}))


def codes(source: str, path: str = PALANTA) -> set[str]:
    return {each.code for each in found(source, path)}


@pytest.mark.parametrize(
    ("code", "source"), [row[1:] for row in SHELLS], ids=[r[0] for r in SHELLS]
)
def test_a_web_shell_is_refused_with_its_reason(code: str, source: str) -> None:
    assert code in codes(source)
    assert RULES[code].severity == Severity.REFUSED


@pytest.mark.parametrize(
    ("code", "source"), [row[1:] for row in SHELLS], ids=[r[0] for r in SHELLS]
)
def test_a_web_shell_is_refused_in_a_blade_file_too(code: str, source: str) -> None:
    assert code in codes("<div>\n" + source, "resources/views/a.blade.php")


@pytest.mark.parametrize(
    ("code", "source"), [row[1:] for row in ASKING], ids=[r[0] for r in ASKING]
)
def test_what_may_be_honest_asks_for_a_permission(code: str, source: str) -> None:
    assert code in codes(source)
    assert RULES[code].severity == Severity.EXCEPTION


def test_a_finding_names_the_line_and_shows_the_code() -> None:
    (one,) = found("<h1>Galesong</h1>\n\n<?php\n\nsystem('id');\n")
    assert (one.path, one.line, one.detail) == (PALANTA, 5, "system()")
    assert one.sentence == "Menjalankan perintah sistem server (system())."
    assert one.advice


HONEST = (
    '<?php $this->load->view("$folder_themes/partials/header", $data); ?>',
    "<?php $this->load->view($folder_themes . '/commons/meta') ?>",
    "<?php $this->load->view(\"{$folder_themes}/widgets/{$widget['isi']}\", $judul_widget) ?>",
    "<?php include __DIR__ . '/partials/menu.php'; ?>",
    "<?php include APPPATH . 'views/bagan/chart_bagan.php'; ?>",
    "<?php $urut = fn ($a, $b) => $a <=> $b; usort($desa, $urut); echo $urut(1, 2); ?>",
    "<?= array_sum(array_map(static fn ($x) => (int) $x, $jumlah)) ?>",
    "<?= array_map('strtoupper', $nama)[0] ?>",
    "<?= implode(', ', array_map('html_escape', $desa)) ?>",
    "<?php (function () { echo 1; })(); ?>",
    "<?php foreach ($menu as $m): ?><li><?= $m['nama'] ?></li><?php endforeach ?>",
    "<?= preg_replace('/[^a-z]/i', '', $x) ?><?= preg_replace('~e~', 'a', $x) ?>",
    "<?= html_escape($this->input->get('cari')) ?>",
    "<?php if (filter_var($surel, FILTER_VALIDATE_EMAIL)) echo html_escape($surel) ?>",
    "<?php if (is_file(FCPATH . 'desa/logo/a.png')): ?>ada<?php endif ?>",
    '<?php $k = $this->db->query("SELECT * FROM komentar WHERE id_artikel = \'".$d["id"]."\'") ?>',
    "<?php echo \"<script src='\" . base_url('assets/a.js') . \"'></script>\"; ?>",
    "<?php defined('BASEPATH') || exit('No direct script access allowed'); ?>",
    "<?php $data = ['system' => 1, 'exec' => 2]; echo $data['system']; ?>",
    "<?php echo $artikel->system; $this->setting->copy_right; ?>",
    "<p>Jangan pernah memakai eval($_GET['x']) di sini</p>",
    "<?php // eval($_GET['x']); system('id')\n/* `ls` */ ?>",
    "<?php echo 'eval(1); system(2);'; ?>",
)


@pytest.mark.parametrize("source", HONEST)
def test_what_every_theme_does_needs_nobodys_permission(source: str) -> None:
    barring = [each for each in found(source) if each.severity != Severity.NOTE]
    assert not barring, [each.sentence for each in barring]


BLADE = """@extends('layouts.main')
{{-- {{ $desa['nama'] }} tidak dipakai --}}
@php
    $judul = 'Bontokanang';
    $kelas = fn ($nama) => $nama === 'peta' ? 'aktif' : '';
@endphp
<i class="{{ $kelas('peta') }}"></i>
@foreach ($desa as $satu)
    <b style="color: red">{{ $satu['nama']; }}</b> {!! $satu['isi'] !!}
@endforeach
@if (count($desa) > (2 + 1)) banyak @elseif(isset($a)) ada @else kosong @endif
<style>@media (max-width: 600px) { b { color: blue } }</style>
<a href="mailto:kantor@desa.id">surat</a> @@if
@include('partials.menu', ['a' => 1])
@verbatim {{ item.nama }} @endverbatim
"""


def test_an_honest_blade_template_needs_nobodys_permission() -> None:
    barring = [
        each
        for each in found(BLADE, "resources/views/template.blade.php")
        if each.severity != Severity.NOTE
    ]
    assert not barring, [(each.line, each.sentence) for each in barring]


@pytest.mark.parametrize(
    ("code", "line", "source"),
    [
        ("perintah-sistem", 2, "<p>\n{{ system('id') }}"),
        ("perintah-sistem", 2, "<p>\n{!! `id` !!}"),
        ("perintah-sistem", 3, "<p>\n@php\n exec('id');\n@endphp"),
        ("perintah-sistem", 2, "\n@php(exec('id'))"),
        ("perintah-sistem", 2, "\n@if(system('id')) a @endif"),
        ("perintah-sistem", 2, "\n@foreach(array_map('system', $a) as $b) @endforeach"),
        ("kode-dari-teks", 2, "\n@json(eval($_GET['a']))"),
        ("sertakan-asing", 2, "\n@include($_GET['halaman'])"),
        ("panggilan-dinamis", 2, "\n{{ $_GET['f']('id') }}"),
        ("perintah-sistem", 2, "@php $a = '{{--'; \nsystem('id'); $b = '--}}'; @endphp"),
        ("perintah-sistem", 1, "<?php $a = '{{--' ?>{{ system('id') }}<?php $b = '--}}' ?>"),
        ("perintah-sistem", 1, "<? {{ system('id') }}"),
        ("perintah-sistem", 2, "<?php /* @verbatim */ ?>\n{{ system('id') }} @endverbatim"),
        ("perintah-sistem", 1, "@php\t(exec('id'))"),
        ("perintah-sistem", 3, "@php\n\n(exec('id'));\n@endphp"),
    ],
)
def test_blades_own_words_are_read_as_the_php_they_become(
    code: str, line: int, source: str
) -> None:
    places = {(each.code, each.line) for each in found(source, "template.blade.php")}
    assert (code, line) in places


def test_what_a_visitor_typed_is_only_a_note_where_it_is_shown() -> None:
    assert codes("<input value=\"<?= $_GET['cari'] ?>\">") == {"masukan-mentah"}
    assert codes("<?php echo 'a' . trim($_POST['nama']); ?>") == {"masukan-mentah"}
    assert not codes("<?= htmlspecialchars($_GET['cari']) ?>")
    assert not codes("<?= (int) $_GET['hal'] ?>")


def test_what_only_other_releases_know_is_told_before_a_village_wears_it() -> None:
    assert codes("<?php theme_view('commons/meta'); ?>") == {"rilis-lain"}
    assert not codes("<?php if (function_exists('theme_view')): ?>a<?php endif ?>")


def test_words_without_quotes_are_told_because_php_8_stops_there() -> None:
    assert codes("<?= $data[isi] ?>") == {"php-lama"}
    assert "php-lama" in codes("<?= 'https://' . html_escape($_SERVER[HTTP_HOST]) ?>")
    assert not codes("<?= $data['isi'] . $data[BATAS] . \"$data[isi]\" ?>")


def test_numbers_made_of_a_visitors_words_choose_nothing() -> None:
    assert "dari-pengunjung" not in codes(
        "<?php $h = (int) $_GET['h']; $this->db->query(\"SELECT a FROM artikel LIMIT $h\");"
    )


@given(st.binary(max_size=400))
def test_no_bytes_whatever_stop_the_check(content: bytes) -> None:
    for path in ("a.php", "a.blade.php"):
        check_php(path, b"<?php " + content, frozenset())


def test_a_thousand_times_nested_text_is_still_read() -> None:
    source = "<?php $a = " + "'a' . " * 5000 + "'b'; " + "(" * 900 + "system(1)" + ")" * 900 + ";"
    assert "perintah-sistem" in codes(source)


def test_a_closure_that_calls_itself_is_no_unknown_function() -> None:
    own = "<?php $list = static function ($n) use (&$list) { $n && $list($n - 1); }; $list(2);"
    other = "<?php $run = function () use (&$run) { $run = $_GET['a']; }; $run(); $run('x');"
    assert "panggilan-dinamis" not in codes(own)
    assert "panggilan-dinamis" in codes(other)
