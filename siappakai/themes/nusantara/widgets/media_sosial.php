<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_social = ns_social($sosmed ?? []);
?>
<?php if ($ns_social): ?>
<section class="widget">
<h2><?= ns_icon('tanda') ?><?= ns_e($judul_widget) ?></h2>
<ul class="sosial">
<?php foreach ($ns_social as $name => $url): ?>
<li><a href="<?= ns_url($url) ?>" rel="noopener noreferrer me"><?= ns_icon($name) ?><span><?= ns_e(ucfirst($name)) ?></span></a></li>
<?php endforeach ?>
</ul>
</section>
<?php endif ?>
