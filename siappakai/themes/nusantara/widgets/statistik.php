<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_rows = array_filter(is_array($stat_widget ?? null) ? $stat_widget : [], static fn ($row, $key): bool => is_int($key) && (string) ($row['no'] ?? '') !== '' && (int) ($row['jumlah'] ?? 0) > 0, ARRAY_FILTER_USE_BOTH);
$ns_most = max(1, ...array_map(static fn (array $row): int => (int) $row['jumlah'], array_values($ns_rows) ?: [['jumlah' => 0]]));
?>
<section class="widget">
<h2><?= ns_icon('bagan') ?><a href="<?= site_url('data-statistik/jenis-kelamin') ?>"><?= ns_e($judul_widget) ?></a></h2>
<ul class="anggaran-daftar">
<?php foreach ($ns_rows as $row): ?>
<li><p><span><?= ns_e(ucfirst(mb_strtolower((string) $row['nama']))) ?></span><strong><?= ns_number($row['jumlah']) ?></strong></p><div class="batang" aria-hidden="true"><span style="width:<?= round((int) $row['jumlah'] / $ns_most * 100, 1) ?>%"></span></div></li>
<?php endforeach ?>
</ul>
</section>
