<?php

declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';

/** What the Satu Data API answers, asked with the token of the settings. */
function contoh_ask(string $path): array
{
    $token = contoh_rows(contoh_link(), "SELECT value FROM settings WHERE `key` = 'database_gabungan_api_key'")[0]['value'];
    $request = curl_init(contoh_env('API_DATABASE_GABUNGAN_HOST') . $path);
    curl_setopt_array($request, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 5, CURLOPT_HTTPHEADER => ["Authorization: Bearer {$token}"]]);
    $answer = json_decode((string) curl_exec($request), true);

    return is_array($answer['data'] ?? null) ? $answer['data'] : [];
}

$path = (string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH);
$own = contoh_rows(contoh_link(), 'SELECT nama_aplikasi FROM identitas')[0]['nama_aplikasi'];
if ($path === '/desa') {
    contoh_page($own, '<p>' . htmlspecialchars(implode(', ', array_column(contoh_ask('/api/v1/wilayah/desa'), 'nama_desa'))) . '</p>');
} elseif ($path === '/' || $path === '/login') {
    contoh_page($own, '<p>' . openkab_versi() . '</p>');
} else {
    http_response_code(404);
}
