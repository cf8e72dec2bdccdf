<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<section class="widget">
<h2><?= ns_icon('pengumuman') ?><?= ns_e($judul_widget) ?></h2>
<?php if (! empty($komen)): ?>
<ul class="daftar-pendek">
<?php foreach (array_slice($komen, 0, 5) as $comment): ?>
<li><a href="<?= site_url('artikel/' . buat_slug($comment)) ?>"><?= ns_excerpt($comment['komentar'] ?? '', 80) ?: 'Komentar' ?></a><p class="rincian"><span><?= ns_e($comment['owner'] ?? '') ?></span><?= ns_date($comment['tgl_upload'] ?? '') ?></p></li>
<?php endforeach ?>
</ul>
<?php else: ?><p class="rincian">Belum ada komentar.</p><?php endif ?>
</section>
