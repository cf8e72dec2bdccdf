<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($pemerintah)): ?>
<ul class="perangkat">
<?php foreach ($pemerintah as $person): ?>
<?php $this->load->view("{$folder_themes}/commons/perangkat", ['person' => $person]) ?>
<?php endforeach ?>
</ul>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada perangkat yang dicatat.</p></div>
<?php endif ?>
