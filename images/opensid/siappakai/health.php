<?php

/** 200 when this instance may be shown to visitors, else 503 with the first finding. No OpenSID code runs. */

namespace SiapPakai;

require __DIR__ . '/village.php';

function health(): array
{
    $answer = release();
    $link = connect();
    if (! has_tables($link)) {
        throw new Finding('database_empty');
    }
    $village = village($link, app_key(), $answer['schema_version']);
    if ($village === null) {
        throw new Finding('app_key_unknown', 'no config row has this app_key');
    }
    $answer += [
        'migrated'     => (bool) $village['migrated'],
        'village_code' => $village['kode_desa'],
        'village_name' => $village['nama_desa'],
        'theme'        => $village['theme'],
    ];
    $folder = unwritable();
    $checks = [
        'not_migrated'  => $answer['migrated'] ? null : 'migrasi has no row ' . $answer['schema_version'],
        'theme_missing' => theme_is_there($village['theme']) ? null : (string) $village['theme'],
        'not_writable'  => $folder,
    ];
    foreach ($checks as $finding => $detail) {
        if ($detail !== null) {
            return $answer + ['error' => $finding, 'detail' => $detail];
        }
    }

    return $answer;
}

$start = microtime(true);
try {
    $answer = health();
} catch (Finding $e) {
    $answer = ['error' => $e->finding, 'detail' => $e->getMessage()];
} catch (\mysqli_sql_exception $e) {
    $answer = ['error' => 'database_broken', 'detail' => $e->getMessage()];
}
$answer = ['ok' => false, 'product' => 'opensid'] + $answer;
$answer['ok'] = ! isset($answer['error']);
$answer['ms'] = round((microtime(true) - $start) * 1000, 1);
http_response_code($answer['ok'] ? 200 : 503);
header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
