<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_code    = '500';
$ns_heading = 'Halaman belum dapat dibuka';
$ns_text    = 'Terjadi gangguan. Silakan coba beberapa saat lagi.';

require __DIR__ . '/lembar.php';
