<?php

/**
 * Installs, migrates and names one village without a browser; prints one JSON object.
 *   php /opt/siappakai/cli.php COMMAND [--masukan FILE]     arguments as JSON on STDIN or in FILE
 * rc 0 done (or was done already), 1 ran and the result is not reached, 70 the application aborted.
 * Commands: status, set (no OpenSID code runs); install, migrate, remigrate, new-village (OpenSID's own).
 */

namespace SiapPakai;

require __DIR__ . '/village.php';
require __DIR__ . '/identity.php';
require __DIR__ . '/application.php';

/** JSON arguments: from the named file, else from STDIN when something was piped in; never from argv. */
function arguments(array $argv): array
{
    $at = array_search('--masukan', $argv, true);
    $text = $at === false ? piped() : file_get_contents($argv[$at + 1] ?? '');
    if (trim((string) $text) === '') {
        return [];
    }
    $read = json_decode($text, true);
    if (! is_array($read)) {
        throw new Finding('arguments_unreadable', json_last_error_msg());
    }

    return $read;
}

function piped(): string
{
    return posix_isatty(STDIN) ? '' : (string) stream_get_contents(STDIN);
}

/** What the database says about this village now; `state` is ready, not_migrated, app_key_unknown or empty. */
function status(\mysqli $link): array
{
    $seen = release();
    if (! has_tables($link)) {
        return $seen + ['state' => 'empty', 'migrated' => false];
    }
    $village = village($link, app_key(), $seen['schema_version']);
    $seen['villages'] = (int) rows($link, 'SELECT COUNT(*) n FROM config')[0]['n'];
    $seen['migrations'] = array_column(rows($link, 'SELECT versi_database FROM migrasi ORDER BY id'), 'versi_database');
    $seen['migrated'] = in_array($seen['schema_version'], $seen['migrations'], true);
    if ($village === null) {
        return $seen + ['state' => 'app_key_unknown'];
    }

    return $seen + [
        'state'        => $seen['migrated'] ? 'ready' : 'not_migrated',
        'config_id'    => (int) $village['id'],
        'village_code' => $village['kode_desa'],
        'village_name' => $village['nama_desa'],
        'theme'        => $village['theme'],
        'theme_found'  => theme_is_there($village['theme']),
    ];
}

function filled(\mysqli $link): \mysqli
{
    if (! has_tables($link)) {
        throw new Finding('database_empty');
    }

    return $link;
}

/** Prints the answer and leaves; what the application printed meanwhile is kept only as `noise`. */
function answer(array $result, int $code): void
{
    $noise = '';
    while (ob_get_level()) {
        $noise = ob_get_clean() . $noise;
    }
    if ($code !== 0 && ($noise = trim(strip_tags($noise))) !== '') {
        $result['noise'] = mb_substr($noise, 0, 800);
    }
    $GLOBALS['siappakai_answered'] = true;
    $result = ['command' => $GLOBALS['siappakai_name'], 'product' => 'opensid', 'ok' => $code === 0] + $result;
    $result['seconds'] = round(microtime(true) - $_SERVER['REQUEST_TIME_FLOAT'], 3);
    $result['peak_mb'] = round(memory_get_peak_usage(true) / 1048576, 1);
    fwrite(STDOUT, json_encode($result, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
    exit($code);
}

/** The application ended the process by itself (redirect, show_error, a fatal error): say so, rc 70. */
function aborted(): void
{
    if (! empty($GLOBALS['siappakai_answered'])) {
        return;
    }
    $last = error_get_last();
    $detail = $last ? "{$last['message']} @{$last['file']}:{$last['line']}" : 'the application left';
    answer(['error' => 'application_aborted', 'detail' => $detail], 70);
}

function run(string $command, array $arguments): void
{
    $booted = ['install', 'migrate', 'remigrate', 'new-village'];
    if ($command === 'status') {
        $seen = status(connect());
        answer($seen, $seen['state'] === 'ready' ? 0 : 1);
    } elseif ($command === 'set') {
        $link = filled(connect());
        $changed = set($link, $arguments);
        answer($changed + status($link), $changed['unknown'] ? 1 : 0);
    } elseif (in_array($command, $booted, true)) {
        $command === 'install' || filled(connect());
        within_application($command, $arguments);
    } else {
        throw new Finding('command_unknown', $command);
    }
}

$GLOBALS['siappakai_name'] = $argv[1] ?? 'status';
chdir(ROOT);
ob_start();
register_shutdown_function('SiapPakai\aborted');
try {
    run($GLOBALS['siappakai_name'], arguments($argv));
    // The application is required here, in the global scope, as its own index.php expects.
    $_SESSION = [];
    require ROOT . '/index.php';
} catch (Finding $e) {
    answer(['error' => $e->finding, 'detail' => $e->getMessage()], 1);
} catch (\mysqli_sql_exception $e) {
    answer(['error' => 'database_broken', 'detail' => $e->getMessage()], 1);
}
