<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (config_item('kode_kota')): ?>
<section class="widget">
<h2><?= ns_icon('jam') ?><?= ns_e($judul_widget) ?></h2>
<p><a href="https://bimasislam.kemenag.go.id/jadwalshalat" rel="noopener noreferrer">Lihat jadwal salat Kementerian Agama</a></p>
</section>
<?php endif ?>
