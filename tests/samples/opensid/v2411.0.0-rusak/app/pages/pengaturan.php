<h1>Pengaturan</h1>
<div class="cards two">
  <form class="card" method="post" enctype="multipart/form-data" action="<?= self::url('/setting/update') ?>">
    <h2>Aplikasi</h2>
    <input type="hidden" name="sidcsrf" value="<?= self::e($_SESSION['sidcsrf']) ?>">
<?php foreach (['web_theme' => 'Tema', 'website_title' => 'Judul website', 'login_title' => 'Judul masuk', 'sebutan_desa' => 'Sebutan desa'] as $key => $label) : ?>
    <label><?= $label ?> <input name="<?= $key ?>" value="<?= self::e($settings[$key]) ?>"></label>
<?php endforeach ?>
    <label>Latar masuk <input type="file" name="latar_login" accept="image/png,image/jpeg"></label>
    <label>Latar website <input type="file" name="latar_website" accept="image/png,image/jpeg"></label>
    <button>Simpan</button>
  </form>
  <form class="card" method="post" enctype="multipart/form-data" action="<?= self::url('/identitas_desa/update') ?>">
    <h2>Identitas</h2>
    <input type="hidden" name="sidcsrf" value="<?= self::e($_SESSION['sidcsrf']) ?>">
    <label>Telepon <input name="telepon" value="<?= self::e($village['telepon']) ?>"></label>
    <label>Logo <input type="file" name="logo" accept="image/png,image/jpeg"></label>
    <button>Simpan</button>
  </form>
  <form class="card" method="post" action="<?= self::url('/sosmed/update/facebook') ?>">
    <h2>Facebook</h2>
    <input type="hidden" name="sidcsrf" value="<?= self::e($_SESSION['sidcsrf']) ?>">
    <label>Tautan <input name="link"></label>
    <button>Simpan</button>
  </form>
</div>
<p><a href="<?= self::url('/beranda') ?>">Beranda</a></p>
