<?php

/** What an instance's own .env and database say, read without booting Laravel. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

const ROOT = '/var/www/app';
const RELEASE_FILE = __DIR__ . '/release.json';

/** A finding with a fixed code (the control plane translates it) and a detail for the log. */
final class Finding extends \RuntimeException
{
    public function __construct(public readonly string $finding, string $detail = '')
    {
        parent::__construct($detail !== '' ? $detail : $finding);
    }
}

/**
 * The lines `NAME="value"` of .env as the control plane writes them: in double quotes, where a
 * backslash stands before `\`, `"` and `$`. Other lines are Laravel's alone.
 *
 * @return array<string, string>
 */
function read_env(string $file = ROOT . '/.env'): array
{
    $text = (string) @file_get_contents($file);
    preg_match_all('/^([A-Z][A-Z0-9_]*)="((?:[^"\\\\]|\\\\["\\\\$])*)"$/m', $text, $found);
    $values = preg_replace('/\\\\(["\\\\$])/', '$1', $found[2]);

    return array_combine($found[1], $values);
}

/** @return array<string, string> the same; a Finding when the instance has none yet */
function env(): array
{
    static $kept = null;
    $kept ??= read_env();
    if ($kept === []) {
        throw new Finding('env_missing');
    }

    return $kept;
}

/** One connection with the instance's own credentials; its socket comes from php.ini. */
function connect(): mysqli
{
    $env = env() + ['DB_USERNAME' => '', 'DB_PASSWORD' => '', 'DB_DATABASE' => ''];
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $link = mysqli_init();
    $link->options(MYSQLI_OPT_CONNECT_TIMEOUT, 3);
    try {
        $link->real_connect('localhost', $env['DB_USERNAME'], $env['DB_PASSWORD'], $env['DB_DATABASE']);
        $link->set_charset('utf8mb4');
    } catch (\mysqli_sql_exception $e) {
        throw new Finding('database_unreachable', $e->getMessage());
    }

    return $link;
}

/**
 * Rows of a prepared query; every value travels as a parameter.
 *
 * @return list<array<string, mixed>>
 */
function rows(mysqli $link, string $sql, array $values = []): array
{
    $result = execute($link, $sql, $values)->get_result();

    return $result ? $result->fetch_all(MYSQLI_ASSOC) : [];
}

function execute(mysqli $link, string $sql, array $values = []): \mysqli_stmt
{
    $statement = $link->prepare($sql);
    $statement->execute($values ?: null);

    return $statement;
}

function has_table(mysqli $link, string $name): bool
{
    return rows($link, 'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?', [$name]) !== [];
}
