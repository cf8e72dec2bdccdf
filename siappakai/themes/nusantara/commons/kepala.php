<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Pembuka setiap halaman. $ns_title: judul halaman, kosong untuk beranda; $ns_about: ringkasan; $ns_image: gambar. */
$this->load->view("{$folder_themes}/commons/fungsi");
$this->load->view("{$folder_themes}/commons/ikon");

$ns_title   = trim((string) ($ns_title ?? ''));
$ns_village = ns_village($desa);
$ns_site    = ns_name('site_title', trim(setting('website_title') . ' ' . $ns_village));
$ns_about   = $ns_about ?? $ns_site . ', ' . ns_region($desa);
$ns_image   = ($ns_image ?? '') ?: (ns_picture('site_picture') ?: ns_logo($desa));
$ns_ribbon  = ns_brand()['ribbon'];
$ns_kind    = in_array($ns_ribbon['kind'] ?? '', ['merah_putih', 'berkabung', 'netral'], true) ? $ns_ribbon['kind'] : '';
$ns_icons   = is_array(ns_brand()['images']['icons'] ?? null) ? ns_brand()['images']['icons'] : [];
$ns_paint   = (string) (ns_brand()['tokens']['--sp-primary-strong'] ?? '#1d3563');
?>
<!DOCTYPE html>
<html lang="id" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?= ns_e($ns_title === '' ? $ns_site : $ns_title . ' – ' . $ns_village) ?></title>
<meta name="description" content="<?= ns_excerpt($ns_about, 200) ?>">
<meta name="theme-color" content="<?= preg_match('~^#[0-9a-fA-F]{3,8}$~', $ns_paint) ? $ns_paint : '#1d3563' ?>">
<meta name="color-scheme" content="light dark">
<meta property="og:locale" content="id_ID">
<meta property="og:site_name" content="<?= ns_e($ns_site) ?>">
<meta property="og:type" content="<?= empty($single_artikel['id']) ? 'website' : 'article' ?>">
<meta property="og:title" content="<?= ns_e($ns_title === '' ? $ns_site : $ns_title) ?>">
<meta property="og:description" content="<?= ns_excerpt($ns_about, 200) ?>">
<meta property="og:url" content="<?= ns_e(current_url()) ?>">
<meta property="og:image" content="<?= ns_e($ns_image) ?>">
<meta name="twitter:card" content="summary_large_image">
<link rel="canonical" href="<?= ns_e(current_url()) ?>">
<link rel="icon" href="<?= ns_e(ns_picture('favicon') ?: favico_desa()) ?>">
<?php if (isset($ns_icons['180']) && is_string($ns_icons['180']) && preg_match('~^/[\w./-]+$~', $ns_icons['180'])): ?>
<link rel="apple-touch-icon" href="<?= ns_e(base_url(ltrim($ns_icons['180'], '/'))) ?>">
<?php endif ?>
<link rel="alternate" type="application/rss+xml" title="Kabar <?= ns_e($ns_village) ?>" href="<?= site_url('feed') ?>">
<script>document.documentElement.className='js'</script>
<link rel="stylesheet" href="<?= ns_asset('assets/css/nusantara.css') ?>">
<?php if ($ns_style = ns_style()): ?>
<style><?= $ns_style ?></style>
<?php endif ?>
<script src="<?= ns_asset('assets/js/nusantara.js') ?>" defer></script>
</head>
<body<?= $ns_kind ? ' class="masa-' . $ns_kind . '"' : '' ?>>
<a class="lompat" href="#isi">Langsung ke isi halaman</a>
<?php if ($ns_kind): ?>
<div class="pita pita-<?= $ns_kind ?>" role="note" aria-label="Pemberitahuan">
<p><?= ns_e(($ns_ribbon['text'] ?? '') ?: ns_name('ribbon_text', ['merah_putih' => 'Dirgahayu Republik Indonesia', 'berkabung' => 'Kami turut berdukacita', 'netral' => 'Pemerintah ' . $ns_village . ' menjaga netralitas'][$ns_kind])) ?></p>
</div>
<?php endif ?>
<header class="kepala">
<div class="wadah kepala-baris">
<a class="merek" href="<?= site_url() ?>">
<img src="<?= ns_e(ns_logo($desa)) ?>" alt="" width="52" height="52" decoding="async">
<span class="merek-nama"><strong><?= ns_e($ns_village) ?></strong><small><?= ns_e(ns_region($desa)) ?></small></span>
</a>
<form class="cari" role="search" method="get" action="<?= site_url() ?>">
<label class="tersembunyi" for="cari-atas">Cari di situs ini</label>
<input id="cari-atas" type="search" name="cari" maxlength="50" placeholder="Cari kabar…" value="<?= ns_e($cari ?? '') ?>">
<button type="submit" aria-label="Cari"><?= ns_icon('cari') ?></button>
</form>
<?php if (setting('layanan_mandiri')): ?>
<a class="tombol tombol-utama kepala-layanan" href="<?= site_url('layanan-mandiri') ?>"><?= ns_icon('layanan') ?>Layanan Mandiri</a>
<?php endif ?>
<button class="tombol-menu" type="button" aria-expanded="false" aria-controls="menu-utama"><?= ns_icon('menu') ?><span>Menu</span></button>
</div>
<nav id="menu-utama" class="menu" aria-label="Menu utama">
<?php $this->load->view("{$folder_themes}/commons/menu") ?>
</nav>
</header>
