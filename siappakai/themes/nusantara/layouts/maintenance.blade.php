@php
    get_instance()->load->view('../../' . theme()->folder . '/' . theme()->tema . '/commons/fungsi');
    $village = ns_village($desa);
@endphp
<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sedang diperbaiki – {{ $village }}</title>
<link rel="icon" href="{{ ns_picture('favicon') ?: favico_desa() }}">
<link rel="stylesheet" href="{{ ns_asset('assets/css/nusantara.css') }}">
<style>{!! ns_style() !!}</style>
</head>
<body class="lembar">
<main id="isi">
<header>
<img src="{{ ns_logo($desa) }}" alt="" width="84" height="84">
<p><strong>{{ $village }}</strong><br>{{ ns_region($desa) }}</p>
</header>
<h1>Kami sedang berbenah</h1>
<p>Situs ini ditutup sebentar untuk perbaikan dan akan kembali secepatnya. Untuk keperluan mendesak, silakan datang atau hubungi kantor {{ mb_strtolower(ns_word('desa')) }}.</p>
<dl class="data">
<div><dt>Alamat</dt><dd>{{ ns_name('contact_address', $desa['alamat_kantor']) ?: '–' }}</dd></div>
<div><dt>Telepon</dt><dd>{{ ns_name('contact_phone', $desa['telepon']) ?: '–' }}</dd></div>
<div><dt>Surel</dt><dd>{{ ns_name('contact_email', $desa['email_desa']) ?: '–' }}</dd></div>
@if (! empty($nama_kepala_desa))
<div><dt>{{ ucwords($jabatan) }}</dt><dd>{{ $nama_kepala_desa }}</dd></div>
@endif
</dl>
</main>
</body>
</html>
