<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Halaman kesalahan; basis data boleh tidak ada. $ns_code, $ns_heading, $ns_text dari pemanggilnya. */
$ns_home = function_exists('base_url') ? base_url() : '/';
$ns_here = 'desa/themes/nusantara';

require_once __DIR__ . '/../../commons/fungsi.php';
?>
<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title><?= ns_e($ns_heading . ' – ' . ns_name('app_name', 'Situs resmi')) ?></title>
<link rel="stylesheet" href="<?= ns_e($ns_home . $ns_here . '/assets/css/nusantara.css') ?>">
<style><?= function_exists('base_url') ? ns_style() : '' ?></style>
</head>
<body class="lembar">
<main id="isi">
<p class="angka-besar" aria-hidden="true"><?= ns_e($ns_code) ?></p>
<h1><?= ns_e($ns_heading) ?></h1>
<p><?= ns_e($ns_text) ?></p>
<form class="cari-besar" role="search" method="get" action="<?= ns_e($ns_home) ?>">
<label class="tersembunyi" for="cari-galat">Cari kabar dan informasi</label>
<input id="cari-galat" type="search" name="cari" maxlength="50" placeholder="Cari kabar dan informasi">
<button type="submit">Cari</button>
</form>
<p><a class="tombol tombol-utama" href="<?= ns_e($ns_home) ?>">Ke beranda</a></p>
</main>
</body>
</html>
