<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_notice = session('notif');
$ns_notice = is_array($ns_notice) ? $ns_notice : [];
$ns_typed  = is_array($ns_notice['data'] ?? null) ? $ns_notice['data'] : [];
$ns_failed = ($ns_notice['status'] ?? '') === 'error';
$ns_states = [1 => ['Menunggu diproses', ''], 2 => ['Sedang diproses', ' lencana-jalan'], 3 => ['Selesai', ' lencana-baik']];
?>
<?php if (! empty($ns_notice['pesan'])): ?><div class="kabar-form <?= $ns_failed ? 'gagal' : 'berhasil' ?>" role="<?= $ns_failed ? 'alert' : 'status' ?>"><?= ns_e(strip_tags((string) $ns_notice['pesan'])) ?></div><?php endif ?>
<details class="kotak" id="buat"<?= $ns_typed || empty($pengaduan) ? ' open' : '' ?>>
<summary><h2>Buat pengaduan</h2></summary>
<form class="formulir" method="post" action="<?= ns_e($form_action ?? site_url('pengaduan/kirim')) ?>" enctype="multipart/form-data">
<?= ns_token() ?>
<p><label for="a-nama">Nama <span>(wajib)</span></label><input id="a-nama" name="nama" required autocomplete="name" value="<?= ns_e($ns_typed['nama'] ?? '') ?>"></p>
<p><label for="a-nik">NIK <span>(boleh kosong)</span></label><input id="a-nik" name="nik" inputmode="numeric" maxlength="16" value="<?= ns_e($ns_typed['nik'] ?? '') ?>"></p>
<p><label for="a-surel">Surel <span>(boleh kosong)</span></label><input id="a-surel" type="email" name="email" autocomplete="email" value="<?= ns_e($ns_typed['email'] ?? '') ?>"></p>
<p><label for="a-telepon">Telepon <span>(boleh kosong)</span></label><input id="a-telepon" type="tel" name="telepon" autocomplete="tel" value="<?= ns_e($ns_typed['telepon'] ?? '') ?>"></p>
<p class="lebar"><label for="a-judul">Pokok pengaduan <span>(wajib)</span></label><input id="a-judul" name="judul" required value="<?= ns_e($ns_typed['judul'] ?? '') ?>"></p>
<p class="lebar"><label for="a-isi">Ceritakan <span>(wajib)</span></label><textarea id="a-isi" name="isi" rows="6" required><?= ns_e($ns_typed['isi'] ?? '') ?></textarea></p>
<p class="lebar"><label for="a-foto">Foto <span>(boleh kosong; JPG atau PNG)</span></label><input id="a-foto" type="file" name="foto" accept="image/png,image/jpeg"></p>
<?php $this->load->view("{$folder_themes}/commons/captcha", ['ns_field' => 'a-kode']) ?>
<p class="lebar"><button class="tombol tombol-utama" type="submit">Kirim pengaduan</button></p>
</form>
</details>
<form class="saring" method="get" action="<?= site_url('pengaduan') ?>" role="search" aria-label="Cari pengaduan">
<label for="c-status">Keadaan</label>
<select id="c-status" name="caristatus"><option value="">Semua</option><?php foreach ($ns_states as $id => $state): ?><option value="<?= $id ?>"<?= (string) ($caristatus ?? '') === (string) $id ? ' selected' : '' ?>><?= $state[0] ?></option><?php endforeach ?></select>
<label for="c-kata">Kata</label>
<input id="c-kata" type="search" name="cari" value="<?= ns_e($cari ?? '') ?>">
<button class="tombol" type="submit"><?= ns_icon('cari') ?>Cari</button>
</form>
<?php if (! empty($pengaduan)): ?>
<ul class="aduan">
<?php foreach ($pengaduan as $one): ?>
<?php
    $ns_state   = $ns_states[(int) $one['status']] ?? $ns_states[1];
    $ns_replies = array_filter($pengaduan_balas ?? [], static fn (array $reply): bool => $reply['id_pengaduan'] && (string) $reply['id_pengaduan'] === (string) $one['id']);
    $ns_photo   = ! empty($one['foto']) && is_file(FCPATH . LOKASI_PENGADUAN . $one['foto']);
?>
<li class="kotak">
<p class="lencana<?= $ns_state[1] ?>"><?= $ns_state[0] ?></p>
<h2><?= ns_e($one['judul']) ?></h2>
<p class="rincian"><?= ns_icon('orang') ?><?= ns_e($one['nama']) ?><?= ns_date($one['created_at']) ?></p>
<p><?= nl2br(ns_e(strip_tags((string) $one['isi']))) ?></p>
<?php if ($ns_photo): ?><p><img src="<?= to_base64(LOKASI_PENGADUAN . $one['foto']) ?>" alt="Foto dari pengadu" loading="lazy" width="400" height="300"></p><?php endif ?>
<?php if ($ns_replies): ?>
<details><summary><?= count($ns_replies) ?> tanggapan</summary>
<?php foreach ($ns_replies as $reply): ?>
<div class="tanggapan"><p class="rincian"><strong><?= ns_e($reply['nama']) ?></strong><?= ns_date($reply['created_at']) ?></p><p><?= nl2br(ns_e(strip_tags((string) $reply['isi']))) ?></p></div>
<?php endforeach ?>
</details>
<?php endif ?>
</li>
<?php endforeach ?>
</ul>
<?php $this->load->view("{$folder_themes}/commons/halaman") ?>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada pengaduan.</p></div>
<?php endif ?>
