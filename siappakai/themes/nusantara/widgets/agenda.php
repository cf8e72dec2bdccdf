<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_days = ['Hari ini' => $hari_ini ?? [], 'Mendatang' => $yad ?? [], 'Yang lalu' => array_slice(array_reverse(is_array($lama ?? null) ? $lama : []), 0, 4)];
$ns_days = array_filter($ns_days);
?>
<section class="widget">
<h2><?= ns_icon('kalender') ?><?= ns_e($judul_widget) ?></h2>
<?php if (! $ns_days): ?><p class="rincian">Belum ada agenda.</p><?php endif ?>
<?php foreach ($ns_days as $when => $events): ?>
<h3><?= $when ?></h3>
<ul class="agenda">
<?php foreach ($events as $event): ?>
<?php $ns_at = strtotime((string) $event['tgl_agenda']) ?: time() ?>
<li>
<p class="tanggal" aria-hidden="true"><b><?= date('j', $ns_at) ?></b><?= ['', 'Jan', 'Feb', 'Mar', 'Apr', 'Mei', 'Jun', 'Jul', 'Agu', 'Sep', 'Okt', 'Nov', 'Des'][(int) date('n', $ns_at)] ?></p>
<div><a href="<?= site_url('artikel/' . buat_slug($event)) ?>"><?= ns_e($event['judul']) ?></a><p class="rincian"><?= ns_date($event['tgl_agenda'], date('His', $ns_at) !== '000000') ?><?php if (! empty($event['lokasi_kegiatan'])): ?><span><?= ns_e($event['lokasi_kegiatan']) ?></span><?php endif ?></p></div>
</li>
<?php endforeach ?>
</ul>
<?php endforeach ?>
</section>
