<?php

defined('BASEPATH') || exit('No direct script access allowed');

/*
 * Yang dipakai bersama oleh semua halaman tema Nusantara. Boleh dimuat berkali-kali.
 * Teks dari basis data selalu melalui ns_e(); isi artikel ditulis penulisnya dan dibiarkan apa adanya.
 */

if (! function_exists('ns_brand')) {
    /** Isi desa/config/merek.json; setiap bagian boleh tidak ada. */
    function ns_brand(): array
    {
        static $brand = null;

        if ($brand === null) {
            $there = is_readable(FCPATH . 'desa/config/merek.json');
            $read  = $there ? json_decode((string) file_get_contents(FCPATH . 'desa/config/merek.json'), true) : null;
            $brand = is_array($read) ? $read : [];

            foreach (['names', 'tokens', 'fonts', 'images', 'ribbon', 'social'] as $part) {
                $brand[$part] = isset($brand[$part]) && is_array($brand[$part]) ? $brand[$part] : [];
            }
        }

        return $brand;
    }

    /** Satu nama dari tampilan kabupaten, atau pengganti. */
    function ns_name(string $key, $default = ''): string
    {
        $value = ns_brand()['names'][$key] ?? '';

        return is_string($value) && trim($value) !== '' ? trim($value) : trim((string) $default);
    }

    /** Alamat gambar dari tampilan kabupaten; kosong bila tidak ada. */
    function ns_picture(string $key): string
    {
        $value = ns_brand()['images'][$key] ?? '';

        return is_string($value) && preg_match('~^/[\w./@%+-]+$~', $value) && strpos($value, '..') === false
            ? base_url(ltrim($value, '/'))
            : '';
    }

    /** Aman ditulis di HTML; yang sudah berupa entitas tidak diubah dua kali. */
    function ns_e($value): string
    {
        return htmlspecialchars((string) $value, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8', false);
    }

    /** Tautan yang aman ditulis di atribut href; selain web, surel, dan telepon menjadi kosong. */
    function ns_url($value): string
    {
        $url = trim((string) $value);

        if (preg_match('~^(?!https?:|mailto:|tel:)[a-z][a-z0-9+.-]*:~i', $url) || preg_match('~[\x00-\x1f]~', $url)) {
            return '';
        }

        return ns_e($url);
    }

    /** Kata tanpa tag, dipotong pada batas kata. */
    function ns_excerpt($html, int $length): string
    {
        $spaced = preg_replace('~<(script|style)\b.*?</\1>~is', ' ', (string) $html);
        $text   = strip_tags(str_replace('<', ' <', (string) $spaced));
        $text   = html_entity_decode($text, ENT_QUOTES | ENT_HTML5, 'UTF-8');
        $text   = trim((string) preg_replace('~\s+~u', ' ', $text));

        if (mb_strlen($text) <= $length) {
            return ns_e($text);
        }
        $cut  = mb_substr($text, 0, $length);
        $stop = mb_strrpos($cut, ' ');

        return ns_e(rtrim($stop ? mb_substr($cut, 0, $stop) : $cut, ' ,.;:')) . '…';
    }

    /** Hanya angka dan titik sebagai ribuan. */
    function ns_number($value): string
    {
        return number_format((float) $value, 0, ',', '.');
    }

    function ns_rupiah($value): string
    {
        return 'Rp' . ns_number($value);
    }

    /** Unsur <time>; tanda hubung bila tanggalnya kosong. */
    function ns_date($value, bool $with_time = false): string
    {
        $at = $value ? strtotime((string) $value) : false;

        if (! $at || $at < 0) {
            return '–';
        }
        $months = ['', 'Januari', 'Februari', 'Maret', 'April', 'Mei', 'Juni', 'Juli', 'Agustus', 'September', 'Oktober', 'November', 'Desember'];
        $shown  = date('j', $at) . ' ' . $months[(int) date('n', $at)] . ' ' . date('Y', $at);

        return '<time datetime="' . date('Y-m-d', $at) . '">' . $shown . ($with_time ? ' pukul ' . date('H.i', $at) : '') . '</time>';
    }

    /** Kata setempat: desa, nagari, gampong, … */
    function ns_word(string $which): string
    {
        $own  = ['desa' => 'village_word', 'kabupaten' => 'regency_word'];
        $word = setting('sebutan_' . $which) ?: $which;

        return ucwords(isset($own[$which]) ? ns_name($own[$which], $word) : (string) $word);
    }

    /** Nama lengkap desa, misalnya Desa Bontokassi. */
    function ns_village($desa): string
    {
        return trim(ns_word('desa') . ' ' . ucwords((string) ($desa['nama_desa'] ?? '')));
    }

    /** Kecamatan, kabupaten, provinsi dalam satu baris. */
    function ns_region($desa): string
    {
        $parts = [
            trim(ns_word('kecamatan') . ' ' . ucwords((string) ($desa['nama_kecamatan'] ?? ''))),
            trim(ns_word('kabupaten') . ' ' . ucwords((string) ($desa['nama_kabupaten'] ?? ''))),
            ($desa['nama_propinsi'] ?? '') ? 'Provinsi ' . ucwords((string) $desa['nama_propinsi']) : '',
        ];

        return implode(', ', array_filter($parts));
    }

    function ns_logo($desa): string
    {
        return ns_picture('logo') ?: gambar_desa($desa['logo'] ?? null);
    }

    /** Alamat berkas tema, dengan sidik isinya agar peramban tidak memakai yang lama. */
    function ns_asset(string $path): string
    {
        return asset(get_instance()->theme_folder . '/' . get_instance()->theme . '/' . $path, false);
    }

    /** Warna, huruf, dan pita dari tampilan kabupaten sebagai isi unsur <style>. */
    function ns_style(): string
    {
        $light = $dark = $faces = '';

        foreach (ns_brand()['tokens'] as $key => $value) {
            if (! is_string($value) || ! preg_match('~^#[0-9a-f]{3,8}$~i', $value) || ! preg_match('~^--sp-[a-z0-9-]+$~', (string) $key)) {
                continue;
            }
            if (strpos((string) $key, '--sp-dark-') === 0) {
                $dark .= '--sp-' . substr((string) $key, 10) . ":{$value};";
            } else {
                $light .= "{$key}:{$value};";
            }
        }
        foreach ((array) (ns_brand()['fonts']['faces'] ?? []) as $face) {
            $faces .= is_array($face) ? ns_face($face) : '';
        }
        $stacks = '';

        foreach (['heading', 'body'] as $role) {
            $stack = ns_brand()['fonts'][$role] ?? '';
            $stacks .= is_string($stack) && preg_match('~^[\w\s,\'"-]+$~', $stack) ? "--ns-{$role}:{$stack};" : '';
        }

        return $faces
            . ($stacks ? ":root{{$stacks}}" : '')
            . ($light ? "@media (prefers-color-scheme:light){:root{{$light}}}" : '')
            . ($dark ? "@media (prefers-color-scheme:dark){:root{{$dark}}}" : '');
    }

    function ns_face(array $face): string
    {
        $family = (string) ($face['family'] ?? '');
        $url    = (string) ($face['url'] ?? '');

        if (! preg_match('~^[\w -]+$~', $family) || ! preg_match('~^/[\w./-]+\.woff2?$~', $url)) {
            return '';
        }
        $weight = preg_match('~^\d{3}( \d{3})?$~', (string) ($face['weight'] ?? '')) ? $face['weight'] : '400';
        $style  = ($face['style'] ?? '') === 'italic' ? 'italic' : 'normal';

        return "@font-face{font-family:\"{$family}\";font-weight:{$weight};font-style:{$style};font-display:swap;src:url(" . base_url(ltrim($url, '/')) . ') format("woff2")}';
    }

    /** Menu situs sebagai [nama, alamat, anak], dari OpenSID 2408 maupun 2410. */
    function ns_menu($items): array
    {
        $menu = [];

        foreach (is_array($items) ? $items : [] as $item) {
            $menu[] = [
                'name'     => (string) ($item['nama'] ?? ''),
                'url'      => (string) ($item['link_url'] ?? $item['link'] ?? ''),
                'children' => ns_menu($item['childrens'] ?? $item['submenu'] ?? []),
            ];
        }

        return $menu;
    }

    /** Foto sebuah artikel; kosong bila berkasnya tidak ada. */
    function ns_article_picture($name, string $size = 'sedang'): string
    {
        return $name && is_file(FCPATH . LOKASI_FOTO_ARTIKEL . $size . '_' . $name) ? AmbilFotoArtikel((string) $name, $size) : '';
    }

    /** Foto sebuah album atau gambar galeri; kosong bila berkasnya tidak ada. */
    function ns_gallery_picture($name, string $size = 'kecil'): string
    {
        foreach ([$size, 'sedang', 'kecil'] as $try) {
            if ($name && is_file(FCPATH . LOKASI_GALERI . $try . '_' . $name)) {
                return AmbilGaleri((string) $name, $try);
            }
        }

        return '';
    }

    /** Baris unik menjadi JSON yang aman di dalam unsur <script>. */
    function ns_json($value): string
    {
        return (string) json_encode($value, JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR);
    }

    /** Kunci formulir OpenSID. */
    function ns_token(): string
    {
        $ci = get_instance();

        return '<input type="hidden" name="' . ns_e($ci->security->get_csrf_token_name()) . '" value="' . ns_e($ci->security->get_csrf_hash()) . '">';
    }

    /** Judul, tahun, dan baris anggaran; dari transparansi kaki halaman atau dari widget keuangan. */
    function ns_budget($transparansi, $widget): array
    {
        $titles = ['res_pelaksanaan' => 'Pelaksanaan', 'res_pendapatan' => 'Pendapatan', 'res_belanja' => 'Belanja'];
        $year   = $transparansi['tahun'] ?? $widget['tahun_terbaru'] ?? '';
        $raw    = $transparansi['data_widget'] ?? null;

        if (! is_array($raw)) {
            $years = json_decode((string) ($widget['data'] ?? ''), true);
            $raw   = is_array($years) && $years ? reset($years) : [];
            $year  = is_array($years) && $years ? key($years) : $year;
        }
        $groups = [];

        foreach ((array) $raw as $key => $rows) {
            $items = [];

            foreach ((array) $rows as $row) {
                $name = is_array($row) ? trim((string) ($row['judul'] ?? $row['nama'] ?? '')) : '';

                if ($name === '' || ((float) ($row['anggaran'] ?? 0) == 0.0 && (float) ($row['realisasi'] ?? 0) == 0.0)) {
                    continue;
                }
                $items[] = [
                    'name'  => mb_convert_case(mb_strtolower($name), MB_CASE_TITLE, 'UTF-8'),
                    'plan'  => (float) ($row['anggaran'] ?? 0),
                    'spent' => (float) ($row['realisasi'] ?? 0),
                    'share' => (float) ($row['persen'] ?? 0),
                ];
            }
            if ($items) {
                $groups[] = ['title' => $titles[$key] ?? 'Anggaran', 'items' => $items];
            }
        }

        return ['year' => (string) $year, 'groups' => $groups];
    }

    /** Jejak batas wilayah dari teks JSON; larik kosong bila tidak terbaca. */
    function ns_path($value): array
    {
        $path = is_string($value) ? json_decode($value, true) : $value;

        return is_array($path) ? $path : [];
    }

    /** Semua cincin [lintang, bujur] di dalam larik batas yang bersarang sedalam apa pun. */
    function ns_rings($path): array
    {
        if (! is_array($path) || ! $path) {
            return [];
        }
        $first = reset($path);

        if (is_array($first) && isset($first[0], $first[1]) && is_numeric($first[0]) && is_numeric($first[1])) {
            return [array_values(array_filter($path, static fn ($point): bool => is_array($point) && isset($point[0], $point[1]) && is_numeric($point[0]) && is_numeric($point[1])))];
        }
        $rings = [];

        foreach ($path as $inner) {
            $rings = array_merge($rings, ns_rings($inner));
        }

        return $rings;
    }

    /** Garis besar wilayah sebagai gambar SVG tanpa peta luar; kosong bila batasnya tidak ada. */
    function ns_outline($path, string $label): string
    {
        $rings = ns_rings(ns_path($path));
        $all   = $rings ? array_merge(...$rings) : [];

        if (count($all) < 3) {
            return '';
        }
        $north = max(array_column($all, 0));
        $west  = min(array_column($all, 1));
        $tall  = max($north - min(array_column($all, 0)), 0.00001);
        $wide  = max(max(array_column($all, 1)) - $west, 0.00001);
        $scale = min(280 / $wide, 180 / $tall);
        $drawn = '';

        foreach ($rings as $ring) {
            $points = array_map(static fn ($point): string => round(($point[1] - $west) * $scale + 10, 1) . ' ' . round(($north - $point[0]) * $scale + 10, 1), $ring);
            $drawn .= $points ? 'M' . implode('L', $points) . 'Z' : '';
        }

        return '<svg class="garis-wilayah" role="img" aria-label="' . ns_e($label) . '" viewBox="0 0 ' . round($wide * $scale + 20) . ' ' . round($tall * $scale + 20) . '"><path d="' . $drawn . '"/></svg>';
    }

    /** Baris yang punya batas, untuk peta; namanya dari $form dan kolom $fields. */
    function ns_areas($rows, string $form, array $fields): array
    {
        $found = [];

        foreach (is_array($rows) ? $rows : [] as $row) {
            $row  = (array) $row;
            $path = ns_path($row['path'] ?? '');

            if ($path) {
                $found[] = ['name' => ns_row_name($row, $form, $fields), 'path' => $path, 'colour' => (string) ($row['color'] ?? $row['warna'] ?? '')];
            }
        }

        return $found;
    }

    /** Baris yang punya titik, untuk peta; $slug_of: bagian alamat yang diikuti slug barisnya. */
    function ns_points($rows, string $field, string $slug_of = ''): array
    {
        $found = [];

        foreach (is_array($rows) ? $rows : [] as $row) {
            $row = (array) $row;

            if (is_numeric($row['lat'] ?? null) && is_numeric($row['lng'] ?? null)) {
                $found[] = [
                    'name' => ns_row_name($row, '%s', [$field]),
                    'lat'  => (float) $row['lat'],
                    'lng'  => (float) $row['lng'],
                    'text' => strip_tags((string) ($row['desk'] ?? '')),
                    'url'  => $slug_of !== '' && ! empty($row['slug']) ? site_url($slug_of . $row['slug']) : '',
                ];
            }
        }

        return $found;
    }

    function ns_row_name(array $row, string $form, array $fields): string
    {
        foreach ($fields as $field) {
            $form = preg_replace('~%s~', addcslashes(trim((string) ($row[$field] ?? '')), '\\$'), $form, 1);
        }

        return trim((string) $form);
    }

    /** Alamat media sosial [nama, alamat]; yang ditetapkan kabupaten lebih dulu. */
    function ns_social($sosmed): array
    {
        $found = [];

        foreach (ns_brand()['social'] as $name => $url) {
            if (is_string($url) && preg_match('~^https://~', $url)) {
                $found[strtolower((string) $name)] = $url;
            }
        }
        foreach (is_array($sosmed) ? $sosmed : [] as $row) {
            $name = strtolower((string) ($row['nama'] ?? ''));
            $name = $name === 'twitter' ? 'x' : $name;

            if (! empty($row['link']) && preg_match('~^https?://~', (string) $row['link']) && ! isset($found[$name])) {
                $found[$name] = (string) $row['link'];
            }
        }

        return $found;
    }
}
