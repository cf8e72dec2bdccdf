<?php defined('BASEPATH') || exit('No direct script access allowed');

$this->load->view("{$folder_themes}/commons/fungsi");

$ns_heading = (string) ($parent['nama'] ?? 'Album');
$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_heading]);
?>
<main id="isi" tabindex="-1">
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_heading, 'ns_trail' => ['Galeri' => site_url('galeri')], 'ns_lead' => '']) ?>
<div class="wadah dua-kolom">
<div>
<?php $this->load->view("{$folder_themes}/partials/album") ?>
</div>
<?php $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [0, 5]]) ?>
</div>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
