<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<div class="kosong-besar">
<p class="angka-besar" aria-hidden="true">404</p>
<h1>Halaman tidak ditemukan</h1>
<p>Alamatnya mungkin berubah, atau isinya belum diterbitkan. Coba cari, atau mulai dari beranda.</p>
<p><a class="tombol tombol-utama" href="<?= site_url() ?>">Ke beranda</a> <a class="tombol" href="<?= site_url('arsip') ?>">Lihat arsip</a></p>
</div>
