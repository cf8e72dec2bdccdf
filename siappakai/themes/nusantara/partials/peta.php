<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Peta dengan leaflet milik OpenSID; tanpa jQuery. Nama pemilik persil tidak ditampilkan. */
$ns_dusun  = ns_word('dusun');
$ns_layers = [
    ['title' => 'Batas ' . mb_strtolower(ns_word('desa')), 'on' => true, 'areas' => ns_areas([['path' => $desa['path'], 'warna' => $desa['warna']]], ns_village($desa), [])],
    ['title' => $ns_dusun, 'on' => true, 'areas' => ns_areas($dusun_gis ?? [], $ns_dusun . ' %s', ['dusun'])],
    ['title' => 'RW', 'on' => false, 'areas' => ns_areas($rw_gis ?? [], 'RW %s, ' . $ns_dusun . ' %s', ['rw', 'dusun'])],
    ['title' => 'RT', 'on' => false, 'areas' => ns_areas($rt_gis ?? [], 'RT %s RW %s, ' . $ns_dusun . ' %s', ['rt', 'rw', 'dusun'])],
    ['title' => 'Area', 'on' => false, 'areas' => ns_areas($area ?? [], '%s', ['nama'])],
    ['title' => 'Persil', 'on' => false, 'areas' => ns_areas($persil ?? [], 'Persil %s', ['nomor'])],
    ['title' => 'Garis', 'on' => false, 'lines' => ns_areas($garis ?? [], '%s', ['nama'])],
    ['title' => 'Lokasi', 'on' => true, 'points' => ns_points($lokasi ?? [], 'nama')],
    ['title' => 'Pembangunan', 'on' => true, 'points' => ns_points($lokasi_pembangunan ?? [], 'judul', 'pembangunan/')],
];
$ns_layers = array_values(array_filter($ns_layers, static fn (array $layer): bool => ! empty($layer['areas']) || ! empty($layer['lines']) || ! empty($layer['points'])));

if (is_numeric($desa['lat']) && is_numeric($desa['lng'])) {
    $ns_layers[] = ['title' => 'Kantor', 'on' => true, 'points' => [['name' => 'Kantor ' . ns_village($desa), 'lat' => (float) $desa['lat'], 'lng' => (float) $desa['lng'], 'text' => (string) $desa['alamat_kantor'], 'url' => '']]];
}
?>
<?php $this->load->view("{$folder_themes}/commons/peta", ['ns_id' => 'peta-besar', 'ns_layers' => $ns_layers, 'ns_label' => 'Peta ' . ns_village($desa), 'ns_tall' => true, 'ns_now' => true]) ?>
<?php foreach ($ns_layers as $layer): ?>
<details class="isi-peta">
<summary><?= ns_e($layer['title']) ?> <span class="rincian"><?= count($layer['areas'] ?? $layer['lines'] ?? $layer['points']) ?> di peta</span></summary>
<ul>
<?php foreach ($layer['areas'] ?? $layer['lines'] ?? $layer['points'] as $one): ?>
<li><?php if (! empty($one['url'])): ?><a href="<?= ns_url($one['url']) ?>"><?= ns_e($one['name']) ?></a><?php else: ?><?= ns_e($one['name']) ?><?php endif ?></li>
<?php endforeach ?>
</ul>
</details>
<?php endforeach ?>
