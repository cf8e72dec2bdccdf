<?php defined('BASEPATH') || exit('No direct script access allowed');

$this->load->view("{$folder_themes}/commons/fungsi");

$ns_answers = ! empty($list_jawab);
$ns_heading = $ns_answers ? (string) ($indikator['pertanyaan'] ?? 'Jawaban') : 'Data analisis ' . ns_village($desa);
$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_heading]);
?>
<main id="isi" tabindex="-1">
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_heading, 'ns_trail' => $ns_answers ? ['Data analisis' => site_url('data_analisis')] : [], 'ns_lead' => '']) ?>
<div class="wadah dua-kolom">
<div>
<?php $this->load->view("{$folder_themes}/partials/" . ($ns_answers ? 'jawaban' : 'analisis')) ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [0, 5]]) ?>
</div>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
