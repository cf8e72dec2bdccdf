<?php

/** Whether the Satu Data API takes the token that this OpenKab shows, asked the way OpenKab asks. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

const PROOF_FILE = '/tmp/satu-data-proof';
const PROOF_AGE_S = 5;       // the API counts 60 questions a minute, those of all people together
const PROOF_TIMEOUT_S = 3;   // less than whoever asks for health is ready to wait

/** `ok`, or why not in a few words. One-off containers have no way out and don't ask. */
function satu_data(mysqli $link): string
{
    if (PHP_SAPI === 'cli') {
        return 'belum ditanya';
    }
    $setting = rows($link, "SELECT value FROM settings WHERE `key` = 'database_gabungan_api_key'");
    $token = (string) ($setting[0]['value'] ?? '');
    $url = rtrim(env()['API_DATABASE_GABUNGAN_HOST'] ?? '', '/') . '/api/v1/setting-modul?page[size]=1';
    $question = hash('sha256', $url . "\0" . $token);
    [$asked, $said] = explode("\n", (string) @file_get_contents(PROOF_FILE)) + ['', ''];
    if ($asked === $question && time() - (int) @filemtime(PROOF_FILE) < PROOF_AGE_S) {
        return $said;
    }
    $said = $token === '' ? 'token belum diisi' : ask_satu_data($url, $token);
    file_put_contents(PROOF_FILE, "{$question}\n{$said}");

    return $said;
}

function ask_satu_data(string $url, string $token): string
{
    $request = curl_init($url);
    curl_setopt_array($request, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_PROTOCOLS      => CURLPROTO_HTTPS,
        CURLOPT_TIMEOUT        => PROOF_TIMEOUT_S,
        CURLOPT_HTTPHEADER     => ["Authorization: Bearer {$token}", 'Accept: application/json'],
    ]);
    $body = curl_exec($request);
    if ($body === false) {
        return strtok(curl_error($request), "\n") ?: 'tidak menjawab';
    }
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($status !== 200) {
        return "menjawab HTTP {$status}";
    }

    return is_array(json_decode((string) $body, true)['data'] ?? null) ? 'ok' : 'jawabannya bukan data';
}
