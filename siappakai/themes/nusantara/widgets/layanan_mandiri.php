<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (setting('layanan_mandiri')): ?>
<section class="widget">
<h2><?= ns_icon('layanan') ?><?= ns_e($judul_widget) ?></h2>
<p>Urus surat dan lihat data Anda dari rumah. PIN dapat diminta di kantor <?= ns_e(mb_strtolower(ns_word('desa'))) ?>.</p>
<p><a class="tombol tombol-utama" href="<?= site_url('layanan-mandiri') ?>">Masuk Layanan Mandiri</a></p>
</section>
<?php endif ?>
