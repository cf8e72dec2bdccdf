<?php

declare(strict_types=1);

/** @var Contoh\Env $env */
return [
    'name' => $env->get('APP_NAME', 'Contoh Pajak Desa'),
    'version' => 'v1.1.0',
    'env' => $env->get('APP_ENV', 'production'),
    'key' => $env->get('APP_KEY'),
    'debug' => $env->get('APP_DEBUG') === 'true',
    'url' => $env->get('APP_URL', 'http://localhost'),
    'village_code' => $env->get('KODE_DESA'),
    'token' => $env->get('TOKEN_PREMIUM'),
    'session_cookie' => $env->get('SESSION_COOKIE', 'contoh_session'),
    'accent' => '#047857',
];
