<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_first = $list_indikator[0] ?? [];
?>
<?php if ($ns_first): ?>
<?php if (count($master_indikator ?? []) > 1): ?>
<form class="saring" method="get" action="<?= site_url('data_analisis') ?>">
<label for="pilih-analisis">Pendataan</label>
<select id="pilih-analisis" name="master">
<?php foreach ($master_indikator as $one): ?>
<option value="<?= ns_e($one['id']) ?>"<?= (string) $one['id'] === (string) $ns_first['id_master'] ? ' selected' : '' ?>><?= ns_e($one['master'] . ' (' . $one['tahun'] . ')') ?></option>
<?php endforeach ?>
</select>
<button class="tombol" type="submit">Tampilkan</button>
</form>
<?php endif ?>
<dl class="data">
<div><dt>Pendataan</dt><dd><?= ns_e($ns_first['master']) ?></dd></div>
<div><dt>Subjek</dt><dd><?= ns_e($ns_first['subjek']) ?></dd></div>
<div><dt>Tahun</dt><dd><?= ns_e($ns_first['tahun']) ?></dd></div>
</dl>
<h2>Pertanyaan</h2>
<ul class="daftar-pendek">
<?php foreach ($list_indikator as $row): ?>
<li><a href="<?= site_url("jawaban_analisis/{$row['id']}/{$row['subjek_tipe']}/{$row['id_periode']}") ?>"><?= ns_e($row['nomor'] . '. ' . $row['indikator']) ?></a></li>
<?php endforeach ?>
</ul>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada analisis yang dibuka untuk umum.</p></div>
<?php endif ?>
