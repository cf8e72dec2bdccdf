<?php

/**
 * Installs and migrates one instance without a browser; prints one JSON object.
 *   php /opt/siappakai/cli.php [status | install | migrate | forget-cache]
 * rc 0 done (or was done already), 1 ran and the result is not reached, 70 the command itself broke.
 */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';
require __DIR__ . '/artisan.php';
require __DIR__ . '/laravel_product.php';

/** A whole installation into an empty database; one that has tables is left alone. */
function install(LaravelProduct $product, \mysqli $link): array
{
    if (! $product->isEmpty($link)) {
        return ['skipped' => 'database not empty'];
    }
    artisan('migrate', '--force');

    return $product->seed($link);
}

/** What is pending runs, in the open; nothing pending: skipped. */
function migrate(LaravelProduct $product, \mysqli $link): array
{
    if ($product->isEmpty($link)) {
        throw new Finding('database_empty');
    }
    $pending = $product->pending($link);
    if ($pending === []) {
        return ['skipped' => 'nothing pending'];
    }
    artisan('migrate', '--force');

    return ['migrated_now' => $pending];
}

/** Forgets what the application has cached: in the container where it runs, a one-off has its own. */
function forget_cache(): array
{
    artisan('cache:clear');

    return [];
}

function run(LaravelProduct $product, string $command): array
{
    $link = connect();
    $done = match ($command) {
        'status'       => [],
        'install'      => install($product, $link),
        'migrate'      => migrate($product, $link),
        'forget-cache' => forget_cache(),
        default        => throw new Finding('command_unknown', $command),
    };

    return $done + $product->status($link);
}

/** Prints the answer and leaves. */
function answer(array $result, int $code): never
{
    global $command, $answered;
    $answered = true;
    while (ob_get_level()) {
        ob_end_clean();
    }
    $result = ['command' => $command, 'ok' => $code === 0] + $result;
    $result['seconds'] = round(microtime(true) - $_SERVER['REQUEST_TIME_FLOAT'], 3);
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;
    fwrite(STDOUT, json_encode($result, $flags) . "\n");
    exit($code);
}

$answered = false;
$command = $argv[1] ?? 'status';
ob_start();
register_shutdown_function(static function (): void {
    global $answered;
    if (! $answered) {
        answer(['error' => 'command_broke', 'detail' => error_get_last()['message'] ?? ''], 70);
    }
});
try {
    $result = run(require __DIR__ . '/product.php', $command);
    answer($result, $result['state'] === 'ready' ? 0 : 1);
} catch (Finding $e) {
    answer(['error' => $e->finding, 'detail' => $e->getMessage()], 1);
} catch (\mysqli_sql_exception $e) {
    answer(['error' => 'database_broken', 'detail' => $e->getMessage()], 1);
}
