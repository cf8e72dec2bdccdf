<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_people = $aparatur_desa['daftar_perangkat'] ?? [];
?>
<?php if ($ns_people): ?>
<section class="bagian bagian-lembut" aria-labelledby="aparatur-judul">
<div class="wadah">
<div class="kepala-bagian"><h2 id="aparatur-judul">Yang melayani Anda</h2><?php if ($this->web_menu_model->menu_aktif('pemerintah')): ?><a href="<?= site_url('pemerintah') ?>">Semua perangkat<?= ns_icon('kanan') ?></a><?php endif ?></div>
<ul class="perangkat jalur" tabindex="0" aria-label="Perangkat <?= ns_e(mb_strtolower(ns_word('desa'))) ?>">
<?php foreach ($ns_people as $person): ?>
<?php $this->load->view("{$folder_themes}/commons/perangkat", ['person' => $person]) ?>
<?php endforeach ?>
</ul>
</div>
</section>
<?php endif ?>
