<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_code    = '404';
$ns_heading = 'Halaman tidak ditemukan';
$ns_text    = 'Alamatnya mungkin berubah, atau isinya belum diterbitkan. Coba cari, atau mulai dari beranda.';

require __DIR__ . '/lembar.php';
