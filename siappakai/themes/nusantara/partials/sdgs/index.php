<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_goals = sdgs();
?>
<?php if (! empty($ns_goals->error_msg) || empty($ns_goals->data)): ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Data SDGs belum tersedia.</p></div>
<?php else: ?>
<p class="pengantar">Skor rata-rata: <strong><?= ns_e($ns_goals->average ?? '–') ?></strong></p>
<ul class="sdgs">
<?php foreach ($ns_goals->data as $goal): ?>
<li><img src="<?= asset('images/sdgs/' . basename((string) ($goal->image ?? ''))) ?>" alt="<?= ns_e($goal->title ?? pathinfo((string) ($goal->image ?? ''), PATHINFO_FILENAME)) ?>" width="96" height="96" loading="lazy"><p><strong><?= ns_e($goal->score ?? '–') ?></strong><span><?= ns_e($goal->title ?? 'Nilai') ?></span></p></li>
<?php endforeach ?>
</ul>
<?php endif ?>
