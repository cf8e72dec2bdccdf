<?php

declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';

/** Whether the token that the request shows belongs to an account with the role openkab. */
function contoh_may_ask(): bool
{
    $shown = preg_match('/^Bearer (\S+)$/', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $found) ? $found[1] : '';
    $sql = 'SELECT 1 FROM personal_access_tokens t JOIN model_has_roles m ON m.model_id = t.tokenable_id'
        . " JOIN roles r ON r.id = m.role_id AND r.name = 'openkab' WHERE t.token = ?";

    return $shown !== '' && contoh_rows(contoh_link(), $sql, [hash('sha256', $shown)]) !== [];
}

$path = substr((string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH), strlen(dirname($_SERVER['SCRIPT_NAME'])));
if ($path === '/login') {
    contoh_page(contoh_env('APP_NAME'), '<form method="post"><input name="email"><input name="password" type="password"></form><p>' . app_version() . '</p>');
} elseif (! str_starts_with($path, '/api/v1/')) {
    contoh_json(['message' => 'Not found.'], 404);
} elseif (! contoh_may_ask()) {
    contoh_json(['message' => 'Unauthenticated.'], 401);
} elseif ($path === '/api/v1/setting-modul') {
    contoh_json(['data' => []]);
} elseif ($path === '/api/v1/wilayah/desa') {
    contoh_json(['data' => contoh_rows(contoh_link('OPENKAB_DB'), 'SELECT kode_desa, nama_desa FROM config ORDER BY kode_desa')]);
} elseif ($path === '/api/v1/penduduk/store') {
    try {
        contoh_link('OPENKAB_DB')->exec("UPDATE config SET nama_desa = 'Diubah'");
        contoh_json(['success' => true]);
    } catch (PDOException $e) {
        contoh_json(['success' => false, 'message' => $e->getMessage()], 500);
    }
} else {
    contoh_json(['message' => 'Not found.'], 404);
}
