<?php

/**
 * Asks the application itself, started whole, which village it serves; prints one JSON object.
 * Its /healthcheck tells the same but waits for the licence server first, and later releases
 * answer it with an error while the licence is in doubt.
 */

declare(strict_types=1);

namespace SiapPakai;

use Illuminate\Contracts\Console\Kernel;

require __DIR__ . '/instance.php';
require __DIR__ . '/laravel_product.php';
require __DIR__ . '/start.php';

/** The code of the village as the application's own helper tells it, digits only. */
function village_of_application(): string
{
    require ROOT . '/vendor/autoload.php';
    $app = require ROOT . '/bootstrap/app.php';
    if (interface_exists(Kernel::class)) {
        $app->make(Kernel::class)->bootstrap();
    }

    return (string) preg_replace('/\D/', '', (string) \identitas('kode_desa'));
}

function prove(LaravelProduct $product): array
{
    $seen = $product->status(connect());
    if ($seen['state'] !== 'ready') {
        throw new Finding($seen['state']);
    }
    $own = village_of_application();
    check_disk();
    if ($own !== $seen['village_code']) {
        throw new Finding('other_village', "the application says '{$own}', its database {$seen['village_code']}");
    }

    return ['ok' => true, 'village_code' => $own, 'version' => $seen['version']];
}

ob_start();   // the application prints what goes wrong while it starts
try {
    $answer = prove(require __DIR__ . '/product.php');
} catch (\Throwable $e) {
    $answer = ['ok' => false, 'error' => $e instanceof Finding ? $e->finding : 'broken', 'detail' => $e->getMessage()];
}
fwrite(STDERR, (string) ob_get_clean());
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
exit($answer['ok'] ? 0 : 1);
