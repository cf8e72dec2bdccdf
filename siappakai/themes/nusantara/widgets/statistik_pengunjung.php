<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<section class="widget">
<h2><?= ns_icon('baca') ?><?= ns_e($judul_widget) ?></h2>
<table class="polos">
<caption class="tersembunyi"><?= ns_e($judul_widget) ?></caption>
<tbody>
<tr><th scope="row">Hari ini</th><td><?= ns_number($statistik_pengunjung['hari_ini'] ?? 0) ?></td></tr>
<tr><th scope="row">Kemarin</th><td><?= ns_number($statistik_pengunjung['kemarin'] ?? 0) ?></td></tr>
<tr><th scope="row">Seluruhnya</th><td><?= ns_number($statistik_pengunjung['total'] ?? 0) ?></td></tr>
</tbody>
</table>
</section>
