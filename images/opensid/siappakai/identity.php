<?php

/** Writes who a village is: identity, settings, first admin. Doing it twice changes nothing more. */

namespace SiapPakai;

use mysqli;

/**
 * {"adopt": true, "identity": {column: value}, "settings": {key: value}, "settings_if_present": {…},
 *  "admin": {"username", "nama", "email", "password_hash"}}; returns what changed and what is unknown.
 */
function set(mysqli $link, array $wanted): array
{
    $link->begin_transaction();
    $id = config_id($link, ! empty($wanted['adopt']));
    $changed = [];
    $unknown = [];
    identity($link, $id, $wanted['identity'] ?? [], $changed, $unknown);
    settings($link, $id, $wanted['settings'] ?? [], $changed, $unknown);
    $ignored = [];
    settings($link, $id, $wanted['settings_if_present'] ?? [], $changed, $ignored);
    admin($link, $id, $wanted['admin'] ?? [], $changed, $unknown);
    $unknown ? $link->rollback() : $link->commit();
    forget_cached();

    return ['changed' => $unknown ? [] : $changed, 'unknown' => $unknown, 'absent' => $ignored];
}

/** The config row of this app_key. `adopt` lets a fresh clone's only, still unnamed village take this key. */
function config_id(mysqli $link, bool $adopt): int
{
    $key = app_key();
    $own = rows($link, 'SELECT id FROM config WHERE app_key = ?', [$key]);
    if ($own) {
        return (int) $own[0]['id'];
    }
    $all = rows($link, 'SELECT id, kode_desa FROM config');
    if (! $adopt || count($all) !== 1 || (string) $all[0]['kode_desa'] !== '') {
        throw new Finding('app_key_unknown', 'no config row has this app_key');
    }
    execute($link, 'UPDATE config SET app_key = ? WHERE id = ?', [$key, $all[0]['id']]);

    return (int) $all[0]['id'];
}

function columns(mysqli $link, string $table): array
{
    return array_column(rows($link, "SHOW COLUMNS FROM `{$table}`"), 'Field');
}

function update(mysqli $link, string $table, array $values, string $where, array $keys): int
{
    $set = implode(', ', array_map(static fn ($column) => "`{$column}` = ?", array_keys($values)));

    return execute($link, "UPDATE `{$table}` SET {$set} WHERE {$where}", array_merge(array_values($values), $keys))->affected_rows;
}

function identity(mysqli $link, int $id, array $wanted, array &$changed, array &$unknown): void
{
    $allowed = array_diff(columns($link, 'config'), ['id', 'app_key', 'created_at', 'created_by']);
    foreach (array_diff(array_keys($wanted), $allowed) as $column) {
        $unknown[] = "identity.{$column}";
    }
    $values = array_intersect_key($wanted, array_flip($allowed));
    if ($values && update($link, 'config', $values, 'id = ?', [$id])) {
        $changed[] = 'identity';
    }
}

function settings(mysqli $link, int $id, array $wanted, array &$changed, array &$missing): void
{
    $there = array_column(rows($link, 'SELECT `key` FROM setting_aplikasi WHERE config_id = ?', [$id]), 'key');
    foreach ($wanted as $key => $value) {
        if (! in_array($key, $there, true)) {
            $missing[] = "settings.{$key}";
        } elseif (update($link, 'setting_aplikasi', ['value' => $value], 'config_id = ? AND `key` = ?', [$id, $key])) {
            $changed[] = "settings.{$key}";
        }
    }
}

/** The first user of the village; its password arrives as a bcrypt hash and is never seen here. */
function admin(mysqli $link, int $id, array $wanted, array &$changed, array &$unknown): void
{
    if (! $wanted) {
        return;
    }
    $hash = $wanted['password_hash'] ?? null;
    if ($hash !== null && ! preg_match('#^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$#', $hash)) {
        throw new Finding('password_hash_not_bcrypt');
    }
    $first = rows($link, 'SELECT id FROM user WHERE config_id = ? ORDER BY id LIMIT 1', [$id]);
    if (! $first) {
        throw new Finding('admin_missing');
    }
    foreach (array_diff(array_keys($wanted), ['username', 'nama', 'email', 'password_hash']) as $name) {
        $unknown[] = "admin.{$name}";
    }
    $values = array_intersect_key($wanted, array_flip(['username', 'nama', 'email']));
    if ($hash !== null) {
        $values['password'] = $hash;
    }
    if ($values && update($link, 'user', $values, 'id = ?', [$first[0]['id']])) {
        $changed[] = 'admin';
    }
}

/** OpenSID keeps identity for days in files: they go, so that the next page tells the truth. */
function forget_cached(): void
{
    foreach ([ROOT . '/storage/framework/cache/data', ROOT . '/desa/cache'] as $folder) {
        if (! is_dir($folder)) {
            continue;
        }
        $inside = new \RecursiveDirectoryIterator($folder, \FilesystemIterator::SKIP_DOTS);
        foreach (new \RecursiveIteratorIterator($inside, \RecursiveIteratorIterator::CHILD_FIRST) as $file) {
            if ($file->isFile() && $file->getFilename() !== 'index.html' && $file->getFilename() !== '.htaccess') {
                @unlink($file->getPathname());
            }
        }
    }
}
