<?php if ($look->login_picture()) : ?>
<style>body { background-image: url('<?= self::e(self::url($look->login_picture())) ?>'); }</style>
<?php endif ?>
<?php if (is_file(CONTOH_ROOT . '/desa/pengaturan/siteman/siteman.css')) : ?>
<link rel="stylesheet" href="<?= self::url('/desa/pengaturan/siteman/siteman.css') ?>">
<?php endif ?>
<form class="card narrow" method="post" action="<?= self::url('/siteman/auth') ?>">
  <p class="kicker"><?= self::e($settings['login_title']) ?></p>
  <h1>Masuk <?= self::e(ucfirst($settings['sebutan_desa'])) ?> <?= self::e($village['nama_desa']) ?></h1>
<?php if (! empty($_SESSION['notice'])) : ?>
  <p class="notice" role="alert"><?= self::e($_SESSION['notice']) ?></p>
<?php unset($_SESSION['notice']); endif ?>
  <input type="hidden" name="sidcsrf" value="<?= self::e($_SESSION['sidcsrf']) ?>">
  <label>Nama pengguna <input name="username" autocomplete="username" required></label>
  <label>Sandi <input name="password" type="password" autocomplete="current-password" required></label>
  <button>Masuk</button>
</form>
