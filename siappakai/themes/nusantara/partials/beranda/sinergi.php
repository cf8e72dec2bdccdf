<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_partners = array_filter(is_array($sinergi_program ?? null) ? $sinergi_program : [], static fn ($one): bool => is_array($one) && ! empty($one['gambar']) && is_file(FCPATH . LOKASI_GAMBAR_WIDGET . $one['gambar']));
?>
<?php if ($ns_partners): ?>
<section class="bagian bagian-lembut" aria-labelledby="sinergi-judul">
<div class="wadah">
<h2 id="sinergi-judul">Sinergi program</h2>
<ul class="sinergi">
<?php foreach ($ns_partners as $one): ?>
<li><a href="<?= ns_url($one['tautan'] ?? '') ?>" rel="noopener noreferrer"><img src="<?= ns_e(base_url(LOKASI_GAMBAR_WIDGET . $one['gambar'])) ?>" alt="<?= ns_e(($one['judul'] ?? '') ?: 'Program') ?>" width="150" height="70" loading="lazy"></a></li>
<?php endforeach ?>
</ul>
</div>
</section>
<?php endif ?>
