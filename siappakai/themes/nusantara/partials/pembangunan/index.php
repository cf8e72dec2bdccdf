<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($pembangunan)): ?>
<div class="kisi-kartu kisi-tiga">
<?php foreach ($pembangunan as $work): ?>
<?php $ns_photo = $work->foto && is_file(FCPATH . LOKASI_GALERI . $work->foto) ? base_url(LOKASI_GALERI . $work->foto) : '' ?>
<article class="kartu">
<div class="kartu-gambar"><?php if ($ns_photo): ?><img src="<?= ns_e($ns_photo) ?>" alt="" width="440" height="275" loading="lazy" decoding="async"><?php else: ?><span class="motif" aria-hidden="true"></span><?php endif ?></div>
<div class="kartu-isi">
<p class="lencana">Tahun <?= ns_e($work->tahun_anggaran) ?></p>
<h2><a href="<?= site_url('pembangunan/' . $work->slug) ?>"><?= ns_e($work->judul) ?></a></h2>
<p><?= ns_excerpt($work->keterangan, 120) ?></p>
<p class="rincian"><?= ns_icon('alamat') ?><?= ns_e(strpos((string) $work->alamat, 'Tidak Ditemukan') !== false || ! $work->alamat ? 'Lokasi tidak diketahui' : $work->alamat) ?></p>
</div>
</article>
<?php endforeach ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/halaman") ?>
<?php else: ?>
<div class="kosong-besar"><span class="motif" aria-hidden="true"></span><p>Belum ada kegiatan pembangunan yang diumumkan.</p></div>
<?php endif ?>
