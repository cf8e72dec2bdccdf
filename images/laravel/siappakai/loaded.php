<?php

/** The release's own scripts that this PHP has compiled so far, as a JSON list. No application code runs. */

namespace SiapPakai;

require __DIR__ . '/own_scripts.php';

if ($_SERVER['REQUEST_METHOD'] !== 'GET') {
    tell(['error' => 'GET only'], 405);
    exit;
}
$own = new OwnScripts('/var/www/app', mount_points());
$known = array_values(array_filter(compiled_scripts(), [$own, 'has']));
sort($known);
tell($known);
