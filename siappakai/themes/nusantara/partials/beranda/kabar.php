<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_photo = ns_article_picture($headline['gambar'] ?? '');
?>
<div class="wadah dua-kolom" id="kabar">
<div>
<?php if (! empty($headline)): ?>
<article class="utama">
<div class="utama-gambar"><?php if ($ns_photo): ?><img src="<?= ns_e($ns_photo) ?>" alt="" width="640" height="400" loading="lazy" decoding="async"><?php else: ?><span class="motif" aria-hidden="true"></span><?php endif ?></div>
<div class="utama-isi">
<p class="lencana">Kabar utama</p>
<h2><a href="<?= site_url('artikel/' . buat_slug($headline)) ?>"><?= ns_e($headline['judul']) ?></a></h2>
<p><?= ns_excerpt($headline['isi'] ?? '', 260) ?></p>
<p class="rincian"><?= ns_date($headline['tgl_upload'] ?? '') ?><?php if (! empty($headline['owner'])): ?><span><?= ns_e($headline['owner']) ?></span><?php endif ?></p>
</div>
</article>
<?php endif ?>
<div class="kepala-bagian"><h2>Kabar terbaru</h2><a href="<?= site_url('arsip') ?>">Semua kabar<?= ns_icon('kanan') ?></a></div>
<?php $this->load->view("{$folder_themes}/partials/daftar_artikel", ['ns_level' => 3]) ?>
<?php if (! empty($feed['items'])): ?>
<div class="kepala-bagian"><h2><?= ns_e($feed['title']) ?></h2></div>
<ul class="daftar-pendek">
<?php foreach ($feed['items'] as $news): ?>
<li><a href="<?= ns_url($news['LINK'] ?? '') ?>" rel="noopener noreferrer"><?= ns_e(strip_tags((string) ($news['TITLE'] ?? ''))) ?></a></li>
<?php endforeach ?>
</ul>
<?php endif ?>
</div>
<div class="sisi-susun">
<?php if ($ns_agenda) $this->load->view("{$folder_themes}/widgets/agenda.php", ['judul_widget' => 'Agenda']) ?>
<?php $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [0, 3]]) ?>
</div>
</div>
