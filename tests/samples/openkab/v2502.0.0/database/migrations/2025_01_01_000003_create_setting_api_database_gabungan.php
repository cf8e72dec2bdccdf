<?php

return [
    "CREATE TABLE settings (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, `key` VARCHAR(50) NOT NULL UNIQUE, name VARCHAR(255) NOT NULL, value VARCHAR(255) NOT NULL)",
    "INSERT INTO settings (`key`, name, value) VALUES ('openkab_api_baseurl', 'Alamat', ''), ('database_gabungan_api_key', 'Token', '')",
];
