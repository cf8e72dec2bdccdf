<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_notice = $this->session->flashdata('notif');
$ns_notice = is_array($ns_notice) ? $ns_notice : [];
$ns_failed = isset($ns_notice['status']) && (int) $ns_notice['status'] === -1;
$ns_typed  = $ns_notice['data'] ?? [];
?>
<?php if (! empty($komentar)): ?>
<section class="komentar" aria-labelledby="komentar-judul">
<h2 id="komentar-judul"><?= ns_number(count($komentar)) ?> komentar</h2>
<ul>
<?php foreach ($komentar as $comment): ?>
<li><p class="rincian"><strong><?= ns_e($comment['owner'] ?? '') ?></strong><?= ns_date($comment['tgl_upload'] ?? '') ?></p><p><?= nl2br(ns_e(strip_tags((string) $comment['komentar']))) ?></p></li>
<?php endforeach ?>
</ul>
</section>
<?php endif ?>
<?php if ((int) ($single_artikel['boleh_komentar'] ?? 0) === 1): ?>
<section class="kotak" id="kolom-komentar" aria-labelledby="kirim-judul">
<h2 id="kirim-judul">Kirim komentar</h2>
<?php if (! empty($ns_notice['pesan'])): ?><div class="kabar-form <?= $ns_failed ? 'gagal' : 'berhasil' ?>" role="<?= $ns_failed ? 'alert' : 'status' ?>"><?= ns_e(strip_tags((string) $ns_notice['pesan'])) ?></div><?php endif ?>
<form class="formulir" method="post" action="<?= site_url('add_comment/' . (int) $single_artikel['id']) ?>">
<?= ns_token() ?>
<p><label for="k-nama">Nama <span>(wajib)</span></label><input id="k-nama" name="owner" maxlength="50" required autocomplete="name" value="<?= ns_e($ns_typed['owner'] ?? '') ?>"></p>
<p><label for="k-hp">Nomor HP <span>(wajib, tidak ditampilkan)</span></label><input id="k-hp" name="no_hp" type="tel" inputmode="numeric" pattern="[0-9]{5,15}" maxlength="15" required autocomplete="tel" value="<?= ns_e($ns_typed['no_hp'] ?? '') ?>"></p>
<p><label for="k-surel">Surel <span>(boleh kosong)</span></label><input id="k-surel" name="email" type="email" maxlength="50" autocomplete="email" value="<?= ns_e($ns_typed['email'] ?? '') ?>"></p>
<p class="lebar"><label for="k-isi">Komentar <span>(wajib)</span></label><textarea id="k-isi" name="komentar" rows="5" required><?= ns_e($ns_typed['komentar'] ?? '') ?></textarea></p>
<?php $this->load->view("{$folder_themes}/commons/captcha", ['ns_field' => 'k-kode']) ?>
<p class="lebar"><button class="tombol tombol-utama" type="submit">Kirim komentar</button></p>
</form>
</section>
<?php endif ?>
