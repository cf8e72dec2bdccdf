<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Kepala sebuah halaman dalam: remah roti, judul, dan kalimat pengantar. $ns_trail: [nama => alamat]. */
?>
<div class="judul-halaman">
<div class="wadah">
<nav aria-label="Jejak halaman">
<ol class="remah">
<li><a href="<?= site_url() ?>">Beranda</a></li>
<?php foreach ($ns_trail ?? [] as $name => $url): ?><li><a href="<?= ns_e($url) ?>"><?= ns_e($name) ?></a></li><?php endforeach ?>
<li aria-current="page"><?= ns_excerpt($ns_heading, 60) ?></li>
</ol>
</nav>
<h1><?= ns_e($ns_heading) ?></h1>
<?php if (! empty($ns_lead)): ?><p class="pengantar"><?= ns_e($ns_lead) ?></p><?php endif ?>
</div>
</div>
