<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_money = ns_budget(isset($data_widget) ? ['data_widget' => $data_widget, 'tahun' => $tahun ?? ''] : ($transparansi ?? null), $widget_keuangan ?? null);
?>
<?php if ($ns_money['groups']): ?>
<section class="bagian" aria-labelledby="anggaran-judul">
<div class="wadah">
<div class="kepala-bagian"><h2 id="anggaran-judul">Transparansi anggaran<?= $ns_money['year'] !== '' ? ' ' . ns_e($ns_money['year']) : '' ?></h2></div>
<div class="anggaran">
<?php foreach ($ns_money['groups'] as $group): ?>
<div class="anggaran-kelompok">
<h3><?= ns_e($group['title']) ?></h3>
<ul>
<?php foreach ($group['items'] as $item): ?>
<li>
<p><span><?= ns_e($item['name']) ?></span><strong><?= str_replace('.', ',', (string) round($item['share'], 1)) ?>%</strong></p>
<div class="batang" aria-hidden="true"><span style="width:<?= max(0, min(100, round($item['share'], 1))) ?>%"></span></div>
<p class="rincian"><span><?= ns_rupiah($item['spent']) ?> terealisasi</span><span>dari <?= ns_rupiah($item['plan']) ?></span></p>
</li>
<?php endforeach ?>
</ul>
</div>
<?php endforeach ?>
</div>
</div>
</section>
<?php endif ?>
