<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_money = ns_budget(null, $widget_keuangan ?? null);
?>
<?php if ($ns_money['groups']): ?>
<section class="widget">
<h2><?= ns_icon('keuangan') ?><a href="<?= site_url('artikel/kategori/1001') ?>"><?= ns_e($judul_widget . ' ' . $ns_money['year']) ?></a></h2>
<?php foreach ($ns_money['groups'] as $at => $group): ?>
<details<?= $at === 0 ? ' open' : '' ?>>
<summary><?= ns_e($group['title']) ?></summary>
<ul class="anggaran-daftar">
<?php foreach ($group['items'] as $item): ?>
<li><p><span><?= ns_e($item['name']) ?></span><strong><?= str_replace('.', ',', (string) round($item['share'], 1)) ?>%</strong></p><div class="batang" aria-hidden="true"><span style="width:<?= max(0, min(100, round($item['share'], 1))) ?>%"></span></div><p class="rincian"><?= ns_rupiah($item['spent']) ?> dari <?= ns_rupiah($item['plan']) ?></p></li>
<?php endforeach ?>
</ul>
</details>
<?php endforeach ?>
</section>
<?php endif ?>
