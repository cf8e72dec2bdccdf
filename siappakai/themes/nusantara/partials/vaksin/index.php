<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_rows = array_values(array_filter(is_array($main ?? null) ? $main : [], static fn ($row): bool => (int) $row->vaksin_1 === 1 || (int) $row->vaksin_2 === 1 || (int) $row->vaksin_3 === 1));
?>
<?php if ($ns_rows): ?>
<?php $this->load->view("{$folder_themes}/commons/saring", ['ns_table' => 'tabel-vaksin']) ?>
<div class="tabel" role="region" aria-label="Warga yang telah divaksin" tabindex="0">
<table id="tabel-vaksin">
<caption>Warga yang telah divaksin</caption>
<thead><tr><th scope="col" class="angka-kolom">No.</th><th scope="col">Nama</th><th scope="col"><?= ns_e(ns_word('dusun')) ?></th><th scope="col">Terakhir</th><th scope="col" class="angka-kolom">Dosis</th></tr></thead>
<tbody>
<?php foreach ($ns_rows as $at => $row): ?>
<?php $ns_dose = (int) $row->vaksin_3 === 1 ? 3 : ((int) $row->vaksin_2 === 1 ? 2 : 1) ?>
<tr><td class="angka-kolom"><?= $at + 1 ?></td><th scope="row"><?= ns_e($row->nama) ?></th><td><?= ns_e($row->dusun ?? '') ?></td><td><?= ns_date($row->{'tgl_vaksin_' . $ns_dose} ?? '') ?></td><td class="angka-kolom"><?= $ns_dose ?></td></tr>
<?php endforeach ?>
</tbody>
</table>
</div>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada data vaksinasi.</p></div>
<?php endif ?>
