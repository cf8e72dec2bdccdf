<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_all   = is_array($stat ?? null) ? $stat : [];
$ns_sums  = [];
$ns_rows  = [];

foreach ($ns_all as $key => $row) {
    if (! is_array($row)) {
        continue;
    }
    $is_sum = ! is_int($key) || (string) ($row['no'] ?? '') === '';
    $is_sum ? $ns_sums[] = $row : $ns_rows[] = $row;
}
$ns_most  = max(1, ...array_map(static fn (array $row): int => (int) ($row['jumlah'] ?? 0), $ns_rows ?: [['jumlah' => 0]]));
$ns_label = ns_e($heading ?? 'Statistik');
$ns_wide  = static fn ($count): string => (string) round(max(0, (int) $count) / $ns_most * 100, 2);
?>
<figure class="bagan">
<figcaption>
<h2>Grafik <?= $ns_label ?></h2>
<p class="legenda"><span class="kunci kunci-1"></span>Laki-laki <span class="kunci kunci-2"></span>Perempuan</p>
</figcaption>
<ul class="bagan-batang" aria-label="Jumlah menurut <?= $ns_label ?>; angkanya ada di tabel">
<?php foreach ($ns_rows as $row): ?>
<?php if ((int) ($row['jumlah'] ?? 0) > 0): ?>
<li><span><?= ns_e($row['nama'] ?? '') ?></span><span class="dua-batang" aria-hidden="true"><i class="kunci-1" style="width:<?= $ns_wide($row['laki'] ?? 0) ?>%"></i><i class="kunci-2" style="width:<?= $ns_wide($row['perempuan'] ?? 0) ?>%"></i><?php if ((int) ($row['laki'] ?? 0) + (int) ($row['perempuan'] ?? 0) === 0): ?><i class="kunci-1" style="width:<?= $ns_wide($row['jumlah']) ?>%"></i><?php endif ?></span><b><?= ns_number($row['jumlah']) ?></b></li>
<?php endif ?>
<?php endforeach ?>
</ul>
</figure>
<div class="tabel" role="region" aria-label="Tabel <?= $ns_label ?>" tabindex="0">
<table>
<caption>Tabel <?= $ns_label ?></caption>
<thead>
<tr><th scope="col" rowspan="2" class="angka-kolom">No.</th><th scope="col" rowspan="2">Kelompok</th><th scope="colgroup" colspan="2">Jumlah</th><th scope="colgroup" colspan="2">Laki-laki</th><th scope="colgroup" colspan="2">Perempuan</th></tr>
<tr><?php for ($i = 0; $i < 3; $i++): ?><th scope="col" class="angka-kolom">n</th><th scope="col" class="angka-kolom">%</th><?php endfor ?></tr>
</thead>
<?php foreach (['tbody' => $ns_rows, 'tfoot' => $ns_sums] as $part => $rows): ?>
<<?= $part ?>>
<?php foreach ($rows as $row): ?>
<tr><td class="angka-kolom"><?= ns_e($row['no'] ?? '') ?></td><th scope="row"><?= ns_e($row['nama'] ?? '') ?></th>
<?php foreach ([['jumlah', 'persen'], ['laki', 'persen1'], ['perempuan', 'persen2']] as [$count, $share]): ?>
<td class="angka-kolom"><?= isset($row[$count]) ? ns_number($row[$count]) : '–' ?></td><td class="angka-kolom"><?= ns_e($row[$share] ?? '–') ?></td>
<?php endforeach ?>
</tr>
<?php endforeach ?>
</<?= $part ?>>
<?php endforeach ?>
</table>
</div>
<?php if (! empty($last_update)): ?><p class="rincian">Diperbarui <?= ns_date($last_update) ?></p><?php endif ?>
<?php if (setting('daftar_penerima_bantuan') && (! empty($bantuan) || in_array($st ?? '', ['bantuan_keluarga', 'bantuan_penduduk'], true))): ?>
<h2>Daftar penerima</h2>
<?php $this->load->view("{$folder_themes}/commons/tabel_jauh", [
    'ns_id'      => 'penerima',
    'ns_caption' => 'Daftar penerima ' . ($heading ?? ''),
    'ns_columns' => ['No.', 'Program', 'Nama peserta', 'Alamat'],
    'ns_source'  => ['url' => site_url('first/ajax_peserta_program_bantuan'), 'method' => 'POST', 'more' => ['stat' => $st ?? '']],
]) ?>
<?php endif ?>
