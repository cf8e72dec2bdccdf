<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_code    = '503';
$ns_heading = 'Data belum dapat dibaca';
$ns_text    = 'Terjadi gangguan pada basis data. Silakan coba beberapa saat lagi.';

require __DIR__ . '/lembar.php';
