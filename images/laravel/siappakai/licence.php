<?php

/** What the licence server says of this instance, asked as the application asks it. Never part of health. */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';
require __DIR__ . '/laravel_product.php';

const ASK_TIMEOUT_S = 5;

/** @return array{0: int, 1: string} the HTTP status and the server's own short message, or 0 and why not */
function ask(string $url, string $token): array
{
    $request = curl_init($url);
    curl_setopt_array($request, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_PROTOCOLS      => CURLPROTO_HTTPS | CURLPROTO_HTTP,
        CURLOPT_CONNECTTIMEOUT => ASK_TIMEOUT_S,
        CURLOPT_TIMEOUT        => ASK_TIMEOUT_S,
        CURLOPT_HTTPHEADER     => ["Authorization: Bearer {$token}", 'X-Requested-With: XMLHttpRequest', 'Accept: application/json'],
    ]);
    $body = curl_exec($request);
    if ($body === false) {
        return [0, curl_error($request)];
    }
    $said = json_decode((string) $body, true);

    return [curl_getinfo($request, CURLINFO_RESPONSE_CODE), is_array($said) ? (string) ($said['message'] ?? '') : ''];
}

/** Only a clear yes and a clear no count; a server in trouble says nothing about the licence. */
function judge(int $status): string
{
    return match (true) {
        $status === 200                                => 'berlaku',
        in_array($status, [401, 402, 403, 404], true)  => 'tidak berlaku',
        default                                        => 'tidak dapat diperiksa',
    };
}

function licence(LaravelProduct $product): array
{
    $url = $product->licenceUrl();
    if ($url === null) {
        return ['licence' => 'tidak perlu', 'detail' => ''];
    }
    $token = env()['TOKEN_PREMIUM'] ?? '';
    if ($token === '') {
        return ['licence' => 'tidak berlaku', 'detail' => 'token belum diisi'];
    }
    [$status, $message] = ask($url, $token);
    $detail = trim(($status ? "HTTP {$status} " : '') . mb_substr($message, 0, 200));

    return ['licence' => judge($status), 'detail' => $detail];
}

try {
    $answer = licence(require __DIR__ . '/product.php');
} catch (Finding $e) {
    $answer = ['licence' => 'tidak dapat diperiksa', 'detail' => $e->finding];
}
header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
