<?php

declare(strict_types=1);

/** The one-line address becomes hamlet, RT and RW; a line that doesn't fit stays whole as the hamlet. */

return static function (Contoh\Database $db): void {
    $db->run(
        "ALTER TABLE objek_pajak ADD dusun VARCHAR(150) NOT NULL DEFAULT '', "
        . "ADD rt CHAR(3) NOT NULL DEFAULT '', ADD rw CHAR(3) NOT NULL DEFAULT ''"
    );
    foreach ($db->rows('SELECT id, alamat FROM objek_pajak') as $row) {
        $is_split = preg_match('/^(.*?)\s+RT\s*(\d{1,3})\s+RW\s*(\d{1,3})$/i', $row['alamat'], $found) === 1;
        [$hamlet, $rt, $rw] = $is_split
            ? [$found[1], sprintf('%03d', $found[2]), sprintf('%03d', $found[3])]
            : [$row['alamat'], '', ''];
        $values = [$hamlet, $rt, $rw, $row['id']];
        $db->run('UPDATE objek_pajak SET dusun = ?, rt = ?, rw = ? WHERE id = ?', $values);
    }
    $db->run('ALTER TABLE objek_pajak DROP COLUMN alamat');
};
