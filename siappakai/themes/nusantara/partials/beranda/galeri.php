<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_albums = array_filter(is_array($w_gal ?? null) ? $w_gal : [], static fn (array $album): bool => ns_gallery_picture($album['gambar'] ?? '') !== '');
?>
<?php if ($ns_albums): ?>
<section class="bagian" aria-labelledby="galeri-judul">
<div class="wadah">
<div class="kepala-bagian"><h2 id="galeri-judul">Galeri</h2><a href="<?= site_url('galeri') ?>">Semua album<?= ns_icon('kanan') ?></a></div>
<ul class="album">
<?php foreach ($ns_albums as $album): ?>
<li><a href="<?= site_url('galeri/' . $album['id']) ?>"><img src="<?= ns_e(ns_gallery_picture($album['gambar'], 'sedang')) ?>" alt="" width="400" height="300" loading="lazy" decoding="async"><span><?= ns_e($album['nama']) ?></span></a></li>
<?php endforeach ?>
</ul>
</div>
</section>
<?php endif ?>
