<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_lists = array_filter(['Terbaru' => $arsip_terkini ?? [], 'Sering dibaca' => $arsip_populer ?? []]);
?>
<section class="widget">
<h2><?= ns_icon('arsip') ?><a href="<?= site_url('arsip') ?>"><?= ns_e($judul_widget) ?></a></h2>
<?php foreach ($ns_lists as $name => $items): ?>
<details<?= $name === 'Terbaru' ? ' open' : '' ?>>
<summary><?= $name ?></summary>
<ul class="daftar-pendek">
<?php foreach (array_slice($items, 0, 5) as $item): ?>
<li><a href="<?= site_url('artikel/' . buat_slug($item)) ?>"><?= ns_e($item['judul']) ?></a><p class="rincian"><?= ns_date($item['tgl_upload']) ?></p></li>
<?php endforeach ?>
</ul>
</details>
<?php endforeach ?>
</section>
