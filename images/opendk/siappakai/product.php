<?php

/** OpenDK: a district's own site and database; das_profil says whose. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

final class OpenDk extends LaravelProduct
{
    public const NAME = 'opendk';

    protected function readVersion(): string
    {
        $settings = (string) @file_get_contents(ROOT . '/config/app.php');
        if (! preg_match('/[\'"]version[\'"]\s*=>\s*[\'"]v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)[\'"]/', $settings, $found)) {
            throw new Finding('release_unreadable', 'config/app.php');
        }

        return $found[1];
    }

    /** Without the flag every page leads to the installer, which would start all over. */
    public function region(mysqli $link): ?array
    {
        if (! is_file(ROOT . '/storage/installed')) {
            throw new Finding('installed_flag_missing', 'storage/installed');
        }
        $found = rows(
            $link,
            'SELECT kecamatan_id AS code, nama_kecamatan AS name FROM das_profil WHERE kecamatan_id = ? ORDER BY id LIMIT 1',
            [env()['KODE_KECAMATAN'] ?? '']
        );

        return $found === [] ? null : [
            'district_code' => str_replace('.', '', $found[0]['code']),
            'district_name' => (string) $found[0]['name'],
        ];
    }

    /** The application's own first rows; its profile is empty then, and this district's from now on. */
    public function seed(mysqli $link): array
    {
        parent::seed($link);
        execute(
            $link,
            "UPDATE das_profil SET kecamatan_id = ? WHERE COALESCE(kecamatan_id, '') = '' ORDER BY id LIMIT 1",
            [env()['KODE_KECAMATAN'] ?? '']
        );

        return [];
    }
}

return new OpenDk();
