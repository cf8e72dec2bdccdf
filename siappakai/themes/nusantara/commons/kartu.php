<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Satu artikel dalam daftar: $item; $ns_level: tingkat judulnya. */
$ns_level = (int) ($ns_level ?? 3);
$ns_photo = ns_article_picture($item['gambar'] ?? '');
$ns_topic = trim((string) ($item['kategori'] ?? ''));
?>
<article class="kartu">
<div class="kartu-gambar">
<?php if ($ns_photo): ?><img src="<?= ns_e($ns_photo) ?>" alt="" loading="lazy" decoding="async" width="440" height="275"><?php else: ?><span class="motif" aria-hidden="true"></span><?php endif ?>
</div>
<div class="kartu-isi">
<?php if ($ns_topic !== ''): ?><p class="lencana"><?= ns_e($ns_topic) ?></p><?php endif ?>
<h<?= $ns_level ?>><a href="<?= site_url('artikel/' . buat_slug($item)) ?>"><?= ns_e($item['judul']) ?></a></h<?= $ns_level ?>>
<p><?= ns_excerpt($item['isi'] ?? '', 130) ?></p>
<p class="rincian"><?= ns_date($item['tgl_upload'] ?? '') ?><?php if (! empty($item['owner'])): ?><span><?= ns_e($item['owner']) ?></span><?php endif ?></p>
</div>
</article>
