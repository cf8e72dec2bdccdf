<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($pembangunan)): ?>
<?php
    $ns_photo = $pembangunan->foto && is_file(FCPATH . LOKASI_GALERI . $pembangunan->foto) ? base_url(LOKASI_GALERI . $pembangunan->foto) : '';
    $ns_facts = [
        'Alamat'      => $pembangunan->alamat,
        'Tahun'       => $pembangunan->tahun_anggaran,
        'Sumber dana' => $pembangunan->sumber_dana,
        'Anggaran'    => ns_rupiah($pembangunan->anggaran),
        'Volume'      => $pembangunan->volume,
        'Pelaksana'   => $pembangunan->pelaksana_kegiatan,
        'Keterangan'  => $pembangunan->keterangan,
    ];
?>
<div class="dua-sama">
<div>
<?php if ($ns_photo): ?><figure class="sampul"><a href="<?= ns_e($ns_photo) ?>" data-besar><img src="<?= ns_e($ns_photo) ?>" alt="Foto <?= ns_e($pembangunan->judul) ?>" width="640" height="400"></a></figure><?php endif ?>
<dl class="data">
<?php foreach ($ns_facts as $name => $value): ?><div><dt><?= $name ?></dt><dd><?= ns_e(trim(strip_tags((string) $value)) ?: '–') ?></dd></div><?php endforeach ?>
</dl>
</div>
<div>
<h2>Kemajuan</h2>
<?php if (! empty($dokumentasi)): ?>
<ol class="kemajuan">
<?php foreach ($dokumentasi as $step): ?>
<?php $ns_shot = $step->gambar && is_file(FCPATH . LOKASI_GALERI . $step->gambar) ? base_url(LOKASI_GALERI . $step->gambar) : '' ?>
<li>
<p><strong><?= ns_e($step->persentase) ?></strong> <?= ns_e(strip_tags((string) ($step->keterangan ?? ''))) ?></p>
<div class="batang" aria-hidden="true"><span style="width:<?= max(0, min(100, (int) $step->persentase)) ?>%"></span></div>
<?php if ($ns_shot): ?><a href="<?= ns_e($ns_shot) ?>" data-besar><img src="<?= ns_e($ns_shot) ?>" alt="Foto kemajuan <?= ns_e($step->persentase) ?>" width="400" height="300" loading="lazy"></a><?php endif ?>
</li>
<?php endforeach ?>
</ol>
<?php else: ?>
<p>Belum ada catatan kemajuan.</p>
<?php endif ?>
<h2>Lokasi</h2>
<?php $this->load->view("{$folder_themes}/commons/peta", ['ns_id' => 'peta-kegiatan', 'ns_label' => 'Lokasi ' . $pembangunan->judul, 'ns_layers' => is_numeric($pembangunan->lat) && is_numeric($pembangunan->lng) ? [['title' => 'Lokasi', 'on' => true, 'points' => [['name' => (string) $pembangunan->judul, 'lat' => (float) $pembangunan->lat, 'lng' => (float) $pembangunan->lng, 'text' => '', 'url' => '']]]] : []]) ?>
</div>
</div>
<?php $this->load->view("{$folder_themes}/commons/bagikan", ['link' => site_url('pembangunan/' . $pembangunan->slug), 'judul' => $pembangunan->judul]) ?>
<?php else: ?>
<?php $this->load->view("{$folder_themes}/commons/tak_ada") ?>
<?php endif ?>
