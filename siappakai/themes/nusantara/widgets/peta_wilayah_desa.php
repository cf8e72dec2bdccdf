<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_sketch = ns_outline($desa['path'], 'Garis batas ' . ns_village($desa));
?>
<section class="widget">
<h2><?= ns_icon('peta') ?><?= ns_e($judul_widget) ?></h2>
<?php if ($ns_sketch): ?>
<?php $this->load->view("{$folder_themes}/commons/peta", ['ns_id' => 'peta-wilayah', 'ns_label' => 'Peta wilayah ' . ns_village($desa), 'ns_tall' => false, 'ns_now' => false, 'ns_sketch' => $ns_sketch, 'ns_layers' => [['title' => 'Batas', 'on' => true, 'areas' => [['name' => ns_village($desa), 'path' => ns_path($desa['path']), 'colour' => (string) $desa['warna']]]]]]) ?>
<?php else: ?>
<p class="rincian">Batas wilayah belum digambar.</p>
<?php endif ?>
<?php if ($this->web_menu_model->menu_aktif('peta')): ?><p><a href="<?= site_url('peta') ?>">Peta lengkap</a></p><?php endif ?>
</section>
