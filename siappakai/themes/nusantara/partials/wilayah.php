<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_counts = ['jumlah_kk', 'jumlah_warga', 'jumlah_warga_l', 'jumlah_warga_p'];
$ns_cells  = static function (array $row) use ($ns_counts): string {
    return implode('', array_map(static fn (string $key): string => '<td class="angka-kolom">' . ns_number($row[$key] ?? 0) . '</td>', $ns_counts));
};
$ns_chief = static fn ($name): string => trim((string) $name) !== '' ? '<small>' . ns_e($name) . '</small>' : '';
?>
<?php if (! empty($daftar_dusun)): ?>
<div class="tabel" role="region" aria-label="Penduduk menurut wilayah" tabindex="0">
<table>
<caption>Penduduk menurut wilayah</caption>
<thead><tr><th scope="col">Wilayah dan ketuanya</th><th scope="col" class="angka-kolom">KK</th><th scope="col" class="angka-kolom">L+P</th><th scope="col" class="angka-kolom">L</th><th scope="col" class="angka-kolom">P</th></tr></thead>
<tbody>
<?php foreach ($daftar_dusun as $dusun): ?>
<tr class="baris-dusun"><th scope="row"><?= ns_e(ns_word('dusun') . ' ' . $dusun['dusun']) ?><?= $ns_chief($dusun['nama_kadus'] ?? '') ?></th><?= $ns_cells($dusun) ?></tr>
<?php foreach ($dusun['daftar_rw'] ?? [] as $rw): ?>
<?php if (($rw['rw'] ?? '-') !== '-'): ?><tr class="baris-rw"><th scope="row">RW <?= ns_e($rw['rw']) ?><?= $ns_chief($rw['nama_ketua'] ?? '') ?></th><?= $ns_cells($rw) ?></tr><?php endif ?>
<?php foreach ($rw['daftar_rt'] ?? [] as $rt): ?>
<?php if (($rt['rt'] ?? '-') !== '-'): ?><tr class="baris-rt"><th scope="row">RT <?= ns_e($rt['rt']) ?><?= $ns_chief($rt['nama_ketua'] ?? '') ?></th><?= $ns_cells($rt) ?></tr><?php endif ?>
<?php endforeach ?>
<?php endforeach ?>
<?php endforeach ?>
</tbody>
<tfoot><tr><th scope="row">Jumlah</th><td class="angka-kolom"><?= ns_number($total['total_kk'] ?? 0) ?></td><td class="angka-kolom"><?= ns_number($total['total_warga'] ?? 0) ?></td><td class="angka-kolom"><?= ns_number($total['total_warga_l'] ?? 0) ?></td><td class="angka-kolom"><?= ns_number($total['total_warga_p'] ?? 0) ?></td></tr></tfoot>
</table>
</div>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada wilayah yang dicatat.</p></div>
<?php endif ?>
