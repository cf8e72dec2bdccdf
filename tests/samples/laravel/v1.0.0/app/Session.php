<?php

declare(strict_types=1);

namespace Contoh;

/** Who is logged in, kept in a file below storage/framework/sessions. */
final class Session
{
    public function __construct(private readonly Application $app)
    {
        session_name($app->config('app.session_cookie'));
        session_save_path($app->root . '/storage/framework/sessions');
        session_set_cookie_params(['path' => '/', 'httponly' => true, 'samesite' => 'Lax']);
        session_start();
        $_SESSION['token'] ??= bin2hex(random_bytes(20));
    }

    public function token(): string
    {
        return $_SESSION['token'];
    }

    public function user(): ?string
    {
        return $_SESSION['user'] ?? null;
    }

    /** Whether the form's own token came back with the right name and password. */
    public function logIn(Database $database, int $tenant, array $form): bool
    {
        $sql = 'SELECT name, password FROM users WHERE username = ? AND tenant_id = ?';
        $user = $database->rows($sql, [$form['username'] ?? '', $tenant])[0] ?? null;
        $is_right = hash_equals($this->token(), (string) ($form['_token'] ?? ''))
            && $user !== null && password_verify((string) ($form['password'] ?? ''), $user['password']);
        if ($is_right) {
            session_regenerate_id(true);
            $_SESSION['user'] = $user['name'];
        }

        return $is_right;
    }
}
