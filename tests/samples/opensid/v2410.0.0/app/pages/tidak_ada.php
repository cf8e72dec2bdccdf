<section class="card narrow"><h1>Halaman tidak ditemukan</h1><p><a href="<?= self::url('/') ?>">Kembali ke beranda</a></p></section>
