<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($jam_kerja) && count($jam_kerja)): ?>
<section class="widget">
<h2><?= ns_icon('jam') ?><?= ns_e($judul_widget) ?></h2>
<table class="polos">
<caption class="tersembunyi"><?= ns_e($judul_widget) ?></caption>
<thead class="tersembunyi"><tr><th scope="col">Hari</th><th scope="col">Jam</th></tr></thead>
<tbody>
<?php foreach ($jam_kerja as $day): ?>
<tr><th scope="row"><?= ns_e($day->nama_hari) ?></th><td><?= $day->status ? ns_e(substr((string) $day->jam_masuk, 0, 5) . ' – ' . substr((string) $day->jam_keluar, 0, 5)) : 'Libur' ?></td></tr>
<?php endforeach ?>
</tbody>
</table>
</section>
<?php endif ?>
