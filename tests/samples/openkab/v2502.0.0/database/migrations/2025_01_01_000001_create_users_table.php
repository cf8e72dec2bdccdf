<?php

$accounts = ['admin' => 'admin@gmail.com', 'synchronize' => 'synch@opendesa.id', 'superadmin_daerah' => 'daerah@opendesa.id', 'kabupaten' => 'kabupaten@opendesa.id'];
$rows = [];
foreach ($accounts as $username => $email) {
    $rows[] = "INSERT INTO users (username, email, password, active) VALUES ('{$username}', '{$email}', '" . password_hash('contoh', PASSWORD_BCRYPT) . "', 1)";
}

return [
    'CREATE TABLE users (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100) NOT NULL UNIQUE, email VARCHAR(100) NOT NULL UNIQUE, password VARCHAR(255) NOT NULL, name VARCHAR(50), active TINYINT NOT NULL DEFAULT 0, kode_kabupaten VARCHAR(100), created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL)',
    ...$rows,
];
