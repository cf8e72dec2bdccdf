<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_albums = array_filter(is_array($gallery ?? null) ? $gallery : [], static fn (array $album): bool => ns_gallery_picture($album['gambar'] ?? '') !== '');
?>
<?php if ($ns_albums): ?>
<ul class="album">
<?php foreach ($ns_albums as $album): ?>
<li><a href="<?= site_url('galeri/' . $album['id']) ?>"><img src="<?= ns_e(ns_gallery_picture($album['gambar'], 'sedang')) ?>" alt="" width="400" height="300" loading="lazy" decoding="async"><span><?= ns_e($album['nama']) ?></span></a></li>
<?php endforeach ?>
</ul>
<?php $this->load->view("{$folder_themes}/commons/halaman") ?>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada album.</p></div>
<?php endif ?>
