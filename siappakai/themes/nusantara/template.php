<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Beranda, kategori, dan hasil pencarian. */
$this->load->view("{$folder_themes}/commons/fungsi");

$ns_topic  = is_array($judul_kategori ?? null) ? reset($judul_kategori) : ($judul_kategori ?? '');
$ns_topic  = is_array($judul_kategori ?? null) && isset($judul_kategori['kategori']) ? $judul_kategori['kategori'] : $ns_topic;
$ns_number = (int) ($paging->page ?? 1);
$ns_home   = empty($ns_topic) && $ns_number === 1;

$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_home ? '' : ($ns_topic ?: 'Kabar, halaman ' . $ns_number)]);
?>
<main id="isi" tabindex="-1">
<?php if ($ns_home): ?>
<?php $this->load->view("{$folder_themes}/partials/beranda") ?>
<?php else: ?>
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_topic ?: 'Kabar ' . ns_village($desa), 'ns_lead' => isset($paging) ? ns_number($paging->num_rows) . ' tulisan' : '']) ?>
<div class="wadah dua-kolom">
<div>
<?php $this->load->view("{$folder_themes}/partials/daftar_artikel") ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [0, 5]]) ?>
</div>
<?php endif ?>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
