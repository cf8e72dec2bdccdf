<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_rows = array_values(array_filter($list_jawab, static fn (array $row): bool => strtoupper((string) ($row['jawaban'] ?? '')) !== 'TOTAL'));
$ns_most = max(1, ...array_map(static fn (array $row): int => (int) ($row['nilai'] ?? 0), $ns_rows ?: [['nilai' => 0]]));
?>
<div class="tabel" role="region" aria-label="Jawaban" tabindex="0">
<table class="tabel-batang">
<caption>Jumlah jawaban</caption>
<thead><tr><th scope="col" class="angka-kolom">No.</th><th scope="col">Jawaban</th><th scope="col" class="angka-kolom">Jumlah</th></tr></thead>
<tbody>
<?php foreach ($ns_rows as $at => $row): ?>
<tr><td class="angka-kolom"><?= $at + 1 ?></td><th scope="row"><?= ns_e($row['jawaban'] ?? '') ?><span class="batang" aria-hidden="true"><span style="width:<?= round((int) ($row['nilai'] ?? 0) / $ns_most * 100, 1) ?>%"></span></span></th><td class="angka-kolom"><?= ns_e($row['nilai'] ?? '') ?></td></tr>
<?php endforeach ?>
</tbody>
</table>
</div>
<p><a class="tombol" href="<?= site_url('data_analisis?master=' . (int) ($indikator['id_master'] ?? 0)) ?>"><?= ns_icon('kiri') ?>Semua pertanyaan</a></p>
