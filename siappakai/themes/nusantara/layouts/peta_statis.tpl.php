<?php defined('BASEPATH') || exit('No direct script access allowed');

$this->load->view("{$folder_themes}/commons/fungsi");

$ns_heading = (string) ($title ?? 'Peta');
$this->load->view("{$folder_themes}/commons/kepala", ['ns_title' => $ns_heading]);
?>
<main id="isi" tabindex="-1">
<?php $this->load->view("{$folder_themes}/commons/judul", ['ns_heading' => $ns_heading, 'ns_trail' => [], 'ns_lead' => '']) ?>
<div class="wadah satu-kolom">
<?php $this->load->view("{$folder_themes}/partials/peta") ?>
</div>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
