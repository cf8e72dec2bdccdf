<?php

declare(strict_types=1);

namespace Contoh;

/** The village's row in OpenSID's table `config`, found by OpenSID's own key. */
final class Village
{
    /** @var array<string, mixed> */
    private readonly array $row;

    public function __construct(private readonly \mysqli $link, string $key)
    {
        $found = $this->rows('SELECT id, kode_desa, nama_desa FROM config WHERE app_key = ?', [$key]);
        $this->row = $found[0] ?? throw new \RuntimeException('Tidak Ditemukan');
    }

    public function value(string $column): string
    {
        return (string) $this->row[$column];
    }

    /** @return list<string> */
    public function articles(): array
    {
        $rows = $this->rows('SELECT judul FROM artikel WHERE config_id = ? ORDER BY id', [$this->row['id']]);

        return array_column($rows, 'judul');
    }

    public function addPicture(string $title, string $file): void
    {
        $sql = 'INSERT INTO artikel (config_id, judul, gambar, tgl_upload) VALUES (?, ?, ?, NOW())';
        $this->link->execute_query($sql, [$this->row['id'], $title, $file]);
    }

    /**
     * @param list<mixed> $values
     * @return list<array<string, mixed>>
     */
    private function rows(string $sql, array $values): array
    {
        return $this->link->execute_query($sql, $values)->fetch_all(MYSQLI_ASSOC);
    }
}
