<?php

return [
    'CREATE TABLE identitas (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, nama_aplikasi VARCHAR(100) NOT NULL, nama_kabupaten VARCHAR(100) NOT NULL, kode_kabupaten VARCHAR(100) NOT NULL, nama_provinsi VARCHAR(100) NOT NULL, kode_provinsi VARCHAR(100) NOT NULL, sebutan_kab VARCHAR(100) NOT NULL, sebutan_desa VARCHAR(100) NOT NULL)',
    "INSERT INTO identitas VALUES (1, 'Contoh', 'KOTA CONTOH', '00.00', 'Contoh', '00', 'Kota', 'Kelurahan')",
];
