<?php

/**
 * Runs a command inside OpenSID itself, without changing its code: from v2408 on its router takes a
 * command-line route from outside, so a closure runs in the booted application, past
 * MY_Controller (which would migrate and redirect by itself). Older releases: Siappakai_cli.
 */

namespace SiapPakai;

/** Arranges that index.php, required next by the caller, runs `command` and nothing else. */
function within_application(string $command, array $arguments): void
{
    $log = log_position();
    $GLOBALS['siappakai_command'] = static function () use ($command, $arguments, $log) {
        $result = perform($command, $arguments);
        $failed = log_findings($log);
        $now = status(connect());
        $done = ! $failed && is_reached($command, $now);
        if ($command === 'install' && ($now['villages'] ?? null) === 0) {
            $result['next'] = 'new-village';   // up to v2407 an installation ends without any village
        }
        answer($result + ['failed_steps' => $failed] + $now, $done ? 0 : 1);
    };
    $_SERVER['SCRIPT_NAME'] = '/index.php';
    $_SERVER['REQUEST_URI'] = '/';
    $_SERVER['HTTP_HOST'] = 'localhost';
    $_SERVER['REMOTE_ADDR'] = '127.0.0.1';
    require __DIR__ . '/is_cli.php';
    require ROOT . '/vendor/autoload.php';
    $route = 'siappakai-cli';
    if (class_exists('OpenSID\RouteBuilder')) {
        \OpenSID\RouteBuilder::cli($route, $GLOBALS['siappakai_command']);
    } else {
        $route = 'siappakai_cli';
    }
    $_SERVER['argv'] = ['index.php', $route];
    $_SERVER['argc'] = 2;
}

/** A new village may still await its migration; everything else must end ready. */
function is_reached(string $command, array $now): bool
{
    return $now['state'] === 'ready' || ($command === 'new-village' && $now['state'] === 'not_migrated');
}

function perform(string $command, array $arguments): array
{
    $app = get_instance();
    $app->load->database();
    $app->load->driver('cache', ['adapter' => 'file', 'backup' => 'dummy']);
    switch ($command) {
        case 'install':
            return install($app);

        case 'migrate':
            return migrate($app);

        case 'remigrate':
            execute(connect(), 'DELETE FROM migrasi ORDER BY id DESC LIMIT 1');

            return migrate($app);
    }

    return new_village($app, $arguments['identity'] ?? []);
}

/** OpenSID's own first-visit installation; a database that has tables is left alone. */
function install(object $app): array
{
    if ($app->db->list_tables()) {
        return ['skipped' => 'database not empty'];
    }
    $app->load->model('seeders/seeder');

    return [];
}

/** What every web request of OpenSID begins with; v2407 must be asked for its migration. A step runs once. */
function migrate(object $app): array
{
    $wanted = release()['schema_version'];
    $before = array_column(rows(connect(), 'SELECT versi_database FROM migrasi ORDER BY id'), 'versi_database');
    if (in_array($wanted, $before, true)) {
        return ['skipped' => 'already at ' . $wanted];
    }
    $app->load->model('setting_model');
    $app->setting_model->init();
    if (! class_exists('OpenSID\RouteBuilder')) {
        $app->load->model('database_model');
        $app->database_model->cek_migrasi(true);
    }
    forget_cached();

    return ['migrated_from' => end($before) ?: null];
}

/** A further village in a combined database: its row, then OpenSID's own first rows for it. */
function new_village(object $app, array $identity): array
{
    $link = connect();
    if (rows($link, 'SELECT id FROM config WHERE app_key = ?', [app_key()])) {
        return ['skipped' => 'app_key already in config'];
    }
    if (($identity['kode_desa'] ?? '') === '') {
        throw new Finding('identity_missing', 'kode_desa');
    }
    folder_desa();
    $row = array_intersect_key($identity, array_flip(columns($link, 'config'))) + array_fill_keys([
        'nama_desa', 'nama_kecamatan', 'kode_kecamatan', 'nama_kabupaten', 'kode_kabupaten',
        'nama_propinsi', 'kode_propinsi', 'nama_kepala_camat', 'nip_kepala_camat',
    ], '');
    $row['app_key'] = app_key();
    $names = '`' . implode('`, `', array_keys($row)) . '`';
    $marks = implode(', ', array_fill(0, count($row), '?'));
    execute($link, "INSERT INTO config ({$names}) VALUES ({$marks})", array_values($row));
    forget_cached();
    $app->load->model('migrations/data_awal', 'data_awal');
    $app->data_awal->up();
    forget_cached();

    return [];
}

/** How long each of OpenSID's logs is now; a change of timezone can make it begin another one. */
function log_position(): array
{
    clearstatcache();
    $files = glob(ROOT . '/storage/logs/log-*.php') ?: [];

    return array_combine($files, array_map('filesize', $files));
}

/** Steps that OpenSID says have failed since `before`; it goes on after them as if nothing happened. */
function log_findings(array $before): array
{
    $found = [];
    foreach (log_position() as $file => $size) {
        $new = (string) file_get_contents($file, false, null, $before[$file] ?? 0);
        preg_match_all('/^(?:ERROR|CRITICAL).*(?:Gagal Jalankan|SQLSTATE\[).*$/m', $new, $lines);
        $found = array_merge($found, $lines[0]);
    }

    return array_slice(array_map(static fn ($line) => mb_substr($line, 0, 300), $found), 0, 20);
}
