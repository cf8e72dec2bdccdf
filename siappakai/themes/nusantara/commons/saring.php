<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<p class="saring perlu-js"><label for="saring-<?= ns_e($ns_table) ?>">Saring daftar</label><input id="saring-<?= ns_e($ns_table) ?>" type="search" data-saring="<?= ns_e($ns_table) ?>" placeholder="Ketik nama atau alamat"><output></output></p>
