<?php defined('BASEPATH') || exit('No direct script access allowed');

$this->load->view("{$folder_themes}/commons/fungsi");

$ns_found = ! empty($single_artikel['id']);
$ns_side  = (int) ($single_artikel['tampilan'] ?? 1);

$this->load->view("{$folder_themes}/commons/kepala", [
    'ns_title' => $ns_found ? $single_artikel['judul'] : 'Halaman tidak ditemukan',
    'ns_about' => $ns_found ? ns_excerpt($single_artikel['isi'] ?? '', 200) : '',
    'ns_image' => ns_article_picture($single_artikel['gambar'] ?? ''),
]);
?>
<main id="isi" tabindex="-1">
<?php if (! $ns_found): ?>
<div class="wadah satu-kolom"><?php $this->load->view("{$folder_themes}/commons/tak_ada") ?></div>
<?php elseif (in_array($ns_side, [1, 2], true)): ?>
<div class="wadah dua-kolom<?= $ns_side === 2 ? ' sisi-kiri' : '' ?>">
<?php $this->load->view("{$folder_themes}/partials/artikel") ?>
<?php $this->load->view("{$folder_themes}/commons/sisi", ['ns_slice' => [0, 5]]) ?>
</div>
<?php else: ?>
<div class="wadah satu-kolom sempit"><?php $this->load->view("{$folder_themes}/partials/artikel") ?></div>
<?php endif ?>
</main>
<?php $this->load->view("{$folder_themes}/commons/kaki") ?>
