<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($idm->error_msg) || empty($idm->SUMMARIES)): ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p><?= ns_e(strip_tags((string) ($idm->error_msg ?? '')) ?: 'Data belum tersedia.') ?></p></div>
<?php else: ?>
<?php
    $ns_sum    = $idm->SUMMARIES;
    $ns_score  = static fn ($value): string => is_numeric($value) ? number_format((float) $value, 4, ',', '.') : '–';
    $ns_cells  = ['KETERANGAN', 'KEGIATAN', 'NILAI', 'PUSAT', 'PROV', 'KAB', 'DESA', 'CSR', 'LAINNYA'];
    $ns_titles = ['Keterangan', 'Kegiatan yang dapat dilakukan', '+Nilai', 'Pusat', 'Provinsi', 'Kabupaten', 'Desa', 'CSR', 'Lainnya'];
?>
<section class="angka angka-dalam" aria-label="Ringkasan"><dl>
<div><dt><?= ns_icon('bagan') ?>Skor saat ini</dt><dd><?= $ns_score($ns_sum->SKOR_SAAT_INI ?? null) ?></dd></div>
<div><dt><?= ns_icon('informasi') ?>Status</dt><dd><?= ns_e($ns_sum->STATUS ?? '–') ?></dd></div>
<div><dt><?= ns_icon('atas') ?>Status yang dituju</dt><dd><?= ns_e($ns_sum->TARGET_STATUS ?? '–') ?></dd></div>
<div><dt><?= ns_icon('bagan') ?>Skor minimal</dt><dd><?= $ns_score($ns_sum->SKOR_MINIMAL ?? null) ?></dd></div>
</dl></section>
<div class="tabel" role="region" aria-label="Indikator" tabindex="0">
<table>
<caption>Indikator Indeks Desa Membangun</caption>
<thead><tr><th scope="col">No.</th><th scope="col">Indikator</th><th scope="col" class="angka-kolom">Skor</th><?php foreach ($ns_titles as $name): ?><th scope="col"><?= $name ?></th><?php endforeach ?></tr></thead>
<tbody>
<?php foreach ($idm->ROW ?? [] as $row): ?>
<tr<?= empty($row->NO) ? ' class="baris-dusun"' : '' ?>><td><?= ns_e($row->NO ?? '') ?></td><th scope="row"><?= ns_e($row->INDIKATOR ?? '') ?></th><td class="angka-kolom"><?= ns_e($row->SKOR ?? '') ?></td><?php foreach ($ns_cells as $cell): ?><td><?= ns_e($row->{$cell} ?? '') ?></td><?php endforeach ?></tr>
<?php endforeach ?>
</tbody>
</table>
</div>
<?php endif ?>
