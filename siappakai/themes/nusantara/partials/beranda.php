<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Yang dipilih desa sebagai widget tampil sebagai bagian besar di beranda, sisanya di kolom sisi. */
$ns_chosen  = array_column(array_filter(is_array($w_cos ?? null) ? $w_cos : [], static fn ($w): bool => (int) $w['jenis_widget'] === 1), 'isi');
$ns_parts   = ['statistik.php', 'aparatur_desa.php', 'keuangan.php', 'galeri.php', 'agenda.php', 'sinergi_program.php'];
$ns_shown   = array_values(array_intersect($ns_parts, $ns_chosen));
$ns_has     = static fn (string $part): bool => in_array($part . '.php', $ns_shown, true);
?>
<?php $this->load->view("{$folder_themes}/partials/beranda/sambutan") ?>
<?php if ($ns_has('statistik')) $this->load->view("{$folder_themes}/partials/beranda/angka") ?>
<?php $this->load->view("{$folder_themes}/partials/beranda/layanan") ?>
<?php if (! empty($teks_berjalan)) $this->load->view("{$folder_themes}/partials/beranda/pengumuman") ?>
<?php $this->load->view("{$folder_themes}/partials/beranda/kabar", ['ns_skip' => $ns_shown, 'ns_agenda' => $ns_has('agenda')]) ?>
<?php if ($ns_has('aparatur_desa')) $this->load->view("{$folder_themes}/partials/beranda/aparatur") ?>
<?php if ($ns_has('keuangan') || ! empty($transparansi)) $this->load->view("{$folder_themes}/partials/anggaran", ['ns_budget_shown' => true]) ?>
<?php if ($ns_has('galeri')) $this->load->view("{$folder_themes}/partials/beranda/galeri") ?>
<?php if ($ns_has('sinergi_program')) $this->load->view("{$folder_themes}/partials/beranda/sinergi") ?>
