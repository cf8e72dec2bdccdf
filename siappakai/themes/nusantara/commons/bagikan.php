<?php defined('BASEPATH') || exit('No direct script access allowed');

$ns_link = rawurlencode((string) $link);
$ns_text = rawurlencode(html_entity_decode(strip_tags((string) $judul), ENT_QUOTES, 'UTF-8'));
?>
<div class="bagikan">
<p id="bagikan-judul">Bagikan</p>
<ul aria-labelledby="bagikan-judul">
<li><a href="https://wa.me/?text=<?= $ns_text ?>%20<?= $ns_link ?>" rel="noopener noreferrer"><?= ns_icon('wa') ?>WhatsApp</a></li>
<li><a href="https://www.facebook.com/sharer/sharer.php?u=<?= $ns_link ?>" rel="noopener noreferrer"><?= ns_icon('facebook') ?>Facebook</a></li>
<li><a href="https://x.com/intent/post?text=<?= $ns_text ?>&amp;url=<?= $ns_link ?>" rel="noopener noreferrer"><?= ns_icon('x') ?>X</a></li>
<li><a href="https://t.me/share/url?url=<?= $ns_link ?>&amp;text=<?= $ns_text ?>" rel="noopener noreferrer"><?= ns_icon('telegram') ?>Telegram</a></li>
<li><a href="mailto:?subject=<?= $ns_text ?>&amp;body=<?= $ns_link ?>"><?= ns_icon('surel') ?>Surel</a></li>
<li class="perlu-js"><button type="button" data-salin="<?= ns_e($link) ?>"><?= ns_icon('salin') ?><span>Salin tautan</span></button></li>
<li class="perlu-js"><button type="button" data-cetak><?= ns_icon('cetak') ?>Cetak</button></li>
</ul>
</div>
