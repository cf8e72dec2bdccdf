<?php

defined('BASEPATH') || exit('No direct script access allowed');

/* Ikon garis buatan sendiri, 24 x 24; hiasan saja, maka disembunyikan dari pembaca layar. */

if (! function_exists('ns_icon')) {
    function ns_icon(string $name, string $class = ''): string
    {
        static $drawn = [
            'alamat'     => '<path d="M12 21s-7-6.3-7-11.5a7 7 0 0 1 14 0C19 14.7 12 21 12 21z"/><circle cx="12" cy="9.5" r="2.5"/>',
            'arsip'      => '<path d="M4 5h16v4H4zM5.5 9v10h13V9M10 13h4"/>',
            'atas'       => '<path d="M12 19V6M6 12l6-6 6 6"/>',
            'baca'       => '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>',
            'bagan'      => '<path d="M4 20V4M4 20h16M8.5 16v-5M13 16V7M17.5 16v-3"/>',
            'bawah'      => '<path d="m7 10 5 5 5-5"/>',
            'bangun'     => '<path d="M3.5 20.5h17M6 20.5V9.5l6-5 6 5v11M10 20.5v-6h4v6"/>',
            'berkas'     => '<path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5M9 13h6M9 16.5h6"/>',
            'cari'       => '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5.5 5.5"/>',
            'cetak'      => '<path d="M7 8V3.5h10V8M7 17H4V8.5h16V17h-3M7 14h10v6.5H7z"/>',
            'facebook'   => '<path d="M14.5 21v-8h3l.5-3.5h-3.5V7.5c0-1.2.5-1.8 1.900-1.8H18V2.6c-.4-.1-1.3-.2-2.3-.2-2.5 0-4.2 1.5-4.2 4.3v2.8h-3V13h3v8"/>',
            'gambar'     => '<path d="M3.5 5h17v14h-17z"/><circle cx="8.5" cy="9.5" r="1.5"/><path d="m4 17 5-4.5 3.5 3 3-2.5 5 4"/>',
            'gedung'     => '<path d="M3 20.5h18M5 20.5V10M19 20.5V10M2.5 10 12 4l9.5 6zM9.5 20.5V13M14.5 20.5V13"/>',
            'hukum'      => '<path d="M12 4v16M7.5 20h9M5 7h14M5 7l-2.5 6.5h5zM19 7l-2.5 6.5h5z"/>',
            'informasi'  => '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.5v.2"/>',
            'instagram'  => '<path d="M4 8a4 4 0 0 1 4-4h8a4 4 0 0 1 4 4v8a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4z"/><circle cx="12" cy="12" r="3.6"/><path d="M16.8 7.2v.1"/>',
            'jam'        => '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.5 2"/>',
            'kalender'   => '<path d="M4 6h16v14H4zM4 10.5h16M8.5 3.5V8M15.5 3.5V8"/>',
            'kanan'      => '<path d="m9.5 6 6 6-6 6"/>',
            'keranjang'  => '<path d="M3 5h2.5l2 10h10.5l2-7H6.3"/><circle cx="9" cy="19" r="1.4"/><circle cx="16.5" cy="19" r="1.4"/>',
            'keuangan'   => '<path d="M3.5 6.5h17v11h-17z"/><circle cx="12" cy="12" r="2.5"/><path d="M6.5 12v.1M17.5 12v.1"/>',
            'kiri'       => '<path d="m14.5 6-6 6 6 6"/>',
            'kunci'      => '<path d="M5.5 11h13v9.5h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 15v2"/>',
            'layanan'    => '<path d="M7 2.5h10v19H7zM10.5 18.5h3M10 7h4M10 10h4"/>',
            'menu'       => '<path d="M4 7h16M4 12h16M4 17h16"/>',
            'orang'      => '<circle cx="12" cy="8" r="3.5"/><path d="M5 20c0-4 3-6.5 7-6.5s7 2.5 7 6.5"/>',
            'warga'      => '<circle cx="9" cy="8.5" r="3"/><path d="M3 19c0-3.4 2.5-5.5 6-5.5s6 2.100 6 5.5M16 6a3 3 0 0 1 0 5.5M17.5 13.8c2.2.6 3.5 2.4 3.5 5.2"/>',
            'peta'       => '<path d="m3.5 6 5.5-2 6 2.5 5.5-2V18l-5.5 2-6-2.5-5.5 2zM9 4v13.5M15 6.5V20"/>',
            'pengumuman' => '<path d="M4 10v4h3l8 4.5v-13L7 10zM18 9.5c1.3 1.3 1.3 3.7 0 5M8 14.5l1.5 5"/>',
            'rss'        => '<path d="M5 11.5a7.5 7.5 0 0 1 7.5 7.5M5 6a13 13 0 0 1 13 13M6 18v.1"/>',
            'salin'      => '<path d="M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4"/>',
            'surel'      => '<path d="M3.5 6h17v12.5h-17zM4 6.5l8 6.5 8-6.5"/>',
            'tanda'      => '<path d="M4 4h7.5L20 12.5 12.5 20 4 11.5zM8 8v.1"/>',
            'telepon'    => '<path d="M5 4h4l1.5 4.5L8 10.5c1 2.3 3 4.3 5.5 5.5l2-2.5L20 15v4c0 .8-.7 1.5-1.5 1.5C11 20.5 3.5 13 3.5 5.5 3.5 4.7 4.2 4 5 4z"/>',
            'telegram'   => '<path d="m3 11.5 18-7-3 15.5-6-4.5-3 3.5-.5-5.5zM8.5 13.5l8-5.5"/>',
            'tiktok'     => '<path d="M13.5 3.5v11.8a3.2 3.2 0 1 1-3.2-3.2M13.5 4c.4 2.8 2.2 4.6 5 4.900"/>',
            'tutup'      => '<path d="m6 6 12 12M18 6 6 18"/>',
            'ulang'      => '<path d="M19 12a7 7 0 1 1-2.3-5.2M17.5 3v4.5H13"/>',
            'unduh'      => '<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>',
            'wa'         => '<path d="M4 20l1.2-4A8.2 8.2 0 1 1 8.2 19zM9 8.5c0 3.5 3 6.5 6.5 6.5l.8-1.7-2.2-1.2-1 1c-1-.5-1.900-1.4-2.3-2.3l1-1L10.7 7.7z"/>',
            'x'          => '<path d="M4.5 4h3.8l11.2 16h-3.8zM19 4l-6 7M11 13.5 5 20"/>',
            'youtube'    => '<path d="M3 8.5c0-1.7 1-2.7 2.7-2.8 4-.3 8.6-.3 12.6 0C20 5.8 21 6.8 21 8.5v7c0 1.7-1 2.7-2.7 2.8-4 .3-8.6.3-12.6 0C4 18.2 3 17.2 3 15.5zM10.3 9v6l5-3z"/>',
        ];
        $same = ['whatsapp' => 'wa', 'twitter' => 'x'];
        $path = $drawn[$same[$name] ?? $name] ?? $drawn['informasi'];

        return '<svg class="ik' . ($class ? ' ' . $class : '') . '" viewBox="0 0 24 24" aria-hidden="true" focusable="false">' . $path . '</svg>';
    }
}
