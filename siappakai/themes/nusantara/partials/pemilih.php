<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<p class="pengantar">Pada tanggal pemilihan <?= ns_date(preg_match('~^\d{4}-~', (string) ($tanggal_pemilihan ?? '')) ? $tanggal_pemilihan : implode('-', array_reverse(explode('-', (string) ($tanggal_pemilihan ?? ''))))) ?></p>
<?php if (! empty($main)): ?>
<div class="tabel" role="region" aria-label="Calon pemilih menurut wilayah" tabindex="0">
<table>
<caption>Calon pemilih menurut wilayah</caption>
<thead><tr><th scope="col" class="angka-kolom">No.</th><th scope="col"><?= ns_e(ns_word('dusun')) ?></th><th scope="col">RW</th><th scope="col" class="angka-kolom">Jiwa</th><th scope="col" class="angka-kolom">L</th><th scope="col" class="angka-kolom">P</th></tr></thead>
<tbody>
<?php foreach ($main as $row): ?>
<tr><td class="angka-kolom"><?= ns_e($row['no']) ?></td><th scope="row"><?= ns_e($row['dusun']) ?></th><td><?= ns_e($row['rw']) ?></td><td class="angka-kolom"><?= ns_number($row['jumlah_warga']) ?></td><td class="angka-kolom"><?= ns_number($row['jumlah_warga_l']) ?></td><td class="angka-kolom"><?= ns_number($row['jumlah_warga_p']) ?></td></tr>
<?php endforeach ?>
</tbody>
<tfoot><tr><th scope="row" colspan="3">Jumlah</th><td class="angka-kolom"><?= ns_number($total['total_warga'] ?? 0) ?></td><td class="angka-kolom"><?= ns_number($total['total_warga_l'] ?? 0) ?></td><td class="angka-kolom"><?= ns_number($total['total_warga_p'] ?? 0) ?></td></tr></tfoot>
</table>
</div>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Daftar masih kosong.</p></div>
<?php endif ?>
