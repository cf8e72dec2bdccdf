"""Ways round the check that were tried, written for these tests.

Code the check must find → the PHP it must find it in.
"""

from __future__ import annotations

PHP: tuple[tuple[str, str, str], ...] = (
    # --- where PHP begins
    ("a bare tag in a comment", "kode-dari-teks", "<? /* ?>\n<?php eval($_POST['x']); /* */ ?>"),
    ("an XML tag", "kode-dari-teks", "<?xml /* ?>\n<?php eval($_POST['x']); /* */ ?>"),
    ("no blank behind the tag", "perintah-sistem", "<?php/* ?> <?php system('id');"),
    ("a form feed behind the tag", "perintah-sistem", "<?php\f/* ?> <?php system('id');"),
    ("a bare tag and a text", "perintah-sistem", "<? ' ?> <?php system('id'); // ' ?>"),
    ("PHP where bare tags are on", "perintah-sistem", "<?php/**/ system('id') ?>"),
    # --- functions in variables
    (
        "a reference to a closure",
        "panggilan-dinamis",
        "<?php $f = function () {}; $r = &$f; $r = 'system'; $f($_GET['c']);",
    ),
    (
        "a reference from a closure",
        "panggilan-dinamis",
        "<?php $r = 'system'; $f = fn() => 1; $f = &$r; $f('id');",
    ),
    (
        "a reference in a list",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; $a = [&$f]; $a[0] = 'system'; $f('id');",
    ),
    (
        "a reference in a loop",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; foreach (['system'] as &$f) {} $f('id');",
    ),
    (
        "a reference taken along",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; $g = function () use (&$f) { $f = 'system'; }; $g(); $f('id');",
    ),
    ("sscanf", "panggilan-dinamis", "<?php $f = fn() => 1; sscanf('system', '%s', $f); $f('id');"),
    (
        "preg_match",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; preg_match('/.*/', 'system', ($f)); $f[0]('id'); $f('id');",
    ),
    (
        "an own function by reference",
        "panggilan-dinamis",
        "<?php function g(&$x) { $x = 'system'; } $f = fn() => 1; g($f); $f('id');",
    ),
    (
        "an own method by reference",
        "panggilan-dinamis",
        "<?php class A { function map(&$x) { $x = 'exec'; } }"
        " $f = fn() => 1; $o = new A(); $o->map($f); $f('id');",
    ),
    (
        "a new object by reference",
        "panggilan-dinamis",
        "<?php class A { function __construct(&$x) {} } $f = fn() => 1; new A($f); $f('id');",
    ),
    (
        "a variable's variable",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; $n = 'f'; $$n = 'system'; $f('id');",
    ),
    ("extract", "panggilan-dinamis", "<?php $f = fn() => 1; extract(['f' => 'system']); $f('id');"),
    ("parse_str", "panggilan-dinamis", "<?php $f = fn() => 1; \\parse_str('f=system'); $f('id');"),
    (
        "a closure that is never made",
        "panggilan-dinamis",
        "<?php if (false) { $f = function () {}; } $f($_GET['c']);",
    ),
    ("the same without braces", "panggilan-dinamis", "<?php if (0) $f = fn() => 1; $f('id');"),
    ("in the other half", "panggilan-dinamis", "<?php if (1) $f('id'); else $f = fn() => 1;"),
    ("with colons", "panggilan-dinamis", "<?php if (0): $f = fn() => 1; endif; $f('id');"),
    ("behind an and", "panggilan-dinamis", "<?php false && $f = fn() => 1; $f('id');"),
    ("in a loop of none", "panggilan-dinamis", "<?php foreach ([] as $a) $f = fn() => 1; $f(1);"),
    (
        "in another case",
        "panggilan-dinamis",
        "<?php switch (2) { case 1: $f = fn() => 1; break; case 2: $f('id'); }",
    ),
    (
        "in a try",
        "panggilan-dinamis",
        "<?php try { g(); $f = fn() => 1; } catch (E $e) {} $f('id');",
    ),
    ("after the call", "panggilan-dinamis", "<?php $f('id'); $f = fn() => 1;"),
    (
        "in another function",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; function g() { global $f; $f('id'); }",
    ),
    (
        "not taken along",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; $g = function () { $f('id'); }; $g();",
    ),
    (
        "a file that fills it",
        "panggilan-dinamis",
        "<?php $f = fn() => 1; include __DIR__ . '/a.php'; $f('id');",
    ),
    (
        "as a callback",
        "panggilan-dinamis",
        "<?php if (0) { $f = fn() => 1; } array_map($f, [$_GET['c']]);",
    ),
    # --- functions handed over
    ("uasort and a made name", "fungsi-titipan", "<?php $o->uasort(str_replace('#', '', 's#m'));"),
    ("map and a made name", "fungsi-titipan", "<?php collect([1])->map(str_replace('#', '', $a));"),
    ("uasort and a property", "fungsi-titipan", "<?php $o->uasort($this->f);"),
    ("map and an element", "fungsi-titipan", "<?php $o->map($a['f']);"),
    ("map and a constant", "fungsi-titipan", "<?php $o->map(F);"),
    ("map and a choice", "fungsi-titipan", "<?php $o->map($a ? 'trim' : 'sys' . $b);"),
    ("map and a method", "fungsi-titipan", "<?php $o->map(['App\\Models\\User', 'all']);"),
    ("first", "perintah-sistem", "<?php collect(['id'])->first('system');"),
    (
        "a text's when",
        "perintah-sistem",
        "<?php \\Illuminate\\Support\\Str::of('id')->whenEndsWith('d', 'system');",
    ),
    ("map and a visitor's list", "panggilan-dinamis", "<?php $o->contains($_GET['f']);"),
    ("a static method by its name", "fungsi-titipan", "<?php array_map('App\\A::all', [1]);"),
    ("an unknown function's name", "fungsi-tak-dikenal", "<?php array_map('kirim_semua', [1]);"),
    # --- parts of the application
    ("a holder of another name", "basis-data", "<?php $x = get_instance(); $x->db->get('user');"),
    ("a holder in two steps", "basis-data", "<?php $x = $this->load; $d = $y->db; $d->get('a');"),
    ("a door by its name", "bagian-aplikasi", "<?php $p = 'db'; $x->$p->get('user');"),
    ("a door in pieces", "basis-data", "<?php get_instance()->{'d' . 'b'}->get('user');"),
    ("handed to a function", "bagian-aplikasi", "<?php urus(get_instance());"),
    ("put into a list", "bagian-aplikasi", "<?php $a = [get_instance()];"),
    ("given back", "bagian-aplikasi", "<?php function g() { return get_instance(); }"),
    ("a model of the application", "bagian-aplikasi", "<?php $this->user_model->list_data();"),
    ("a method of the page", "bagian-aplikasi", "<?php get_instance()->hapus_semua();"),
    (
        "the container",
        "bagian-aplikasi",
        "<?php \\Illuminate\\Container\\Container::getInstance()->make('files')"
        "->put(DESAPATH . 'x.php', '…');",
    ),
    ("make on anything", "bagian-aplikasi", "<?php $a->make('files');"),
    ("put on anything", "bagian-aplikasi", "<?php $a->put('x.php', 'y');"),
    ("a table as a class", "bagian-aplikasi", "<?php \\App\\Models\\Penduduk::all()->toJson();"),
    ("the same by a use", "bagian-aplikasi", "<?php use App\\Models\\Penduduk; Penduduk::all();"),
    ("another name", "bagian-aplikasi", "<?php use App\\Models\\Penduduk as P; P::all();"),
    ("half a name", "bagian-aplikasi", "<?php use App\\Models as M; M\\Penduduk::all();"),
    ("in its namespace", "bagian-aplikasi", "<?php namespace App\\Models; Penduduk::all();"),
    ("made new", "bagian-aplikasi", "<?php new \\App\\Models\\Penduduk();"),
    ("built upon", "bagian-aplikasi", "<?php class A extends \\App\\Models\\Penduduk {}"),
    ("built of", "bagian-aplikasi", "<?php class A { use \\App\\Traits\\ConfigId; }"),
    ("a controller", "bagian-aplikasi", "<?php Web_Controller::hapus('a');"),
    ("a property of a class", "bagian-aplikasi", "<?php \\App\\A::$b->c();"),
    ("a class nobody knows", "bagian-aplikasi", "<?php Penduduk::all();"),
    ("rows of what a helper gives", "bagian-aplikasi", "<?php kades()->all();"),
    ("the same in a variable", "bagian-aplikasi", "<?php $k = kades(); $k->where(1)->get();"),
    ("another table", "bagian-aplikasi", "<?php $artikel->setTable('user')->get();"),
    ("the theme's model", "bagian-aplikasi", "<?php theme()->hapus();"),
    ("a widget's model", "bagian-aplikasi", "<?php $this->web_widget_model->delete_all();"),
    ("the visitor's account", "bagian-aplikasi", "<?php echo request()->user();"),
    ("another ending of views", "sertakan-dinamis", "<?php view()->addExtension('jpg', 'php');"),
    ("a key by its part", "bagian-aplikasi", "<?php $this->config->item('encryption_key');"),
    ("every row of a table", "basis-data", "<?php ref('user');"),
    ("Laravel's settings", "bagian-aplikasi", "<?php echo config('app.key');"),
    ("a key of CodeIgniter's", "bagian-aplikasi", "<?php echo config_item('encryption_key');"),
    ("any file as a picture", "baca-berkas", "<?php echo to_base64('desa/config/database.php');"),
    ("a picture that leads out", "baca-berkas", "<?php to_base64(LOKASI_A . '../../app_key');"),
    # --- views
    (
        "a picture in a variable",
        "sertakan-asing",
        "<?php $x = '../../desa/upload/media/a.jpg'; $this->load->view($x);",
    ),
    ("a place in a variable", "sertakan-luar", "<?php $x = '../../a/b'; $this->load->view($x);"),
    (
        "a made place",
        "sertakan-dinamis",
        "<?php $x = strrev('gpj.a/'); $this->load->view($folder_themes . $x);",
    ),
    ("what nobody knows", "sertakan-dinamis", "<?php $this->load->view($apa);"),
    (
        "a village's picture",
        "sertakan-luar",
        "<?php $this->load->view('../../desa/upload/artikel/' . $satu['gambar']);",
    ),
    (
        "out of the theme",
        "sertakan-luar",
        "<?php $this->load->view(\"$folder_themes/../../upload/{$widget['isi']}\");",
    ),
    (
        "OpenSID's word replaced",
        "sertakan-asing",
        "<?php $halaman_statis = '../../desa/upload/a.jpg';",
    ),
    (
        "OpenSID's word handed on",
        "sertakan-asing",
        "<?php $this->load->view(\"$folder_themes/a\", ['halaman_statis' => '../../a/b.jpg']);",
    ),
    (
        "OpenSID's word in a list",
        "sertakan-asing",
        "<?php $data['halaman_peta'] = '../../desa/upload/a.jpg';",
    ),
    ("data for all views", "sertakan-dinamis", "<?php $this->load->vars('a', 'b');"),
    (
        "a value by its name",
        "sertakan-dinamis",
        "<?php $this->load->view(vars: [], view: $apa);",
    ),
    ("a list of views", "sertakan-luar", "<?php theme_view('../../../upload/a');"),
    # --- functions nobody knows
    ("a function nobody knows", "fungsi-tak-dikenal", "<?php kirim_semua('a');"),
    ("with its root", "fungsi-tak-dikenal", "<?php \\kirim_semua('a');"),
)
BLADE: tuple[tuple[str, str, str], ...] = (
    (
        "a closure behind an if",
        "panggilan-dinamis",
        "@if(false)\n@php $f = fn() => 1; @endphp\n@endif\n{{ $f('id') }}",
    ),
    ("on one line", "panggilan-dinamis", "@if(0) @php $f = fn() => 1; @endphp @endif {{ $f(1) }}"),
    (
        "in the other half",
        "panggilan-dinamis",
        "@if($a)\n@php $f = fn() => 1; @endphp\n@else\n{{ $f('id') }}\n@endif",
    ),
    (
        "in a comment",
        "panggilan-dinamis",
        "{{-- \n@php $f = fn() => 1; @endphp\n--}}\n{{ $f('id') }}",
    ),
    (
        "in verbatim",
        "panggilan-dinamis",
        "@verbatim\n@php $f = fn() => 1; @endphp\n@endverbatim\n{{ $f('id') }}",
    ),
    (
        "an end in a text",
        "panggilan-dinamis",
        "@if('@endif' && 0)\n@php $x = '@endif'; $f = fn() => 1; @endphp\n@endif\n{{ $f('id') }}",
    ),
    (
        "an end in a comment",
        "panggilan-dinamis",
        "@if(0)\n{{-- @endif --}}\n@php $f = fn() => 1; @endphp\n@endif\n{{ $f('id') }}",
    ),
    (
        "a comment across a block",
        "panggilan-dinamis",
        "{{-- @php --}}\n@php $f = fn() => 1; @endphp --}}\n{{ $f('id') }}",
    ),
    (
        "a property with a name",
        "panggilan-dinamis",
        "@php\n$f = fn() => 1;\n@endphp\n@props(['f' => 'system'])\n{{ $f('id') }}",
    ),
    ("a service", "bagian-aplikasi", "@inject('a', 'files')"),
    ("a table", "bagian-aplikasi", "{{ \\App\\Models\\Penduduk::all() }}"),
    ("an unknown function", "fungsi-tak-dikenal", "{{ kirim_semua('a') }}"),
    ("a view under a condition", "sertakan-asing", "@includeWhen(true, $_GET['v'])"),
    ("a picture", "sertakan-asing", "@include('../../desa/upload/a.txt')"),
)
HONEST: tuple[str, ...] = (
    "<?php $a = fn ($x) => $x; if ($b) { foreach ($c as $d) { echo $a($d); } }",
    "<?php if ($b) { $a = fn ($x) => $x; echo $a(1); }",
    "<?php $a = fn ($x) => $x; $b = function () use ($a) { return $a(1); }; echo $b();",
    "<?php $a = fn ($x) => $x; echo (fn () => $a(1))();",
    "<?php $a = fn ($x) => $x; collect($b)->map($a); usort($c, $a); echo $a(1);",
    "<?php if (1): ?>a<?php $a = fn () => 1 ?><?= $a() ?><?php endif ?>",
    "<?php class Kisah { function x() { return $this->y; } } echo (new Kisah())->x();",
    "<?php namespace Tema; class Kisah {} new Kisah(); Kisah::buat(); new \\DateTime();",
    "<?php use Illuminate\\Support\\Str; echo Str::of('a')->when($a == 1, fn ($b) => $b);",
    "<?php echo \\Illuminate\\Support\\Str::of('Desa')->whenEndsWith('a', fn ($b) => $b);",
    "<?php throw new \\InvalidArgumentException('a');",
    "<?php function judul() { return 1; } echo judul(), array_map('judul', [1])[0];",
    "<?php $this->load->view($halaman_statis); $this->load->view($halaman_peta);",
    "<?php foreach ($w_cos as $w) { $this->load->view(\"../../{$w['isi']}\", $judul); }",
    "<?php $v = ''; if ($a) { $v = '/partials/a.php'; } $this->load->view($folder_themes . $v);",
    "<?php $f = LOKASI_PENGADUAN . $a['foto']; echo to_base64($f);",
    "<?php $CI =& get_instance(); echo $CI->uri->segment(1), $a->db_nama, $b->upload;",
    "<?php echo request()->is('a'), kades()->nama, theme()->folder, $this->uri->segment(1);",
    "<?php $this->web_widget_model->get_setting('a'); echo identitas()->nama_desa;",
    "<?php echo config_item('kode_kota'), $a->first()->nama, $a->sum('b'), $a->contains('c');",
)
HONEST_BLADE = (
    "@if($a)\n@php\n$f = fn () => 1;\n@endphp\n"
    "@foreach($b as $c)\n{{ $f($c) }}\n@endforeach\n@endif",
    "@php\n$f = fn () => 1;\n@endphp\n{{-- @if(1) {{ $f(1) }} slider (2/3) --}}\n{{ $f(1) }}",
    "@extends('theme::layouts.' . $layout)\n@includeIf(\"theme::widgets.{$widget['isi']}\")",
    "<style>@media (max-width: 9px) { b { color: red } }</style>",
)
