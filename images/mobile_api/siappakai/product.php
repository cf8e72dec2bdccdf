<?php

/** The mobile API: it works on the village's OpenSID, which it finds by OpenSID's own key. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

final class MobileApi extends LaravelProduct
{
    public const NAME = 'mobile_api';
    private const OPENSID = '/var/www/opensid';

    protected function readVersion(): string
    {
        $helpers = (string) @file_get_contents(ROOT . '/app/Helpers/helpers.php');
        $pattern = '/function\s+opensid_api_version\(\)[^{]*\{\s*return\s+["\']v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)["\']/';
        if (! preg_match($pattern, $helpers, $found)) {
            throw new Finding('release_unreadable', 'app/Helpers/helpers.php');
        }

        return $found[1];
    }

    /** The tables are OpenSID's, and OpenSID migrates them. */
    protected function readMigrations(): array
    {
        return [];
    }

    public function isEmpty(mysqli $link): bool
    {
        return ! has_table($link, 'config');
    }

    /** As the application finds it: by the key in OpenSID's folder, in a combined database too. */
    public function region(mysqli $link): ?array
    {
        $key = (string) @file_get_contents(self::OPENSID . '/desa/app_key');
        if (! str_starts_with($key, 'base64:')) {
            throw new Finding('app_key_missing', 'desa/app_key');
        }
        $found = rows($link, 'SELECT kode_desa, nama_desa FROM config WHERE app_key = ?', [$key]);

        return $found === [] ? null : [
            'appkey_known' => true,
            'village_code' => (string) preg_replace('/\D/', '', (string) $found[0]['kode_desa']),
            'village_name' => (string) $found[0]['nama_desa'],
        ];
    }

    public function writable(): array
    {
        return [...parent::writable(), '../opensid/desa'];
    }

    public function licenceUrl(): ?string
    {
        $env = env();

        return rtrim($env['HOST_PREMIUM'] ?? '', '/') . '/api/v1/pelanggan/domain?kode_desa=' . rawurlencode($env['KODE_DESA'] ?? '');
    }
}

return new MobileApi();
