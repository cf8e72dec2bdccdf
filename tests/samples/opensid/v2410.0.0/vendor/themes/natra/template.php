<!DOCTYPE html>
<html lang="id">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title><?= self::e($title) ?> · <?= self::e($settings['website_title']) ?> <?= self::e(ucfirst($settings['sebutan_desa'])) ?> <?= self::e($village['nama_desa']) ?></title>
  <link rel="stylesheet" href="<?= self::url('/assets/css/contoh.css') ?>">
  <link rel="stylesheet" href="<?= self::url('/vendor/themes/natra/assets/tema.css') ?>">
  <link rel="icon" href="<?= self::url($look->favicon()) ?>">
</head>
<body>
  <p class="sample">Aplikasi <strong>contoh</strong> bawaan Dasbor SiapPakai, bukan OpenSID yang sebenarnya. Semua isinya rekaan.</p>
  <header>
    <a class="brand" href="<?= self::url('/') ?>"><img src="<?= self::url($look->logo()) ?>" alt="" width="40" height="40">
      <span><?= self::e(ucfirst($settings['sebutan_desa'])) ?> <?= self::e($village['nama_desa']) ?><small><?= self::e($village['nama_kabupaten']) ?>, <?= self::e($village['nama_propinsi']) ?></small></span></a>
    <nav><a href="<?= self::url('/') ?>">Beranda</a> <a href="<?= self::url('/siteman') ?>">Masuk</a></nav>
  </header>
  <main><?= $content ?></main>
  <footer>Contoh yang meniru cara jalan <a href="https://github.com/OpenSID/OpenSID">OpenSID</a> <?= self::e(VERSION) ?></footer>
</body>
</html>
