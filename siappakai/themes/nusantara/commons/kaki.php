<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_address = ns_name('contact_address', $desa['alamat_kantor'] ?? '');
$ns_phone   = ns_name('contact_phone', $desa['telepon'] ?? '');
$ns_mail    = ns_name('contact_email', $desa['email_desa'] ?? '');
$ns_topics  = array_slice(is_array($menu_kiri ?? null) ? $menu_kiri : [], 0, 8);
$ns_social  = ns_social($sosmed ?? []);

if (isset($ns_slice)) {
    $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [$ns_slice[0] + $ns_slice[1], 99], 'ns_wide' => true]);
}
if (! empty($transparansi) && empty($ns_budget_shown)) {
    $this->load->view("{$folder_themes}/partials/anggaran");
}
?>
<footer class="kaki">
<div class="wadah kaki-kisi">
<section aria-labelledby="kaki-kantor">
<h2 id="kaki-kantor"><?= ns_e(trim((setting('sebutan_pemerintah_desa') ?: 'Pemerintah ' . ns_word('desa')) . ' ' . ucwords((string) $desa['nama_desa']))) ?></h2>
<address>
<?php if ($ns_address !== ''): ?><p><?= ns_icon('alamat') ?><span><?= ns_e($ns_address) ?></span></p><?php endif ?>
<p><?= ns_icon('peta') ?><span><?= ns_e(ns_region($desa)) ?><?= $desa['kode_pos'] ? ' ' . ns_e($desa['kode_pos']) : '' ?></span></p>
<?php if ($ns_phone !== ''): ?><p><?= ns_icon('telepon') ?><a href="tel:<?= ns_e(preg_replace('~[^0-9+]~', '', $ns_phone)) ?>"><?= ns_e($ns_phone) ?></a></p><?php endif ?>
<?php if ($ns_mail !== ''): ?><p><?= ns_icon('surel') ?><a href="mailto:<?= ns_e($ns_mail) ?>"><?= ns_e($ns_mail) ?></a></p><?php endif ?>
</address>
</section>
<?php if ($ns_topics): ?>
<nav aria-labelledby="kaki-topik">
<h2 id="kaki-topik">Topik kabar</h2>
<ul>
<?php foreach ($ns_topics as $topic): ?>
<li><a href="<?= site_url('artikel/kategori/' . rawurlencode((string) ($topic['slug'] ?? $topic['id']))) ?>"><?= ns_e($topic['kategori']) ?></a></li>
<?php endforeach ?>
</ul>
</nav>
<?php endif ?>
<nav aria-labelledby="kaki-tautan">
<h2 id="kaki-tautan">Tautan</h2>
<ul>
<li><a href="<?= site_url('arsip') ?>">Arsip kabar</a></li>
<?php if (setting('layanan_mandiri')): ?><li><a href="<?= site_url('layanan-mandiri') ?>">Layanan Mandiri</a></li><?php endif ?>
<li><a href="<?= site_url('feed') ?>">Umpan RSS</a></li>
<li><a href="<?= site_url('siteman') ?>" rel="nofollow">Masuk perangkat <?= ns_e(mb_strtolower(ns_word('desa'))) ?></a></li>
</ul>
<?php if ($ns_social): ?>
<ul class="sosial" aria-label="Media sosial">
<?php foreach ($ns_social as $name => $url): ?>
<li><a href="<?= ns_url($url) ?>" rel="noopener noreferrer me" aria-label="<?= ns_e(ucfirst($name)) ?>"><?= ns_icon($name) ?></a></li>
<?php endforeach ?>
</ul>
<?php endif ?>
<?php if (setting('tte')): ?>
<p><img src="<?= asset('images/bsre.png') ?>" alt="Balai Besar Sertifikasi Elektronik" width="140" height="46" loading="lazy"></p>
<?php endif ?>
</nav>
</div>
<div class="kaki-dasar">
<div class="wadah">
<p><?= ns_e(ns_name('footer_text', '© ' . date('Y') . ' ' . ns_village($desa))) ?></p>
<p>Ditenagai <a href="https://github.com/OpenSID/OpenSID" rel="noopener noreferrer">OpenSID <?= ns_e(AmbilVersi()) ?></a> dari <a href="https://opendesa.id/" rel="noopener noreferrer">OpenDesa</a> · tema Nusantara</p>
</div>
</div>
</footer>
<dialog id="gambar-besar" class="gambar-besar" aria-label="Gambar diperbesar"><form method="dialog"><button class="tombol" aria-label="Tutup gambar"><?= ns_icon('tutup') ?></button></form><img alt="" src="data:," width="1" height="1"><p></p></dialog>
</body>
</html>
