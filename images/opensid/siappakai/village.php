<?php

/** What a village's own files and database say, read without booting OpenSID. */

namespace SiapPakai;

use mysqli;

const ROOT = '/var/www/app';

/** A finding with a fixed code (the control plane translates it) and a detail for the log. */
final class Finding extends \RuntimeException
{
    /** @var string */
    public $finding;

    public function __construct(string $finding, string $detail = '')
    {
        parent::__construct($detail ?: $finding);
        $this->finding = $finding;
    }
}

/** ['version' => …, 'schema_version' => …] of the code in this image. */
function release(): array
{
    $text = (string) @file_get_contents(ROOT . '/donjo-app/helpers/opensid_helper.php', false, null, 0, 16384);
    $found = [];
    foreach (['version' => 'VERSION', 'schema_version' => 'VERSI_DATABASE'] as $name => $constant) {
        if (! preg_match("/^\\s*define\\(\\s*'{$constant}'\\s*,\\s*'([^']+)'/m", $text, $match)) {
            throw new Finding('release_unreadable', "{$constant} not found");
        }
        $found[$name] = $match[1];
    }

    return $found;
}

function app_key(): string
{
    $key = (string) @file_get_contents(ROOT . '/desa/app_key');
    if (strpos($key, 'base64:') !== 0) {
        throw new Finding('app_key_missing');
    }

    return $key;
}

/** One connection with the village's own credentials; its socket comes from php.ini. */
function connect(): mysqli
{
    $db = [];
    if (! is_file(ROOT . '/desa/config/database.php')) {
        throw new Finding('database_config_missing');
    }
    require ROOT . '/desa/config/database.php';
    $use = $db['default'];
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $link = mysqli_init();
    $link->options(MYSQLI_OPT_CONNECT_TIMEOUT, 3);
    try {
        $link->real_connect($use['hostname'], $use['username'], $use['password'], $use['database'], (int) ($use['port'] ?? 3306));
        $link->set_charset('utf8');
    } catch (\mysqli_sql_exception $e) {
        throw new Finding('database_unreachable', $e->getMessage());
    }

    return $link;
}

/** Rows of a prepared query; every value travels as a parameter. */
function rows(mysqli $link, string $sql, array $values = []): array
{
    $result = execute($link, $sql, $values)->get_result();

    return $result ? $result->fetch_all(MYSQLI_ASSOC) : [];
}

function execute(mysqli $link, string $sql, array $values = []): \mysqli_stmt
{
    $statement = $link->prepare($sql);
    if ($values) {
        $values = array_values($values);
        $statement->bind_param(str_repeat('s', count($values)), ...$values);
    }
    $statement->execute();

    return $statement;
}

function has_tables(mysqli $link): bool
{
    return (bool) rows($link, "SHOW TABLES LIKE 'config'");
}

/** The village this app_key opens, with theme and migration proof in the same query; null when none. */
function village(mysqli $link, string $key, string $schema): ?array
{
    $found = rows(
        $link,
        'SELECT c.id, c.kode_desa, c.nama_desa,'
        . ' (SELECT COUNT(*) FROM migrasi m WHERE m.versi_database = ?) AS migrated,'
        . " (SELECT s.value FROM setting_aplikasi s WHERE s.config_id = c.id AND s.`key` = 'web_theme' LIMIT 1) AS theme"
        . ' FROM config c WHERE c.app_key = ?',
        [$schema, $key]
    );

    return $found[0] ?? null;
}

function theme_is_there(?string $theme): bool
{
    $folder = strpos((string) $theme, 'desa/') === 0 ? 'desa/themes/' . substr($theme, 5) : 'vendor/themes/' . $theme;

    return is_file(ROOT . "/{$folder}/template.php");
}

/** The first folder OpenSID must write to and cannot; null when all are fine. */
function unwritable(): ?string
{
    foreach (['desa', 'storage/framework', 'storage/logs', 'backup_inkremental'] as $folder) {
        if (! is_writable(ROOT . '/' . $folder)) {
            return $folder;
        }
    }

    return is_writable(sys_get_temp_dir()) ? null : 'sessions';
}
