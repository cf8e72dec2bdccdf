<section class="hero">
  <h1>Desa <?= self::e($village->name) ?></h1>
  <p>Catatan pajak bumi dan bangunan: <b><?= $village->parcels ?></b> objek pajak.</p>
  <p>Masuk sebagai <?= self::e((string) $this->session->user()) ?>.</p>
</section>
