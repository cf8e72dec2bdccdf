<?php

declare(strict_types=1);

/** Every parcel gets its bill of 2025: Rp 150 a square metre. */

return static function (Contoh\Database $db): void {
    $db->run(
        'CREATE TABLE tagihan (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, objek_pajak_id INT UNSIGNED NOT NULL, '
        . 'tahun SMALLINT NOT NULL, jumlah BIGINT UNSIGNED NOT NULL, UNIQUE (objek_pajak_id, tahun))'
    );
    $db->run('INSERT INTO tagihan (objek_pajak_id, tahun, jumlah) SELECT id, 2025, luas_m2 * 150 FROM objek_pajak');
};
