<?php

/** Lays the release's favicons into the regency's own, still empty folder; prints one JSON object. */

declare(strict_types=1);

const SHIPPED = __DIR__ . '/favicons';
const OWN = '/var/www/app/public/favicons';

$laid = [];
$failed = [];
foreach (glob(SHIPPED . '/*') ?: [] as $file) {
    $own = OWN . '/' . basename($file);
    if (is_file($file) && ! file_exists($own)) {
        copy($file, $own) ? $laid[] = basename($file) : $failed[] = basename($file);
    }
}
echo json_encode(['ok' => $failed === [], 'laid' => $laid, 'failed' => $failed]), "\n";
exit($failed === [] ? 0 : 1);
