<?php

return [
    'CREATE TABLE personal_access_tokens (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, tokenable_type VARCHAR(255) NOT NULL, tokenable_id BIGINT UNSIGNED NOT NULL, name VARCHAR(255) NOT NULL, token VARCHAR(64) NOT NULL UNIQUE, abilities TEXT, plaintext TEXT, created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL)',
];
