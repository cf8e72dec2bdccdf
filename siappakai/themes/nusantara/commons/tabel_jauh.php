<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Tabel yang barisnya diminta sedikit demi sedikit dari OpenSID. */
?>
<div class="tabel-jauh" data-sumber="<?= ns_e(json_encode($ns_source)) ?>" data-kolom="<?= count($ns_columns) ?>">
<p class="saring"><label for="cari-<?= ns_e($ns_id) ?>">Cari di daftar ini</label><input id="cari-<?= ns_e($ns_id) ?>" type="search"></p>
<div class="tabel" role="region" aria-label="<?= ns_e($ns_caption) ?>" tabindex="0">
<table>
<caption><?= ns_e($ns_caption) ?></caption>
<thead><tr><?php foreach ($ns_columns as $name): ?><th scope="col"><?= ns_e($name) ?></th><?php endforeach ?></tr></thead>
<tbody><tr><td colspan="<?= count($ns_columns) ?>">Memuat…</td></tr></tbody>
</table>
</div>
<div class="halaman"><p role="status"></p><p><button class="tombol" type="button" data-mundur disabled><?= ns_icon('kiri') ?>Sebelumnya</button> <button class="tombol" type="button" data-maju disabled>Berikutnya<?= ns_icon('kanan') ?></button></p></div>
<noscript><p>Daftar ini memerlukan JavaScript.</p></noscript>
</div>
