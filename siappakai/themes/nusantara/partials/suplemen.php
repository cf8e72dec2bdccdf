<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_one  = $main['suplemen'] ?? [];
$ns_rows = is_array($main['terdata'] ?? null) ? $main['terdata'] : [];
?>
<dl class="data">
<div><dt>Nama data</dt><dd><?= ns_e($ns_one['nama'] ?? '–') ?></dd></div>
<div><dt>Sasaran</dt><dd><?= ns_e($sasaran[$ns_one['sasaran'] ?? ''] ?? '–') ?></dd></div>
<div><dt>Keterangan</dt><dd><?= ns_e(strip_tags((string) ($ns_one['keterangan'] ?? '')) ?: '–') ?></dd></div>
</dl>
<?php if ($ns_rows): ?>
<?php $this->load->view("{$folder_themes}/commons/saring", ['ns_table' => 'tabel-terdata']) ?>
<div class="tabel" role="region" aria-label="Terdata" tabindex="0">
<table id="tabel-terdata">
<caption>Daftar terdata</caption>
<thead><tr><th scope="col" class="angka-kolom">No.</th><th scope="col">Nama</th><th scope="col">Tempat lahir</th><th scope="col">Jenis kelamin</th><th scope="col">Alamat</th></tr></thead>
<tbody>
<?php foreach (array_values($ns_rows) as $at => $row): ?>
<tr><td class="angka-kolom"><?= $at + 1 ?></td><th scope="row"><?= ns_e($row['terdata_nama'] ?? '') ?></th><td><?= ns_e($row['tempat_lahir'] ?? '') ?></td><td><?= ns_e($row['sex'] ?? '') ?></td><td><?= ns_e($row['info'] ?? '') ?></td></tr>
<?php endforeach ?>
</tbody>
</table>
</div>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada yang terdata.</p></div>
<?php endif ?>
