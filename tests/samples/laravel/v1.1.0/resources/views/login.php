<?php if (isset($village->pictures['latar_login'])) : ?>
<style>body { background-image: url('<?= self::e($this->url($village->pictures['latar_login'])) ?>'); }</style>
<?php endif ?>
<section class="card">
<?php if (isset($village->pictures['logo_aplikasi'])) : ?>
  <img src="<?= $this->url($village->pictures['logo_aplikasi']) ?>" alt="" height="75">
<?php endif ?>
  <h1>Masuk</h1>
  <form method="post" action="<?= $this->url('/login') ?>">
    <input type="hidden" name="_token" value="<?= self::e($this->session->token()) ?>">
    <label>Nama Pengguna <input name="username" autocomplete="username" required></label>
    <label>Kata Sandi <input name="password" type="password" autocomplete="current-password" required></label>
    <button>Masuk</button>
  </form>
</section>
