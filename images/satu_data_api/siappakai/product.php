<?php

/** Satu Data API: accounts and tokens in its own database, villages in the combined one. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

final class SatuDataApi extends LaravelProduct
{
    public const NAME = 'satu_data_api';

    protected function readVersion(): string
    {
        $helpers = (string) @file_get_contents(ROOT . '/app/Helpers/general.php');
        $pattern = '/function\s+app_version\(\)\s*\{\s*return\s+["\']v?(\d{4}\.\d+\.\d+(?:-[a-z0-9.]+)?)["\']/';
        if (! preg_match($pattern, $helpers, $found)) {
            throw new Finding('release_unreadable', 'app/Helpers/general.php');
        }

        return $found[1];
    }

    /** The first rows come with the migrations. */
    public function seed(mysqli $link): array
    {
        return [];
    }

    /** The regency as the villages of the combined database name it; none of its villages: null. */
    public function region(mysqli $link): ?array
    {
        $code = env()['KODE_KABUPATEN'] ?? '';
        $combined = env()['OPENKAB_DB_DATABASE'] ?? '';
        if ($combined === '') {
            return ['regency_code' => $code, 'villages' => 0];   // of the template, which has none
        }
        $seen = $this->villages($link, $combined, $code);

        return $seen['villages'] === 0 ? null : $seen;
    }

    /** @return array{regency_code: string, regency_name: string, villages: int} */
    private function villages(mysqli $link, string $combined, string $code): array
    {
        $config = '`' . str_replace('`', '``', $combined) . '`.config';
        try {
            $found = rows(
                $link,
                "SELECT COUNT(*) AS villages, MIN(nama_kabupaten) AS name FROM {$config} WHERE REPLACE(kode_kabupaten, '.', '') = ?",
                [$code]
            )[0];
        } catch (\mysqli_sql_exception $e) {
            throw new Finding('combined_database_unreadable', $e->getMessage());
        }

        return ['regency_code' => $code, 'regency_name' => (string) $found['name'], 'villages' => (int) $found['villages']];
    }
}

return new SatuDataApi();
