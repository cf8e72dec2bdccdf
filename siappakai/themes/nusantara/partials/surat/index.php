<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Halaman yang dibuka dari kode QR pada surat; OpenSID hanya memberi $config dan $surat. */
$folder_themes = '../../' . get_instance()->theme_folder . '/' . get_instance()->theme;
$this->load->view("{$folder_themes}/commons/fungsi");
$this->load->view("{$folder_themes}/commons/ikon");

$ns_facts = [
    'Nomor surat'   => $surat->nomor_surat ?? '',
    'Tanggal'       => ns_date($surat->tanggal ?? ''),
    'Perihal'       => 'Surat ' . ($surat->perihal ?? ''),
    'Atas nama'     => $surat->nama_penduduk ?? '',
    'Ditandatangani' => $surat->pamong_nama ?? '',
    'Jabatan'       => $surat->pamong_jabatan ?? '',
];
?>
<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>Keaslian surat – <?= ns_e(ns_village($config)) ?></title>
<link rel="icon" href="<?= ns_e(ns_picture('favicon') ?: favico_desa()) ?>">
<link rel="stylesheet" href="<?= ns_asset('assets/css/nusantara.css') ?>">
<?php if ($ns_style = ns_style()): ?><style><?= $ns_style ?></style><?php endif ?>
</head>
<body class="lembar">
<main id="isi">
<header>
<img src="<?= ns_e(ns_logo($config)) ?>" alt="" width="84" height="84">
<p><strong><?= ns_e('Pemerintah ' . ns_word('kabupaten') . ' ' . $config['nama_kabupaten']) ?></strong><br><?= ns_e(ns_word('kecamatan') . ' ' . $config['nama_kecamatan']) ?><br><?= ns_e(ns_village($config)) ?></p>
</header>
<h1><?= ns_icon('hukum') ?>Surat ini asli</h1>
<p>Surat berikut tercatat di sistem informasi kami.</p>
<dl class="data">
<?php foreach ($ns_facts as $name => $value): ?><div><dt><?= $name ?></dt><dd><?= strpos((string) $value, '<time') === 0 ? $value : ns_e($value ?: '–') ?></dd></div><?php endforeach ?>
</dl>
<p><a class="tombol" href="<?= site_url() ?>">Ke situs <?= ns_e(ns_village($config)) ?></a></p>
</main>
</body>
</html>
