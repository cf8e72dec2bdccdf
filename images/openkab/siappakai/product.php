<?php

/** OpenKab: the regency's site in its own database, villages by way of the Satu Data API. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

require __DIR__ . '/satu_data.php';

final class OpenKab extends LaravelProduct
{
    public const NAME = 'openkab';

    protected function readVersion(): string
    {
        $helpers = (string) @file_get_contents(ROOT . '/app/Helpers/general.php');
        $pattern = '/function\s+openkab_versi\(\)\s*\{\s*return\s+["\']v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)["\']/';
        if (! preg_match($pattern, $helpers, $found)) {
            throw new Finding('release_unreadable', 'app/Helpers/general.php');
        }

        return $found[1];
    }

    /** `satu_data` is no part of being healthy; the control plane decides what it means. */
    public function region(mysqli $link): ?array
    {
        $found = rows($link, 'SELECT kode_kabupaten, nama_kabupaten FROM identitas ORDER BY id LIMIT 1');

        return $found === [] ? null : [
            'regency_code' => (string) preg_replace('/\D/', '', (string) $found[0]['kode_kabupaten']),
            'regency_name' => (string) $found[0]['nama_kabupaten'],
            'satu_data'    => satu_data($link),
        ];
    }

    public function writable(): array
    {
        return [...parent::writable(), 'storage/app/public', 'public/favicons'];
    }
}

return new OpenKab();
