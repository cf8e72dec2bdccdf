<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_placed = is_numeric($desa['lat']) && is_numeric($desa['lng']);
$ns_office = ! empty($desa['kantor_desa']) && is_file(FCPATH . LOKASI_LOGO_DESA . $desa['kantor_desa']) ? gambar_desa($desa['kantor_desa'], true) : '';
?>
<section class="widget">
<h2><?= ns_icon('alamat') ?><?= ns_e($judul_widget) ?></h2>
<?php if ($ns_office): ?><img class="foto-kantor" src="<?= ns_e($ns_office) ?>" alt="Kantor <?= ns_e(ns_village($desa)) ?>" width="400" height="250" loading="lazy" decoding="async"><?php endif ?>
<?php if ($ns_placed): ?>
<?php $this->load->view("{$folder_themes}/commons/peta", ['ns_id' => 'peta-kantor', 'ns_label' => 'Peta kantor ' . ns_village($desa), 'ns_tall' => false, 'ns_now' => false, 'ns_sketch' => '', 'ns_layers' => [['title' => 'Kantor', 'on' => true, 'points' => [['name' => 'Kantor ' . ns_village($desa), 'lat' => (float) $desa['lat'], 'lng' => (float) $desa['lng'], 'text' => (string) $desa['alamat_kantor'], 'url' => '']]]]]) ?>
<?php endif ?>
<dl class="data data-rapat">
<div><dt>Alamat</dt><dd><?= ns_e(ns_name('contact_address', $desa['alamat_kantor']) ?: '–') ?></dd></div>
<div><dt>Telepon</dt><dd><?= ns_e(ns_name('contact_phone', $desa['telepon']) ?: '–') ?></dd></div>
<div><dt>Surel</dt><dd><?= ns_e(ns_name('contact_email', $desa['email_desa']) ?: '–') ?></dd></div>
</dl>
<?php if ($ns_placed): ?><p><a href="https://www.openstreetmap.org/?mlat=<?= (float) $desa['lat'] ?>&amp;mlon=<?= (float) $desa['lng'] ?>#map=16/<?= (float) $desa['lat'] ?>/<?= (float) $desa['lng'] ?>" rel="noopener noreferrer">Buka di OpenStreetMap</a></p><?php endif ?>
</section>
