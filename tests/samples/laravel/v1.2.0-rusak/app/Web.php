<?php

declare(strict_types=1);

namespace Contoh;

/** Answers one request; keeps no session, sets no cookie, never migrates on a visit. */
final class Web
{
    public function __construct(private readonly Application $app)
    {
    }

    public function answer(string $method, string $path): void
    {
        try {
            $this->app->boot();
            $this->route($method, $path);
        } catch (\Throwable $error) {
            $this->app->log($error);
            $this->plain(500, 'Contoh: aplikasi ini belum siap (500).');
        }
    }

    private function route(string $method, string $path): void
    {
        if ($method !== 'GET' && $method !== 'HEAD') {
            $this->plain(405, 'Contoh: hanya untuk dilihat (405).');

            return;
        }
        match ($path) {
            '/' => $this->page('home'),
            '/login' => $this->page('login'),
            '/up' => $this->up(),
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

    private function page(string $view): void
    {
        $condition = new Condition($this->app);
        if (!$condition->isHealthy()) {
            throw new Refused('APP_KEY belum diisi, atau basis data belum dimigrasi.');
        }
        $village = new Village($this->app->database());
        ob_start();
        require "{$this->app->root}/resources/views/{$view}.php";
        $content = (string) ob_get_clean();
        header('Content-Type: text/html; charset=utf-8');
        require "{$this->app->root}/resources/views/layout.php";
    }

    private function plain(int $status, string $words): void
    {
        http_response_code($status);
        header('Content-Type: text/plain; charset=utf-8');
        echo $words, "\n";
    }

    private static function e(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }
}
