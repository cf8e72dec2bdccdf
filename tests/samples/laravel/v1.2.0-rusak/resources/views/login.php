<section class="card">
  <h1>Masuk</h1>
  <form method="post" action="<?= $this->url('/login') ?>">
    <input type="hidden" name="_token" value="<?= self::e($this->session->token()) ?>">
    <label>Nama Pengguna <input name="username" autocomplete="username" required></label>
    <label>Kata Sandi <input name="password" type="password" autocomplete="current-password" required></label>
    <button>Masuk</button>
  </form>
</section>
