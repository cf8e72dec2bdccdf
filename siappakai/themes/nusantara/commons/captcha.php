<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<div class="captcha lebar">
<label for="<?= ns_e($ns_field) ?>">Tulis kode pada gambar <span>(wajib)</span></label>
<div><img src="<?= site_url('captcha') ?>" alt="Kode lima huruf dan angka" width="120" height="30" data-captcha><button class="tombol perlu-js" type="button" data-ganti-captcha><?= ns_icon('ulang') ?>Ganti kode</button></div>
<input id="<?= ns_e($ns_field) ?>" name="captcha_code" maxlength="6" required autocomplete="off" autocapitalize="none" spellcheck="false">
</div>
