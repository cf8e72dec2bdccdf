<?php

declare(strict_types=1);

return static function (Contoh\Application $app): void {
    $app->rows(
        'CREATE TABLE das_profil (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, provinsi_id CHAR(2), '
        . 'nama_provinsi VARCHAR(255), kabupaten_id CHAR(5), nama_kabupaten VARCHAR(255), kecamatan_id CHAR(8), '
        . 'nama_kecamatan VARCHAR(255), email VARCHAR(255))'
    );
};
