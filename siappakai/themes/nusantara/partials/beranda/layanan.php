<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Hanya yang menunya dihidupkan desa. */
$ns_offers = [
    ['pengaduan', 'pengaduan', 'pengumuman', 'Pengaduan', 'Sampaikan keluhan dan usulan'],
    ['data-wilayah', 'data-wilayah', 'warga', 'Data penduduk', 'Jumlah warga tiap wilayah'],
    ['peta', 'peta', 'peta', 'Peta', 'Wilayah, lokasi, dan pembangunan'],
    ['informasi_publik', 'informasi-publik', 'informasi', 'Informasi publik', 'Dokumen yang boleh diketahui semua'],
    ['peraturan-desa', 'peraturan-desa', 'hukum', 'Produk hukum', 'Peraturan dan keputusan'],
    ['pembangunan', 'pembangunan', 'bangun', 'Pembangunan', 'Kegiatan, anggaran, kemajuan'],
    ['lapak', 'lapak', 'keranjang', 'Lapak', 'Produk warga'],
    ['pemerintah', 'pemerintah', 'gedung', 'Pemerintah ' . ns_word('desa'), 'Perangkat yang melayani Anda'],
    ['galeri', 'galeri', 'gambar', 'Galeri', 'Foto kegiatan'],
    ['status-sdgs', 'status-sdgs', 'bagan', 'SDGs ' . ns_word('desa'), 'Capaian pembangunan'],
];
$ns_open = array_values(array_filter($ns_offers, fn (array $offer): bool => (bool) $this->web_menu_model->menu_aktif($offer[0])));

if (setting('layanan_mandiri')) {
    array_unshift($ns_open, ['', 'layanan-mandiri', 'layanan', 'Layanan Mandiri', 'Urus surat dari rumah']);
}
?>
<?php if ($ns_open): ?>
<section class="wadah layanan" aria-labelledby="layanan-judul">
<h2 id="layanan-judul">Yang bisa Anda lakukan di sini</h2>
<ul>
<?php foreach (array_slice($ns_open, 0, 8) as $offer): ?>
<li><a href="<?= site_url($offer[1]) ?>"><?= ns_icon($offer[2]) ?><span><strong><?= ns_e($offer[3]) ?></strong><small><?= ns_e($offer[4]) ?></small></span></a></li>
<?php endforeach ?>
</ul>
</section>
<?php endif ?>
