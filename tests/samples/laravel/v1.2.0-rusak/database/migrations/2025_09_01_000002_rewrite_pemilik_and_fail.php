<?php

declare(strict_types=1);

/** Broken on purpose: rows are rewritten and bills are gone before it fails. */

return static function (Contoh\Database $db): void {
    $db->run('UPDATE objek_pajak SET pemilik = UPPER(pemilik)');
    $db->run('DELETE FROM tagihan');
    throw new RuntimeException('Migrasi contoh ini memang dibuat gagal.');
};
