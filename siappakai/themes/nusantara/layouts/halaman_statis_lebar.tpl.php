<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Halaman selebar layar; isinya sebuah partial yang namanya ditentukan OpenSID di $halaman_statis. */
$this->load->view("{$folder_themes}/commons/fungsi");

$ns_page    = str_replace('home/idm', 'idm/index', (string) $halaman_statis);
$ns_names   = [
    'idm/index'          => 'Status Indeks ' . ns_word('desa') . ' Membangun',
    'lapak/index'        => 'Lapak ' . ns_village($desa),
    'pembangunan/index'  => 'Pembangunan ' . ns_village($desa),
    'pembangunan/detail' => (string) ($pembangunan->judul ?? 'Pembangunan'),
    'pemerintah/index'   => ucwords((string) (setting('sebutan_pemerintah_desa') ?: 'Pemerintah ' . ns_word('desa'))),
    'pengaduan/index'    => 'Pengaduan warga',
    'sdgs/index'         => 'SDGs ' . ns_village($desa),
];
$ns_leads   = [
    'lapak/index'     => 'Hasil karya dan usaha warga; pesan langsung kepada penjualnya.',
    'pengaduan/index' => 'Sampaikan keluhan atau usulan; tanggapan perangkat tampil di sini.',
];
$ns_heading = $ns_names[$ns_page] ?? (string) ($title ?? $heading ?? 'Informasi');
$ns_trail   = $ns_page === 'pembangunan/detail' ? ['Pembangunan' => site_url('pembangunan')] : [];

$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_heading]);
?>
<main id="isi" tabindex="-1">
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_heading, 'ns_trail' => $ns_trail, 'ns_lead' => $ns_leads[$ns_page] ?? '']) ?>
<div class="wadah satu-kolom">
<?php $this->load->view(preg_match('~halaman_statis~i', $ns_page) ? $ns_page : "{$folder_themes}/partials/{$ns_page}") ?>
</div>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
