<?php

declare(strict_types=1);

/** Settings by key; the first two are taken from .env, as it is when a village is migrated first. */

return static function (Contoh\Database $db, Contoh\Application $app): void {
    $db->run(
        'CREATE TABLE pengaturan_aplikasi (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, `key` VARCHAR(50), value TEXT, '
        . 'keterangan VARCHAR(255), jenis VARCHAR(32), kategori VARCHAR(32), script VARCHAR(128), '
        . 'created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL)'
    );
    $db->run(
        'INSERT INTO pengaturan_aplikasi (`key`, value) VALUES (?, ?), (?, ?)',
        ['layanan_opendesa_token', $app->config('app.token'), 'layanan_kode_desa', $app->config('app.village_code')],
    );
};
