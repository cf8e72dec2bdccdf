<?php

/** 200 when this instance may be shown to visitors, else 503 with the first finding. Laravel sleeps. */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';
require __DIR__ . '/laravel_product.php';

/** The first folder the application must write to and cannot; null when all are fine. */
function unwritable(LaravelProduct $product): ?string
{
    foreach ($product->writable() as $folder) {
        if (! is_writable(ROOT . '/' . $folder)) {
            return $folder;
        }
    }

    return null;
}

function health(LaravelProduct $product): array
{
    $seen = $product->status(connect());
    $state = $seen['state'];
    unset($seen['state']);
    if ($state !== 'ready') {
        return $seen + ['error' => $state === 'empty' ? 'database_empty' : $state];
    }
    if (! str_starts_with(env()['APP_KEY'] ?? '', 'base64:')) {
        return $seen + ['error' => 'app_key_missing'];
    }
    $folder = unwritable($product);

    return $folder === null ? $seen : $seen + ['error' => 'not_writable', 'detail' => $folder];
}

$start = microtime(true);
try {
    $answer = health(require __DIR__ . '/product.php');
} catch (Finding $e) {
    $answer = ['error' => $e->finding, 'detail' => $e->getMessage()];
} catch (\mysqli_sql_exception $e) {
    $answer = ['error' => 'database_broken', 'detail' => $e->getMessage()];
}
$answer = ['ok' => ! isset($answer['error'])] + $answer;
$answer['ms'] = round((microtime(true) - $start) * 1000, 1);
http_response_code($answer['ok'] ? 200 : 503);
header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
