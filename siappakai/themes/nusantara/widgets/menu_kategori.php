<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<section class="widget">
<h2><?= ns_icon('tanda') ?><?= ns_e($judul_widget) ?></h2>
<ul class="topik">
<?php foreach ($menu_kiri ?? [] as $topic): ?>
<li><a href="<?= site_url('artikel/kategori/' . rawurlencode((string) ($topic['slug'] ?? $topic['id']))) ?>"><?= ns_e($topic['kategori']) ?></a>
<?php if (! empty($topic['submenu'])): ?>
<ul><?php foreach ($topic['submenu'] as $sub): ?><li><a href="<?= site_url('artikel/kategori/' . rawurlencode((string) ($sub['slug'] ?? $sub['id']))) ?>"><?= ns_e($sub['kategori']) ?></a></li><?php endforeach ?></ul>
<?php endif ?>
</li>
<?php endforeach ?>
</ul>
</section>
