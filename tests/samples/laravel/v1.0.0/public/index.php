<?php

declare(strict_types=1);

$path = (string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (PHP_SAPI === 'cli-server' && is_file(__DIR__ . $path)) {
    return false;
}
/** @var Contoh\Application $app */
$app = require dirname(__DIR__) . '/bootstrap/app.php';
(new Contoh\Web($app))->answer((string) $_SERVER['REQUEST_METHOD'], $path);
