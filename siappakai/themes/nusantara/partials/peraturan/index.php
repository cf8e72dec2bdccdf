<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<form class="saring" data-saring-jauh="peraturan">
<label for="p-tahun">Tahun</label>
<select id="p-tahun" name="tahun"><option value="">Semua tahun</option><?php foreach ($pilihan_tahun ?? [] as $year): ?><option value="<?= ns_e($year) ?>"><?= ns_e($year) ?></option><?php endforeach ?></select>
<label for="p-kategori">Jenis</label>
<select id="p-kategori" name="kategori"><option value="">Semua jenis</option><?php foreach ($pilihan_kategori ?? [] as $id => $name): ?><option value="<?= ns_e($id) ?>"><?= ns_e($name) ?></option><?php endforeach ?></select>
</form>
<?php $this->load->view("{$folder_themes}/commons/tabel_jauh", [
    'ns_id'      => 'peraturan',
    'ns_caption' => 'Daftar produk hukum',
    'ns_columns' => ['No.', 'Judul', 'Jenis', 'Tahun', 'Berkas'],
    'ns_source'  => ['url' => site_url('fweb/peraturan/datatables'), 'method' => 'GET', 'fields' => ['DT_RowIndex', 'nama', 'kategori_dokumen', 'tahun'], 'file' => site_url('dokumen_web/unduh_berkas/')],
]) ?>
