<section class="card">
  <h1>Masuk</h1>
  <p>Halaman contoh: belum ada akun yang dapat masuk.</p>
  <label>Nama pengguna <input name="username" autocomplete="username" disabled></label>
  <label>Kata sandi <input name="password" type="password" autocomplete="current-password" disabled></label>
</section>
