<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<form class="saring" method="get" action="<?= site_url('lapak') ?>" role="search" aria-label="Cari produk">
<label for="lapak-kategori">Jenis</label>
<select id="lapak-kategori" name="id_kategori">
<option value="">Semua jenis</option>
<?php foreach ($kategori ?? [] as $one): ?><option value="<?= ns_e($one->id) ?>"<?= (string) ($id_kategori ?? '') === (string) $one->id ? ' selected' : '' ?>><?= ns_e($one->kategori) ?></option><?php endforeach ?>
</select>
<label for="lapak-cari">Nama produk</label>
<input id="lapak-cari" type="search" name="keyword" maxlength="50" value="<?= ns_e($keyword ?? '') ?>">
<button class="tombol tombol-utama" type="submit"><?= ns_icon('cari') ?>Cari</button>
<?php if (! empty($keyword)): ?><a class="tombol" href="<?= site_url('lapak') ?>">Tampilkan semua</a><?php endif ?>
</form>
<?php if (! empty($produk)): ?>
<div class="kisi-kartu kisi-tiga">
<?php foreach ($produk as $good): ?>
<?php
    $ns_pictures = json_decode((string) $good->foto, true);
    $ns_pictures = array_values(array_filter(is_array($ns_pictures) ? $ns_pictures : [], static fn ($one): bool => is_string($one) && $one !== '' && is_file(FCPATH . LOKASI_PRODUK . $one)));
    $ns_off      = (int) $good->tipe_potongan === 1 ? (float) $good->harga * (float) $good->potongan / 100 : (float) $good->potongan;
    $ns_message  = strip_tags(str_replace(['[nama_produk]', '[link_web]', '<br />', '<br>'], [(string) $good->nama, base_url('lapak'), "\n", "\n"], (string) setting('pesan_singkat_wa')));
?>
<article class="kartu produk">
<div class="kartu-gambar"><?php if ($ns_pictures): ?><img src="<?= ns_e(base_url(LOKASI_PRODUK . $ns_pictures[0])) ?>" alt="" width="440" height="275" loading="lazy" decoding="async"><?php else: ?><span class="motif" aria-hidden="true"></span><?php endif ?></div>
<div class="kartu-isi">
<?php if (! empty($good->kategori)): ?><p class="lencana"><?= ns_e($good->kategori) ?></p><?php endif ?>
<h2><?= ns_e($good->nama) ?></h2>
<p class="harga"><strong><?= ns_rupiah((float) $good->harga - $ns_off) ?></strong><?php if (! empty($good->satuan)): ?> / <?= ns_e($good->satuan) ?><?php endif ?><?php if ($ns_off > 0): ?> <del><span class="tersembunyi">sebelumnya </span><?= ns_rupiah($good->harga) ?></del><?php endif ?></p>
<p><?= ns_excerpt($good->deskripsi, 160) ?></p>
<p class="rincian"><?= ns_icon('orang') ?><?= ns_e($good->pelapak ?? '') ?></p>
<?php if (count($ns_pictures) > 1): ?>
<ul class="foto-kecil"><?php foreach (array_slice($ns_pictures, 1) as $at => $one): ?><li><a href="<?= ns_e(base_url(LOKASI_PRODUK . $one)) ?>" data-besar><img src="<?= ns_e(base_url(LOKASI_PRODUK . $one)) ?>" alt="Foto <?= $at + 2 ?> <?= ns_e($good->nama) ?>" width="64" height="64" loading="lazy"></a></li><?php endforeach ?></ul>
<?php endif ?>
<p class="aksi">
<?php if (! empty($good->telepon)): ?><a class="tombol tombol-utama" href="https://wa.me/<?= ns_e(preg_replace('~[^0-9]~', '', format_telpon((string) $good->telepon))) ?>?text=<?= rawurlencode($ns_message) ?>" rel="noopener noreferrer"><?= ns_icon('wa') ?>Pesan<span class="tersembunyi"> <?= ns_e($good->nama) ?></span></a><?php endif ?>
<?php if (is_numeric($good->lat ?? null) && is_numeric($good->lng ?? null)): ?><a class="tombol" href="https://www.openstreetmap.org/?mlat=<?= (float) $good->lat ?>&amp;mlon=<?= (float) $good->lng ?>#map=17/<?= (float) $good->lat ?>/<?= (float) $good->lng ?>" rel="noopener noreferrer"><?= ns_icon('alamat') ?>Lokasi<span class="tersembunyi"> penjual <?= ns_e($good->nama) ?></span></a><?php endif ?>
</p>
</div>
</article>
<?php endforeach ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/halaman") ?>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada produk yang ditawarkan.</p></div>
<?php endif ?>
