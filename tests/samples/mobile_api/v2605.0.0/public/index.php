<?php

declare(strict_types=1);

/** @var Contoh\Application $app */
$app = require dirname(__DIR__) . '/bootstrap/app.php';
$base = dirname((string) $_SERVER['SCRIPT_NAME']);
$path = (string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH);
$path = str_starts_with($path, $base) ? substr($path, strlen(rtrim($base, '/'))) : $path;
(new Contoh\Web($app))->answer((string) $_SERVER['REQUEST_METHOD'], trim($path, '/'));
