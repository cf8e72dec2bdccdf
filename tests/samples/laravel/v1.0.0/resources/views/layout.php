<!doctype html>
<html lang="id">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title><?= self::e($this->app->config('app.name')) ?> | Desa <?= self::e($village->name) ?></title>
<?php if (isset($village->pictures['favicon'])) : ?>
  <link rel="icon" href="<?= $this->url($village->pictures['favicon']) ?>">
<?php endif ?>
  <link rel="stylesheet" href="<?= $this->url('/assets/contoh.css') ?>">
</head>
<body style="--accent: <?= self::e($this->app->config('app.accent')) ?>">
  <p class="sample">Ini aplikasi contoh untuk uji, bukan PBB dan bukan layanan resmi.</p>
  <header>
    <a class="brand" href="<?= $this->url('/') ?>"><?= self::e($this->app->config('app.name')) ?></a>
    <nav><a href="<?= $this->url('/login') ?>">Masuk</a></nav>
  </header>
  <main>
<?= $content ?>
  </main>
  <footer>Contoh Aplikasi PBB <?= self::e($this->app->config('app.version')) ?></footer>
</body>
</html>
