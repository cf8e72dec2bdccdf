<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Halaman yang isinya sebuah partial; namanya ditentukan OpenSID di $halaman_statis. */
$this->load->view("{$folder_themes}/commons/fungsi");

$ns_names   = [
    'informasi_publik/index' => 'Informasi publik',
    'peraturan/index'        => 'Produk hukum',
    'vaksin/index'           => 'Data vaksinasi',
];
$ns_heading = $ns_names[$halaman_statis] ?? (string) ($title ?? $heading ?? 'Informasi');

$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_heading]);
?>
<main id="isi" tabindex="-1">
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_heading]) ?>
<div class="wadah dua-kolom">
<div>
<?php $this->load->view(preg_match('~halaman_statis~i', $halaman_statis) ? $halaman_statis : "{$folder_themes}/partials/{$halaman_statis}") ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [0, 5]]) ?>
</div>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
