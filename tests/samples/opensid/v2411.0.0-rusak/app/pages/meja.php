<h1>Selamat bekerja, <?= self::e($_SESSION['name']) ?></h1>
<?php if (! empty($_SESSION['notice'])) : ?>
<p class="notice" role="status"><?= self::e($_SESSION['notice']) ?></p>
<?php unset($_SESSION['notice']); endif ?>
<div class="cards two">
  <section class="card">
    <h2>Penduduk</h2>
    <table>
      <thead><tr><th>Nama</th><th>NIK</th><th>Alamat</th></tr></thead>
<?php foreach ($people as $person) : ?>
      <tr><td><?= self::e($person['nama']) ?></td><td><?= self::e($person['nik']) ?></td><td><?= self::e($person['alamat']) ?></td></tr>
<?php endforeach ?>
    </table>
  </section>
  <section class="card">
    <h2>Galeri</h2>
    <form method="post" enctype="multipart/form-data" action="<?= self::url('/beranda/unggah') ?>">
      <input type="hidden" name="sidcsrf" value="<?= self::e($_SESSION['sidcsrf']) ?>">
      <label>Gambar <input type="file" name="gambar" accept="image/png,image/jpeg" required></label>
      <button>Unggah</button>
    </form>
    <p class="gallery">
<?php foreach ($files as $file) : ?>
      <img src="<?= self::url('/desa/upload/galeri/' . $file) ?>" alt="" width="96" height="96">
<?php endforeach ?>
    </p>
  </section>
</div>
<p><a href="<?= self::url('/keluar') ?>">Keluar</a></p>
