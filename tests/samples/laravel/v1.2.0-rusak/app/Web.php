<?php

declare(strict_types=1);

namespace Contoh;

/** Answers one request below the path that SCRIPT_NAME names; never migrates on a visit. */
final class Web
{
    private Session $session;

    public function __construct(private readonly Application $app)
    {
    }

    public function answer(string $method, string $path): void
    {
        try {
            $this->app->boot();
            $this->route($method, $this->below($path));
        } catch (\Throwable $error) {
            $this->app->log($error);
            $this->plain(500, 'Contoh: aplikasi ini belum siap (500).');
        }
    }

    /** The path without the folder the application stands in, as Laravel finds it. */
    private function below(string $path): string
    {
        $script = (string) ($_SERVER['SCRIPT_NAME'] ?? '');
        $folder = basename($script) === 'index.php' ? rtrim(dirname($script), '/') : '';

        return str_starts_with($path, $folder . '/') ? substr($path, strlen($folder)) : $path;
    }

    private function route(string $method, string $path): void
    {
        match ("{$method} {$path}") {
            'GET /', 'HEAD /' => $this->dashboard(),
            'GET /login', 'HEAD /login' => $this->page('login'),
            'POST /login' => $this->logIn(),
            'GET /up' => $this->up(),
            default => $this->plain(404, 'Contoh: halaman tidak ada (404).'),
        };
    }

    private function up(): void
    {
        $condition = new Condition($this->app);
        $is_healthy = $condition->isHealthy();
        http_response_code($is_healthy ? 200 : 500);
        header('Content-Type: application/json');
        echo json_encode(['ok' => $is_healthy] + $condition->facts(), JSON_THROW_ON_ERROR);
    }

    private function dashboard(): void
    {
        $this->session = new Session($this->app);
        $this->session->user() === null ? $this->redirect('/login') : $this->page('home');
    }

    private function logIn(): void
    {
        $this->session = new Session($this->app);
        $village = $this->village();
        $this->redirect($this->session->logIn($this->app->database(), $village->id, $_POST) ? '/' : '/login');
    }

    private function village(): Village
    {
        if (!(new Condition($this->app))->isHealthy()) {
            throw new Refused('APP_KEY belum diisi, atau basis data belum dimigrasi.');
        }

        return new Village($this->app->database(), $this->app->config('app.village_code'));
    }

    private function page(string $view): void
    {
        $this->session ??= new Session($this->app);
        $village = $this->village();
        ob_start();
        require "{$this->app->root}/resources/views/{$view}.php";
        $content = (string) ob_get_clean();
        header('Content-Type: text/html; charset=utf-8');
        require "{$this->app->root}/resources/views/layout.php";
    }

    private function redirect(string $path): void
    {
        header('Location: ' . $this->app->config('app.url') . $path, true, 302);
    }

    private function plain(int $status, string $words): void
    {
        http_response_code($status);
        header('Content-Type: text/plain; charset=utf-8');
        echo $words, "\n";
    }

    private function url(string $path): string
    {
        return self::e($this->app->config('app.url') . $path);
    }

    private static function e(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }
}
