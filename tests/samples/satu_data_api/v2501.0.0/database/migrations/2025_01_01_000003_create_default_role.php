<?php

return [
    'CREATE TABLE roles (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE)',
    'CREATE TABLE model_has_roles (role_id BIGINT UNSIGNED NOT NULL, model_type VARCHAR(100) NOT NULL, model_id BIGINT UNSIGNED NOT NULL, PRIMARY KEY (role_id, model_id, model_type))',
    "INSERT INTO roles (name) VALUES ('admin'), ('openkab')",
    "INSERT INTO users (name, email, password) VALUES ('Admin Contoh', 'admin@admin.com', '" . password_hash('Contoh100%', PASSWORD_BCRYPT) . "')",
];
