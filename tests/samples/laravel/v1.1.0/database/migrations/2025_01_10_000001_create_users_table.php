<?php

declare(strict_types=1);

/** People who may log in; their village comes with the tenants. */

return static function (Contoh\Database $db): void {
    $db->run(
        'CREATE TABLE users (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT NULL, '
        . 'username VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL, password VARCHAR(255) NOT NULL)'
    );
};
