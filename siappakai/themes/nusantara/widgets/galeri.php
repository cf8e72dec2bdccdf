<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_albums = array_filter(is_array($w_gal ?? null) ? $w_gal : [], static fn (array $album): bool => ns_gallery_picture($album['gambar'] ?? '') !== '');
?>
<section class="widget">
<h2><?= ns_icon('gambar') ?><a href="<?= site_url('galeri') ?>"><?= ns_e($judul_widget) ?></a></h2>
<?php if ($ns_albums): ?>
<ul class="album album-kecil">
<?php foreach ($ns_albums as $album): ?>
<li><a href="<?= site_url('galeri/' . $album['id']) ?>"><img src="<?= ns_e(ns_gallery_picture($album['gambar'])) ?>" alt="" width="200" height="150" loading="lazy" decoding="async"><span><?= ns_e($album['nama']) ?></span></a></li>
<?php endforeach ?>
</ul>
<?php else: ?><p class="rincian">Belum ada album.</p><?php endif ?>
</section>
