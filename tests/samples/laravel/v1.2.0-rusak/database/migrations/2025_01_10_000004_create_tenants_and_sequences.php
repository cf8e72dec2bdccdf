<?php

declare(strict_types=1);

/** The village of .env is the database's only tenant; accounts and settings are its own. */

return static function (Contoh\Database $db, Contoh\Application $app): void {
    $db->run(
        'CREATE TABLE tenants (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, code VARCHAR(255) NOT NULL UNIQUE, '
        . 'name VARCHAR(255) NOT NULL, id_start_range BIGINT UNSIGNED NOT NULL, id_end_range BIGINT UNSIGNED NOT NULL)'
    );
    $db->run(
        'INSERT INTO tenants (code, name, id_start_range, id_end_range) VALUES (?, ?, 1, 999999999)',
        [$app->config('app.village_code'), 'Desa Contoh'],
    );
    foreach (['users', 'pengaturan_aplikasi'] as $table) {
        $db->run("ALTER TABLE {$table} ADD tenant_id BIGINT UNSIGNED, ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id)");
        $db->run("UPDATE {$table} SET tenant_id = (SELECT MIN(id) FROM tenants)");
    }
};
