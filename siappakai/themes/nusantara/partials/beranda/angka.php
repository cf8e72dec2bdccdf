<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_people = ['all' => 0, 'laki' => 0, 'perempuan' => 0];

foreach (is_array($stat_widget ?? null) ? $stat_widget : [] as $key => $row) {
    $name = strtoupper((string) ($row['nama'] ?? ''));

    if ($name === 'LAKI-LAKI') {
        $ns_people['laki'] = (int) $row['jumlah'];
    } elseif ($name === 'PEREMPUAN') {
        $ns_people['perempuan'] = (int) $row['jumlah'];
    } elseif ($key === 'total' || $name === 'TOTAL') {
        $ns_people['all'] = (int) $row['jumlah'];
    }
}
$ns_people['all'] = $ns_people['all'] ?: $ns_people['laki'] + $ns_people['perempuan'];
?>
<section class="wadah angka" aria-label="<?= ns_e(ns_word('desa')) ?> dalam angka">
<dl>
<div><dt><?= ns_icon('warga') ?>Penduduk</dt><dd><?= ns_number($ns_people['all']) ?></dd></div>
<div><dt><?= ns_icon('orang') ?>Laki-laki</dt><dd><?= ns_number($ns_people['laki']) ?></dd></div>
<div><dt><?= ns_icon('orang') ?>Perempuan</dt><dd><?= ns_number($ns_people['perempuan']) ?></dd></div>
<div><dt><?= ns_icon('baca') ?>Kunjungan hari ini</dt><dd><?= ns_number($statistik_pengunjung['hari_ini'] ?? 0) ?></dd></div>
</dl>
</section>
