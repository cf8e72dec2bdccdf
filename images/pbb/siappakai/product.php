<?php

/** PBB: one database a village, which the application itself treats as one tenant. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

final class Pbb extends LaravelProduct
{
    public const NAME = 'pbb';
    private const SEEDERS = 'Database\\Seeders\\Pengaturan\\';

    /** Settings the pages read without asking whether they are there: key => [kind, group, first value]. */
    private const SETTINGS = [
        'kode_provinsi'  => ['text', 'pengaturan_wilayah', ''],
        'nama_provinsi'  => ['text', 'pengaturan_wilayah', ''],
        'kode_kabupaten' => ['text', 'pengaturan_wilayah', ''],
        'nama_kabupaten' => ['text', 'pengaturan_wilayah', ''],
        'kode_kecamatan' => ['text', 'pengaturan_wilayah', ''],
        'nama_kecamatan' => ['text', 'pengaturan_wilayah', ''],
        'kode_desa'      => ['text', 'pengaturan_wilayah', ''],
        'nama_desa'      => ['text', 'pengaturan_wilayah', ''],
        'kaur_keuangan'  => ['text', '', ''],
        'opensid_url'    => ['text', 'sinkronisasi_opensid', ''],
        'opensid_token'  => ['textarea', 'sinkronisasi_opensid', ''],
        'akun_pengguna'  => ['option', '', ''],
        'latar_login'    => ['image', 'latar_login', ''],
        'logo_aplikasi'  => ['image', 'logo', ''],
        'logo_surat'     => ['image', 'logo', ''],
        'favicon'        => ['image', 'logo', ''],
        'sebutan_rayon'  => ['text', 'pengganti_sebutan', 'Rayon'],
    ];

    /** What the form shows below a field, where the plain word isn't enough. */
    private const EXPLAINED = [
        'kode_kecamatan' => 'Sesuaikan dengan kode kecamatan di SPPT',
        'kode_desa'      => 'Sesuaikan dengan kode desa di SPPT',
        'opensid_url'    => 'Alamat API OpenSID desa ini',
        'opensid_token'  => 'Token dari API OpenSID desa ini',
        'akun_pengguna'  => 'Akun yang ditampilkan di bilah atas',
    ];

    /** A script of the form that shows the chosen picture at once. */
    private const SCRIPTS = [
        'latar_login'   => 'previewLatarLogin()',
        'logo_aplikasi' => 'previewLogoAplikasi()',
        'logo_surat'    => 'previewLogoSurat()',
        'favicon'       => 'previewLogoFavicon()',
    ];

    protected function readVersion(): string
    {
        $notes = (string) @file_get_contents(ROOT . '/catatan_rilis.md', false, null, 0, 2000);
        if (! preg_match('/\bversi\s+v?(\d+\.\d+\.\d+(?:-[a-z0-9.]+)?)/i', $notes, $found)) {
            throw new Finding('release_unreadable', 'catatan_rilis.md');
        }

        return $found[1];
    }

    public function region(mysqli $link): ?array
    {
        $found = rows(
            $link,
            'SELECT t.code, s.value AS name FROM tenants t'
            . " JOIN pengaturan_aplikasi s ON s.tenant_id = t.id AND s.`key` = 'nama_desa' WHERE t.code = ?",
            [env()['KODE_DESA'] ?? '']
        );

        return $found === [] ? null : [
            'village_code' => str_replace('.', '', $found[0]['code']),
            'village_name' => (string) $found[0]['name'],
        ];
    }

    /** The application's own first rows, then those that it left out: v2607's seeder stops half-way. */
    public function seed(mysqli $link): array
    {
        $stopped = '';
        try {
            artisan('db:seed', '--force');
        } catch (Finding $e) {
            $stopped = $e->getMessage();
        }
        $tenant = (int) (rows($link, 'SELECT MIN(id) AS id FROM tenants')[0]['id'] ?? 0);
        if (rows($link, 'SELECT id FROM users LIMIT 1') === []) {
            artisan('db:seed', '--force', '--class=' . self::SEEDERS . 'UsersSeeder');
        }
        $added = $this->addSettings($link, $tenant);
        if ($stopped !== '' && $added === []) {
            throw new Finding('seed_failed', $stopped);   // of another kind than the one we can mend
        }

        return ['settings_added' => $added] + ($stopped === '' ? [] : ['seeder_stopped' => mb_substr($stopped, 0, 300)]);
    }

    /** @return list<string> the keys that were missing */
    private function addSettings(mysqli $link, int $tenant): array
    {
        $there = array_column(rows($link, 'SELECT `key` FROM pengaturan_aplikasi WHERE tenant_id = ?', [$tenant]), 'key');
        $missing = array_diff_key(self::SETTINGS, array_flip($there));
        foreach ($missing as $key => [$kind, $group, $value]) {
            $word = self::EXPLAINED[$key] ?? ucfirst(str_replace('_', ' ', $key));
            execute(
                $link,
                'INSERT INTO pengaturan_aplikasi (tenant_id, `key`, value, keterangan, jenis, kategori, script, created_at, updated_at)'
                . ' VALUES (?, ?, ?, ?, ?, ?, ?, NOW(), NOW())',
                [$tenant, $key, $value, $word, $kind, $group, self::SCRIPTS[$key] ?? '']
            );
        }

        return array_keys($missing);
    }

    public function licenceUrl(): ?string
    {
        $env = env();

        return rtrim($env['HOST_PREMIUM'] ?? '', '/') . '/api/v1/pelanggan/domain?kode_desa=' . rawurlencode($env['KODE_DESA'] ?? '');
    }
}

return new Pbb();
