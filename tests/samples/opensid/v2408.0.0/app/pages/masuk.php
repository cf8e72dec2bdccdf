<form class="card narrow" method="post" action="<?= self::url('/siteman/auth') ?>">
  <h1>Masuk <?= self::e(ucfirst($settings['sebutan_desa'])) ?> <?= self::e($village['nama_desa']) ?></h1>
<?php if (! empty($_SESSION['notice'])) : ?>
  <p class="notice" role="alert"><?= self::e($_SESSION['notice']) ?></p>
<?php unset($_SESSION['notice']); endif ?>
  <input type="hidden" name="sidcsrf" value="<?= self::e($_SESSION['sidcsrf']) ?>">
  <label>Nama pengguna <input name="username" autocomplete="username" required></label>
  <label>Sandi <input name="password" type="password" autocomplete="current-password" required></label>
  <button>Masuk</button>
</form>
