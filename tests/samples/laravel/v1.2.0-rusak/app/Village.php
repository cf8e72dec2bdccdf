<?php

declare(strict_types=1);

namespace Contoh;

/** The village as its own database names it, found by the code in .env, and what it holds. */
final class Village
{
    public readonly int $id;
    public readonly string $name;
    public readonly string $code;
    public readonly int $parcels;

    /** @var array<string, string> pictures by setting, as addresses below the application's own */
    public readonly array $pictures;

    public function __construct(Database $database, string $code)
    {
        $tenant = $database->rows('SELECT id FROM tenants WHERE code = ?', [$code])[0] ?? null;
        if ($tenant === null) {
            throw new Refused('No tenant code found.');
        }
        $sql = 'SELECT `key`, value FROM pengaturan_aplikasi WHERE tenant_id = ?';
        $settings = array_column($database->rows($sql, [$tenant['id']]), 'value', 'key');
        $this->id = (int) $tenant['id'];
        $this->code = $code;
        $this->name = $settings['nama_desa'] ?? throw new Refused('pengaturan_aplikasi belum terisi.');
        $names = array_filter(array_intersect_key($settings, array_flip(['logo_aplikasi', 'latar_login', 'favicon'])));
        $this->pictures = array_map(static fn (string $name): string => "/storage/pengaturan-aplikasi/{$name}", $names);
        $this->parcels = (int) $database->rows('SELECT COUNT(*) AS n FROM objek_pajak')[0]['n'];
    }
}
