<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php $this->load->view("{$folder_themes}/commons/tabel_jauh", [
    'ns_id'      => 'informasi',
    'ns_caption' => 'Daftar informasi publik',
    'ns_columns' => ['No.', 'Judul', 'Tahun', 'Kategori', 'Diunggah', 'Berkas'],
    'ns_source'  => ['url' => site_url('informasi-publik/data'), 'method' => 'POST'],
]) ?>
