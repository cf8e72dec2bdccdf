<?php

declare(strict_types=1);

/** The village's identity is written once, from .env, when it is migrated for the first time. */

return static function (Contoh\Database $db, Contoh\Application $app): void {
    $db->run('CREATE TABLE pengaturan (kunci VARCHAR(64) PRIMARY KEY, nilai VARCHAR(255) NOT NULL)');
    $db->run(
        'INSERT INTO pengaturan (kunci, nilai) VALUES (?, ?), (?, ?)',
        ['kode_desa', $app->config('app.village_code'), 'nama_desa', $app->config('app.village_name')],
    );
};
