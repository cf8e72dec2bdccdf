<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_photos = array_filter(is_array($gallery ?? null) ? $gallery : [], static fn (array $photo): bool => ns_gallery_picture($photo['gambar'] ?? '') !== '');
?>
<?php if ($ns_photos): ?>
<ul class="album">
<?php foreach ($ns_photos as $photo): ?>
<li><a href="<?= ns_e(ns_gallery_picture($photo['gambar'], 'sedang')) ?>" data-besar><img src="<?= ns_e(ns_gallery_picture($photo['gambar'], 'kecil')) ?>" alt="<?= ns_e($photo['nama'] ?: 'Foto') ?>" width="400" height="300" loading="lazy" decoding="async"><span aria-hidden="true"><?= ns_e($photo['nama']) ?></span></a></li>
<?php endforeach ?>
</ul>
<?php $this->load->view("{$folder_themes}/commons/halaman") ?>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Album ini belum berisi foto.</p></div>
<?php endif ?>
