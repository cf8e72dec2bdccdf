<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Satu perangkat desa: $person; $media_sosial hanya ada di halaman pemerintah. */
$ns_state = '';

if ((int) ($person['kehadiran'] ?? 0) === 1 && setting('tampilkan_kehadiran')) {
    if (($person['status_kehadiran'] ?? '') === 'hadir') {
        $ns_state = 'hadir';
    } elseif (($person['tanggal'] ?? '') === date('Y-m-d')) {
        $ns_state = (string) $person['status_kehadiran'];
    } else {
        $ns_state = 'belum mencatat kehadiran';
    }
}
$ns_links = json_decode((string) ($person['media_sosial'] ?? ''), true);
?>
<li class="orang">
<img src="<?= ns_e($person['foto']) ?>" alt="" width="160" height="190" loading="lazy" decoding="async">
<p><strong><?= ns_e($person['nama']) ?></strong><span><?= ns_e($person['jabatan']) ?></span></p>
<?php if ($ns_state !== ''): ?><p class="lencana<?= $ns_state === 'hadir' ? ' lencana-baik' : '' ?>"><?= ns_e(ucfirst($ns_state)) ?></p><?php endif ?>
<?php if (! empty($media_sosial) && is_array($ns_links)): ?>
<ul class="sosial">
<?php foreach ($media_sosial as $media): ?>
<?php if (! empty($ns_links[$media['id']]) && ns_url($ns_links[$media['id']]) !== ''): ?>
<li><a href="<?= ns_url($ns_links[$media['id']]) ?>" rel="noopener noreferrer" aria-label="<?= ns_e(ucfirst((string) $media['id']) . ' ' . $person['nama']) ?>"><?= ns_icon((string) $media['id']) ?></a></li>
<?php endif ?>
<?php endforeach ?>
</ul>
<?php endif ?>
</li>
