<?php defined('BASEPATH') || exit('No direct script access allowed') ?>
<?php if (! empty($paging) && $paging->num_rows > $paging->per_page): ?>
<?php
    $ns_last  = (int) $paging->num_page;
    $ns_page  = (int) $paging->page;
    $ns_pages = array_unique(array_filter([1, $ns_page - 1, $ns_page, $ns_page + 1, $ns_last], static fn ($n): bool => $n >= 1 && $n <= $ns_last));
    $ns_to    = static fn (int $n): string => ns_e(site_url($paging_page . '/' . $n . $paging->suffix));
    $ns_prior = 0;
    sort($ns_pages);
?>
<nav class="halaman" aria-label="Halaman">
<p>Halaman <?= $ns_page ?> dari <?= $ns_last ?></p>
<ul>
<?php if ($ns_page > 1): ?><li><a rel="prev" href="<?= $ns_to($ns_page - 1) ?>"><?= ns_icon('kiri') ?>Sebelumnya</a></li><?php endif ?>
<?php foreach ($ns_pages as $n): ?>
<?php if ($n - $ns_prior > 1): ?><li aria-hidden="true">…</li><?php endif ?>
<li><a href="<?= $ns_to($n) ?>"<?= $n === $ns_page ? ' aria-current="page"' : '' ?>><span class="tersembunyi">Halaman </span><?= $n ?></a></li>
<?php $ns_prior = $n ?>
<?php endforeach ?>
<?php if ($ns_page < $ns_last): ?><li><a rel="next" href="<?= $ns_to($ns_page + 1) ?>">Berikutnya<?= ns_icon('kanan') ?></a></li><?php endif ?>
</ul>
</nav>
<?php endif ?>
