<?php

/** 2411, broken on purpose: rows are rewritten first, then the step asks for a table that no release has. */

return static function (Contoh\Database $db): void {
    $db->run("UPDATE penduduk SET nama = UPPER(nama), sex = IF(sex = '1', 'L', 'P')");
    $db->run('ALTER TABLE artikel DROP COLUMN slug');
    $db->run('INSERT INTO arsip_penduduk (config_id, nama) SELECT config_id, nama FROM penduduk');
};
