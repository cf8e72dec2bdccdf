<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($detail['keterangan'])): ?><div class="isi-artikel"><?= $detail['keterangan'] ?></div><?php endif ?>
<?php if (! empty($pengurus)): ?>
<div class="tabel" role="region" aria-label="Pengurus" tabindex="0">
<table>
<caption>Pengurus</caption>
<thead><tr><th scope="col" class="angka-kolom">No.</th><th scope="col">Jabatan</th><th scope="col">Nama</th><th scope="col">Alamat</th></tr></thead>
<tbody>
<?php foreach ($pengurus as $at => $row): ?>
<tr><td class="angka-kolom"><?= $at + 1 ?></td><td><?= ns_e($row['jabatan'] ?? '') ?></td><th scope="row"><?= ns_e($row['nama'] ?? '') ?></th><td><?= ns_e($row['alamat'] ?? '') ?></td></tr>
<?php endforeach ?>
</tbody>
</table>
</div>
<?php endif ?>
<?php if (! empty($anggota)): ?>
<?php $this->load->view("{$folder_themes}/commons/saring", ['ns_table' => 'tabel-anggota']) ?>
<div class="tabel" role="region" aria-label="Anggota" tabindex="0">
<table id="tabel-anggota">
<caption>Anggota</caption>
<thead><tr><th scope="col" class="angka-kolom">No.</th><th scope="col">No. anggota</th><th scope="col">Nama</th><th scope="col">Alamat</th><th scope="col">Jenis kelamin</th></tr></thead>
<tbody>
<?php foreach ($anggota as $at => $row): ?>
<tr><td class="angka-kolom"><?= $at + 1 ?></td><td><?= ns_e(($row['no_anggota'] ?? '') ?: '–') ?></td><th scope="row"><?= ns_e($row['nama'] ?? '') ?></th><td><?= ns_e($row['alamat'] ?? '') ?></td><td><?= ns_e($row['sex'] ?? '') ?></td></tr>
<?php endforeach ?>
</tbody>
</table>
</div>
<?php endif ?>
<?php if (empty($pengurus) && empty($anggota)): ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada anggota yang dicatat.</p></div>
<?php endif ?>
