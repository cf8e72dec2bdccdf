<?php

/** 2410: an address written in one line becomes hamlet, RW and RT; articles get a readable link. */

return static function (Contoh\Database $db): void {
    $db->run(
        "ALTER TABLE penduduk ADD COLUMN IF NOT EXISTS dusun VARCHAR(100) NOT NULL DEFAULT '',"
        . " ADD COLUMN IF NOT EXISTS rw CHAR(3) NOT NULL DEFAULT '', ADD COLUMN IF NOT EXISTS rt CHAR(3) NOT NULL DEFAULT ''"
    );
    foreach ($db->rows('SELECT id, alamat FROM penduduk') as $row) {
        if (preg_match('/^(.*?) RT (\d+) RW (\d+)$/', $row['alamat'], $part)) {
            $db->run('UPDATE penduduk SET dusun = ?, rt = ?, rw = ? WHERE id = ?', [$part[1], $part[2], $part[3], $row['id']]);
        }
    }
    $db->run("ALTER TABLE artikel ADD COLUMN IF NOT EXISTS slug VARCHAR(200) NOT NULL DEFAULT ''");
    foreach ($db->rows('SELECT id, judul FROM artikel') as $row) {
        $slug = trim((string) preg_replace('/[^a-z0-9]+/', '-', strtolower($row['judul'])), '-');
        $db->run('UPDATE artikel SET slug = ? WHERE id = ?', [$slug, $row['id']]);
    }
};
