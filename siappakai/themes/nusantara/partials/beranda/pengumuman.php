<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<section class="wadah pengumuman" aria-labelledby="pengumuman-judul">
<h2 id="pengumuman-judul"><?= ns_icon('pengumuman') ?>Pengumuman</h2>
<ul>
<?php foreach ($teks_berjalan as $line): ?>
<li><?= ns_e(strip_tags((string) $line['teks'])) ?><?php if (! empty($line['tautan'])): ?> <a href="<?= ns_url($line['tautan']) ?>"><?= ns_e(($line['judul_tautan'] ?? '') ?: 'Selengkapnya') ?></a><?php endif ?></li>
<?php endforeach ?>
</ul>
</section>
