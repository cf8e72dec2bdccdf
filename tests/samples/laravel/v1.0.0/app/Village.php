<?php

declare(strict_types=1);

namespace Contoh;

/** The village as its own database names it, and what it holds. */
final class Village
{
    public readonly string $name;
    public readonly string $code;
    public readonly int $parcels;

    public function __construct(Database $database)
    {
        $settings = array_column($database->rows('SELECT kunci, nilai FROM pengaturan'), 'nilai', 'kunci');
        $this->name = $settings['nama_desa'];
        $this->code = $settings['kode_desa'];
        $this->parcels = (int) $database->rows('SELECT COUNT(*) AS n FROM objek_pajak')[0]['n'];
    }
}
