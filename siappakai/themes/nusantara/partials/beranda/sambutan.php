<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_slides = [];

foreach ($slider_gambar['gambar'] ?? [] as $picture) {
    $path = ($slider_gambar['lokasi'] ?? '') . 'sedang_' . ($picture['gambar'] ?? '');

    if (! empty($picture['gambar']) && is_file(FCPATH . $path)) {
        $ns_slides[] = [
            'src'   => base_url($path),
            'title' => (string) ($picture['judul'] ?? $picture['nama'] ?? ''),
            'url'   => (string) $slider_gambar['sumber'] !== '3' && isset($picture['slug']) ? site_url('artikel/' . buat_slug($picture)) : '',
        ];
    }
}
$ns_own   = 'desa/pengaturan/' . get_instance()->theme . '/images/' . setting('latar_website');
$ns_front = ns_picture('site_picture') ?: (setting('latar_website') && is_file(FCPATH . $ns_own) ? base_url($ns_own) : '');
$ns_front = $ns_front ?: (! empty($desa['kantor_desa']) && is_file(FCPATH . LOKASI_LOGO_DESA . $desa['kantor_desa']) ? gambar_desa($desa['kantor_desa'], true) : '');
$ns_emblem = ns_picture('emblem') ?: ns_logo($desa);
?>
<section class="sambutan" aria-labelledby="sambutan-judul">
<div class="wadah sambutan-kisi">
<div class="sambutan-kata">
<p class="sambutan-awal"><?= ns_e(ns_name('app_name', setting('website_title') ?: 'Situs resmi')) ?></p>
<h1 id="sambutan-judul">Selamat datang di <span><?= ns_e(ns_village($desa)) ?></span></h1>
<p class="sambutan-alamat"><?= ns_icon('alamat') ?><?= ns_e(ns_region($desa)) ?></p>
<?php if (setting('motto_desa')): ?><p class="sambutan-motto">“<?= ns_e(setting('motto_desa')) ?>”</p><?php endif ?>
<form class="cari-besar" role="search" aria-label="Cari kabar dan informasi" method="get" action="<?= site_url() ?>">
<label class="tersembunyi" for="cari-besar">Cari kabar dan informasi</label>
<input id="cari-besar" type="search" name="cari" maxlength="50" placeholder="Cari kabar dan informasi">
<button type="submit"><?= ns_icon('cari') ?><span>Cari</span></button>
</form>
</div>
<?php if ($ns_slides): ?>
<div class="geser" data-geser role="group" aria-roledescription="korsel" aria-label="Gambar pilihan">
<ul class="geser-jalur" tabindex="0">
<?php foreach ($ns_slides as $at => $slide): ?>
<li>
<figure>
<img src="<?= ns_e($slide['src']) ?>" alt="<?= $slide['url'] === '' ? ns_e($slide['title']) : '' ?>" width="640" height="420" decoding="async"<?= $at ? ' loading="lazy"' : ' fetchpriority="high"' ?>>
<?php if ($slide['title'] !== ''): ?><figcaption><?php if ($slide['url'] !== ''): ?><a href="<?= ns_e($slide['url']) ?>"><?= ns_e($slide['title']) ?></a><?php else: ?><?= ns_e($slide['title']) ?><?php endif ?></figcaption><?php endif ?>
</figure>
</li>
<?php endforeach ?>
</ul>
<?php if (count($ns_slides) > 1): ?>
<div class="geser-tombol perlu-js">
<button type="button" data-ke="-1" aria-label="Gambar sebelumnya"><?= ns_icon('kiri') ?></button>
<span aria-live="polite" data-urut>1 / <?= count($ns_slides) ?></span>
<button type="button" data-ke="1" aria-label="Gambar berikutnya"><?= ns_icon('kanan') ?></button>
</div>
<?php endif ?>
</div>
<?php elseif ($ns_front): ?>
<div class="geser"><img class="sambutan-foto" src="<?= ns_e($ns_front) ?>" alt="Kantor <?= ns_e(ns_village($desa)) ?>" width="640" height="420" decoding="async" fetchpriority="high"></div>
<?php else: ?>
<div class="sambutan-lambang"><img src="<?= ns_e($ns_emblem) ?>" alt="Lambang <?= ns_e(ns_word('kabupaten') . ' ' . $desa['nama_kabupaten']) ?>" width="220" height="220" decoding="async"></div>
<?php endif ?>
</div>
</section>
