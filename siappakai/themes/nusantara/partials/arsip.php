<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($farsip)): ?>
<ol class="arsip">
<?php foreach ($farsip as $item): ?>
<li><p class="rincian"><?= ns_date($item['tgl_upload']) ?><?php if (! empty($item['kategori'])): ?><span><?= ns_e($item['kategori']) ?></span><?php endif ?></p><a href="<?= site_url('artikel/' . buat_slug($item)) ?>"><?= ns_e($item['judul']) ?></a><p class="rincian"><?php if (! empty($item['owner'])): ?><span><?= ns_e($item['owner']) ?></span><?php endif ?><span>dibaca <?= ns_number($item['hit'] ?? 0) ?> kali</span></p></li>
<?php endforeach ?>
</ol>
<?php $this->load->view("{$folder_themes}/commons/halaman", ['paging_page' => 'arsip']) ?>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada tulisan.</p></div>
<?php endif ?>
