<?php defined('BASEPATH') || exit('No direct script access allowed');

/*
 * Widget yang dipilih desa. $ns_skip: berkas yang sudah tampil di badan halaman; $ns_slice: [dari, banyaknya]
 * bila hanya sebagian; $ns_wide: selebar halaman, bukan kolom.
 */
$ns_here    = get_instance()->theme_folder . '/' . get_instance()->theme . '/widgets/';
$ns_widgets = array_values(array_filter(is_array($w_cos ?? null) ? $w_cos : [], static fn (array $one): bool => ! in_array((string) $one['isi'], $ns_skip ?? [], true)));
$ns_widgets = isset($ns_slice) ? array_slice($ns_widgets, $ns_slice[0], $ns_slice[1]) : $ns_widgets;
?>
<?php if ($ns_widgets): ?>
<aside class="<?= empty($ns_wide) ? 'sisi' : 'wadah sisi-lebar' ?>" aria-label="Informasi <?= empty($ns_wide) ? 'lain' : 'tambahan' ?>">
<?php foreach ($ns_widgets as $widget): ?>
<?php
    $kind  = (int) $widget['jenis_widget'];
    $file  = (string) $widget['isi'];
    $title = ['judul_widget' => str_replace('Desa', ns_word('desa'), strip_tags((string) $widget['judul']))];

    if ($kind === 1) {
        if (preg_match('~^[\w-]+\.php$~', $file) && is_file(FCPATH . $ns_here . $file)) {
            $this->load->view("{$folder_themes}/widgets/{$file}", $title);
        }
        continue;
    }
    if ($kind === 2 && (strpos($file, '..') !== false || ! is_file(FCPATH . $file))) {
        continue;
    }
?>
<section class="widget">
<h2><?= ns_e($title['judul_widget']) ?></h2>
<div class="widget-isi isi-artikel">
<?php if ($kind === 2): ?>
<?php $this->load->view('../../' . $file, $title) ?>
<?php else: ?>
<?= preg_replace('~<iframe(?![^>]*\btitle=)~i', '<iframe loading="lazy" title="' . ns_e($title['judul_widget']) . '"', htmlspecialchars_decode(html_entity_decode($file), ENT_QUOTES)) ?>
<?php endif ?>
</div>
</section>
<?php endforeach ?>
</aside>
<?php endif ?>
