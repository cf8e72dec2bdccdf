<?php

declare(strict_types=1);

return static function (Contoh\Application $app): void {
    $app->rows('CREATE TABLE das_setting (`key` VARCHAR(100) PRIMARY KEY, value TEXT)');
    $app->rows(
        'CREATE TABLE users (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL, '
        . 'email VARCHAR(191) NOT NULL UNIQUE, password VARCHAR(255) NOT NULL)'
    );
};
