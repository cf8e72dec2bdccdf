<?php

/** What the pages ask of this release's tables. */

namespace Contoh;

final class Rows
{
    public static function home(Database $db, string $id): array
    {
        return [
            'articles' => $db->rows("SELECT judul, CONCAT('artikel-', id) AS tautan, isi, tgl_upload FROM artikel WHERE config_id = ? ORDER BY id", [$id]),
            'figures'  => [
                'Penduduk' => $db->rows('SELECT COUNT(*) n FROM penduduk WHERE config_id = ?', [$id])[0]['n'],
                'Artikel'  => $db->rows('SELECT COUNT(*) n FROM artikel WHERE config_id = ?', [$id])[0]['n'],
            ],
        ];
    }

    public static function desk(Database $db, string $id): array
    {
        return [
            'people' => $db->rows('SELECT nama, nik, alamat FROM penduduk WHERE config_id = ? ORDER BY nama', [$id]),
        ];
    }
}
