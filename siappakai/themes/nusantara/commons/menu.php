<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_menu = ns_menu(function_exists('menu_tema') ? menu_tema() : ($menu_atas ?? []));
$ns_here = rtrim(current_url(), '/');
$ns_turn = 0;

$ns_list = static function (array $items, int $level) use (&$ns_list, &$ns_turn, $ns_here): void {
    foreach ($items as $item) {
        $url    = in_array($item['url'], ['', '#', '#!'], true) ? '' : ns_url($item['url']);
        $here   = $url !== '' && rtrim($item['url'], '/') === $ns_here;
        $parent = $item['children'] !== [];
        $id     = 'menu-' . ++$ns_turn;

        echo '<li' . ($parent ? ' class="menu-induk"' : '') . '>';

        if ($url !== '') {
            echo '<a href="' . $url . '"' . ($here ? ' aria-current="page"' : '') . '>' . ns_e($item['name']) . '</a>';
        } elseif (! $parent) {
            echo '<span>' . ns_e($item['name']) . '</span>';
        }
        if ($parent) {
            $label = $url === '' ? '<span>' . ns_e($item['name']) . '</span>' : '<span class="tersembunyi">Bagian dari ' . ns_e($item['name']) . '</span>';
            echo '<button type="button" aria-expanded="false" aria-controls="' . $id . '">' . $label . ns_icon('bawah') . '</button><ul id="' . $id . '">';
            $ns_list($item['children'], $level + 1);
            echo '</ul>';
        }
        echo '</li>';
    }
};
?>
<ul class="wadah menu-daftar">
<li><a href="<?= site_url() ?>"<?= $ns_here === rtrim(site_url(), '/') ? ' aria-current="page"' : '' ?>>Beranda</a></li>
<?php $ns_list($ns_menu, 0) ?>
</ul>
