<?php defined('BASEPATH') || exit('No direct script access allowed');

/*
 * Sebuah peta: $ns_id, $ns_label, $ns_layers, $ns_tall, $ns_now. Leaflet dan gambar petanya baru diambil
 * bila $ns_now, atau bila pengunjung memintanya.
 */
$ns_map = [
    'script' => asset('js/leaflet.js'),
    'style'  => asset('css/leaflet.css'),
    'lat'    => is_numeric($desa['lat']) ? (float) $desa['lat'] : -1.05,
    'lng'    => is_numeric($desa['lng']) ? (float) $desa['lng'] : 116.7,
    'zoom'   => is_numeric($desa['lat']) ? ((int) $desa['zoom'] ?: 13) : 5,
    'min'    => (int) (setting('min_zoom_peta') ?: 1),
    'max'    => (int) (setting('max_zoom_peta') ?: 19),
    'base'   => (string) setting('jenis_peta'),
    'key'    => (string) setting('mapbox_key'),
    'layers' => $ns_layers,
];
?>
<div class="peta<?= empty($ns_tall) ? '' : ' peta-tinggi' ?>" id="<?= ns_e($ns_id) ?>" data-peta role="region" aria-label="<?= ns_e($ns_label) ?>"<?= empty($ns_now) ? '' : ' data-langsung' ?>>
<script type="application/json"><?= ns_json($ns_map) ?></script>
<?= $ns_sketch ?? '' ?>
<button class="tombol perlu-js" type="button" data-buka-peta><?= ns_icon('peta') ?>Tampilkan peta</button>
<noscript><p>Peta ini memerlukan JavaScript.</p></noscript>
</div>
