<?php

declare(strict_types=1);

/** The good half of this release: it runs and is recorded before the next one fails. */

return static function (Contoh\Database $db): void {
    $db->run("ALTER TABLE objek_pajak ADD catatan VARCHAR(200) NOT NULL DEFAULT ''");
};
