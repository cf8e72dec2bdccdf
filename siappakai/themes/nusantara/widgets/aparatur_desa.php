<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_people = $aparatur_desa['daftar_perangkat'] ?? [];
?>
<section class="widget">
<h2><?= ns_icon('gedung') ?><?= ns_e($judul_widget) ?></h2>
<?php if ($ns_people): ?>
<ul class="perangkat jalur jalur-kecil" tabindex="0" aria-label="<?= ns_e($judul_widget) ?>">
<?php foreach ($ns_people as $person): ?>
<?php $this->load->view("{$folder_themes}/commons/perangkat", ['person' => $person]) ?>
<?php endforeach ?>
</ul>
<?php else: ?><p class="rincian">Belum ada perangkat yang dicatat.</p><?php endif ?>
</section>
