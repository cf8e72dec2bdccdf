<?php

/** Proves, with no village and no database, that this image runs; prints one JSON object. */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';
require __DIR__ . '/laravel_product.php';
require __DIR__ . '/start.php';

try {
    $product = require __DIR__ . '/product.php';
    register_packages();
    check_disk();
    $answer = ['ok' => true, 'php' => PHP_VERSION] + array_diff_key($product->release(), ['migrations' => 0]);
} catch (\Throwable $e) {
    $answer = ['ok' => false, 'error' => $e instanceof Finding ? $e->finding : 'broken', 'detail' => $e->getMessage()];
}
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
exit($answer['ok'] ? 0 : 1);
