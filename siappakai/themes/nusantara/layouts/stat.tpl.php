<?php defined('BASEPATH') || exit('No direct script access allowed');

$this->load->view("{$folder_themes}/commons/fungsi");

$ns_kind    = (int) ($tipe ?? 0);
$ns_part    = [3 => 'wilayah', 4 => 'pemilih'][$ns_kind] ?? 'statistik';
$ns_heading = [3 => 'Penduduk menurut wilayah', 4 => 'Calon pemilih menurut wilayah'][$ns_kind] ?? 'Penduduk menurut ' . mb_strtolower((string) ($heading ?? ''));
$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_heading]);
?>
<main id="isi" tabindex="-1">
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_heading, 'ns_trail' => ['Statistik' => site_url('data-statistik/jenis-kelamin')], 'ns_lead' => '']) ?>
<div class="wadah dua-kolom">
<div>
<?php $this->load->view("{$folder_themes}/partials/{$ns_part}") ?>
</div>
<div class="sisi-susun">
<?php $this->load->view("{$folder_themes}/partials/pilihan_statistik") ?>
</div>
</div>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
