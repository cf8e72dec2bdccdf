<?php

declare(strict_types=1);

require dirname(__DIR__) . '/vendor/autoload.php';

$app = new Contoh\Application(dirname(__DIR__));
// As Laravel does: what follows /index.php in an address is a page too.
$path = preg_replace('#^/index\.php(?=/|$)#', '', (string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH));
(new Contoh\Web($app))->answer((string) $_SERVER['REQUEST_METHOD'], '/' . trim(rawurldecode((string) $path), '/'));
