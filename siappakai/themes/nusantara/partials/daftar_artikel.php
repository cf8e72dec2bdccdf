<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($artikel)): ?>
<div class="kisi-kartu">
<?php foreach ($artikel as $item): ?>
<?php $this->load->view("{$folder_themes}/commons/kartu", ['item' => $item, 'ns_level' => $ns_level ?? 2]) ?>
<?php endforeach ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/halaman") ?>
<?php else: ?>
<div class="kosong-besar">
<span class="motif" aria-hidden="true"></span>
<p>Belum ada tulisan di sini.</p>
<p><a class="tombol" href="<?= site_url('arsip') ?>">Lihat arsip kabar</a></p>
</div>
<?php endif ?>
