<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_photo  = ns_article_picture($single_artikel['gambar'] ?? '');
$ns_more   = array_filter(array_map(static fn (string $which): string => ns_article_picture($single_artikel[$which] ?? ''), ['gambar1', 'gambar2', 'gambar3']));
$ns_topic  = trim((string) ($single_artikel['kategori'] ?? ''));
$ns_body   = (string) $single_artikel['isi'];
$ns_link   = site_url('artikel/' . buat_slug($single_artikel));
$ns_charts = strpos($ns_body, 'Highcharts') !== false || strpos($ns_body, '$(') !== false;
?>
<div>
<article class="tulisan">
<header>
<nav aria-label="Jejak halaman">
<ol class="remah">
<li><a href="<?= site_url() ?>">Beranda</a></li>
<?php if ($ns_topic !== ''): ?><li><a href="<?= site_url('artikel/kategori/' . rawurlencode((string) ($single_artikel['kat_slug'] ?? $single_artikel['id_kategori']))) ?>"><?= ns_e($ns_topic) ?></a></li><?php endif ?>
<li aria-current="page"><?= ns_excerpt($single_artikel['judul'], 60) ?></li>
</ol>
</nav>
<h1><?= ns_e($single_artikel['judul']) ?></h1>
<p class="rincian"><?= ns_icon('kalender') ?><?= ns_date($single_artikel['tgl_upload']) ?><?php if (! empty($single_artikel['owner'])): ?><span><?= ns_e($single_artikel['owner']) ?></span><?php endif ?><span>Dibaca <?= ns_number($single_artikel['hit'] ?? 0) ?> kali</span></p>
</header>
<?php if ($ns_photo): ?>
<figure class="sampul"><a href="<?= ns_e($ns_photo) ?>" data-besar><img src="<?= ns_e($ns_photo) ?>" alt="Foto untuk <?= ns_e($single_artikel['judul']) ?>" width="880" height="495" decoding="async" fetchpriority="high"></a></figure>
<?php endif ?>
<?php if (($single_artikel['tipe'] ?? '') === 'agenda' && ! empty($detail_agenda)): ?>
<dl class="acara">
<div><dt><?= ns_icon('kalender') ?>Waktu</dt><dd><?= ns_date($detail_agenda['tgl_agenda'] ?? '', true) ?></dd></div>
<div><dt><?= ns_icon('alamat') ?>Tempat</dt><dd><?= ns_e(($detail_agenda['lokasi_kegiatan'] ?? '') ?: '–') ?></dd></div>
<div><dt><?= ns_icon('orang') ?>Koordinator</dt><dd><?= ns_e(($detail_agenda['koordinator_kegiatan'] ?? '') ?: '–') ?></dd></div>
</dl>
<?php endif ?>
<?php if ($ns_charts): ?>
<script src="<?= asset('front/js/jquery.min.js') ?>"></script>
<script src="<?= asset('js/highcharts/highcharts.js') ?>"></script>
<script src="<?= asset('js/highcharts/highcharts-more.js') ?>"></script>
<script src="<?= asset('js/highcharts/sankey.js') ?>"></script>
<script src="<?= asset('js/highcharts/organization.js') ?>"></script>
<?php endif ?>
<div class="isi-artikel"><?= preg_replace('~<iframe(?![^>]*\btitle=)~i', '<iframe title="Isi dari situs lain" loading="lazy"', $ns_body) ?></div>
<?php if ($ns_more): ?>
<ul class="album">
<?php foreach (array_values($ns_more) as $at => $photo): ?>
<li><a href="<?= ns_e($photo) ?>" data-besar><img src="<?= ns_e($photo) ?>" alt="Foto <?= $at + 2 ?> untuk <?= ns_e($single_artikel['judul']) ?>" width="400" height="300" loading="lazy" decoding="async"></a></li>
<?php endforeach ?>
</ul>
<?php endif ?>
<?php if (! empty($single_artikel['dokumen']) && is_file(FCPATH . LOKASI_DOKUMEN . $single_artikel['dokumen'])): ?>
<p class="lampiran"><?= ns_icon('unduh') ?>Lampiran: <a href="<?= site_url('first/unduh_dokumen_artikel/' . $single_artikel['id']) ?>"><?= ns_e($single_artikel['link_dokumen'] ?: 'unduh dokumen') ?></a></p>
<?php endif ?>
</article>
<?php $this->load->view("{$folder_themes}/commons/bagikan", ['link' => $ns_link, 'judul' => $single_artikel['judul']]) ?>
<?php $this->load->view("{$folder_themes}/partials/komentar") ?>
</div>
