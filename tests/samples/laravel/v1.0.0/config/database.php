<?php

declare(strict_types=1);

/** @var Contoh\Env $env */
return [
    'socket' => $env->get('DB_SOCKET'),
    'database' => $env->get('DB_DATABASE'),
    'username' => $env->get('DB_USERNAME'),
    'password' => $env->get('DB_PASSWORD'),
];
