<?php

declare(strict_types=1);

/** Loads a class Contoh\X from app/X.php, and the functions; there is no composer step. */

spl_autoload_register(static function (string $class): void {
    $file = dirname(__DIR__) . '/app/' . substr($class, strlen('Contoh\\')) . '.php';
    if (str_starts_with($class, 'Contoh\\') && is_file($file)) {
        require $file;
    }
});
require_once dirname(__DIR__) . '/app/Helpers/helpers.php';
