<section class="hero">
  <div>
    <p class="kicker">Kecamatan <?= self::e($village['nama_kecamatan']) ?>, <?= self::e($village['nama_kabupaten']) ?></p>
    <h1><?= self::e(ucfirst($settings['sebutan_desa'])) ?> <?= self::e($village['nama_desa']) ?></h1>
    <p>Website resmi pemerintah <?= self::e($settings['sebutan_desa']) ?>, kode wilayah <?= self::e($village['kode_desa']) ?>.</p>
    <dl class="figures">
<?php foreach ($figures as $name => $number) : ?>
      <div><dt><?= self::e($name) ?></dt><dd><?= (int) $number ?></dd></div>
<?php endforeach ?>
    </dl>
  </div>
  <img src="<?= self::url('/assets/images/balai-desa.svg') ?>" alt="Balai desa" width="420" height="280">
</section>
<h2>Kabar terbaru</h2>
<div class="cards">
<?php foreach ($articles as $article) : ?>
  <article class="card" id="<?= self::e($article['tautan']) ?>">
    <time><?= self::e(date('d-m-Y', strtotime($article['tgl_upload']))) ?></time>
    <h3><?= self::e($article['judul']) ?></h3>
    <p><?= self::e($article['isi']) ?></p>
  </article>
<?php endforeach ?>
</div>
