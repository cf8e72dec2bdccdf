<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_titles = ['penduduk' => 'Penduduk', 'keluarga' => 'Keluarga', 'bantuan' => 'Bantuan', 'lainnya' => 'Lainnya'];
$ns_active = str_replace('_', '-', (string) ($slug_aktif ?? ''));
?>
<nav class="widget pilihan" aria-labelledby="pilihan-judul">
<h2 id="pilihan-judul">Statistik lain</h2>
<?php foreach (function_exists('daftar_statistik') ? daftar_statistik() : [] as $group => $items): ?>
<?php
    $items = array_filter(is_array($items) ? $items : [], function (array $item) use ($group): bool {
        $link = in_array($group, ['bantuan', 'lainnya'], true) ? str_replace('first/', '', (string) $item['url']) : 'statistik/' . $item['key'];

        return (bool) $this->web_menu_model->menu_aktif($link);
    });
    $is_open = in_array($ns_active, array_map('strval', array_column($items, 'slug')), true);
?>
<?php if ($items): ?>
<details<?= $is_open ? ' open' : '' ?>>
<summary><?= ns_e($ns_titles[$group] ?? ucfirst((string) $group)) ?></summary>
<ul>
<?php foreach ($items as $item): ?>
<li><a href="<?= site_url($item['url']) ?>"<?= (string) $item['slug'] === $ns_active ? ' aria-current="page"' : '' ?>><?= ns_e($item['label']) ?></a></li>
<?php endforeach ?>
</ul>
</details>
<?php endif ?>
<?php endforeach ?>
</nav>
