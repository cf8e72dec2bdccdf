<?php

/** 2408: articles can be counted. */

return static function (Contoh\Database $db): void {
    $db->run('ALTER TABLE artikel ADD COLUMN IF NOT EXISTS hit INT NOT NULL DEFAULT 0');
};
