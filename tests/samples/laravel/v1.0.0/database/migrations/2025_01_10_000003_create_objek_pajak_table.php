<?php

declare(strict_types=1);

/** Land with its owner; the address is one line, as "Dusun Pattallassang RT 001 RW 002". */

return static function (Contoh\Database $db): void {
    $db->run(
        'CREATE TABLE objek_pajak (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, nop CHAR(18) NOT NULL UNIQUE, '
        . 'pemilik VARCHAR(100) NOT NULL, alamat VARCHAR(150) NOT NULL, luas_m2 INT UNSIGNED NOT NULL)'
    );
};
