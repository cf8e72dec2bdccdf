<?php

declare(strict_types=1);

namespace Contoh;

/** Its pages: home, log-in, a complaint with a picture, and an installer that asks nobody. */
final class Web
{
    public function __construct(private readonly Application $app)
    {
    }

    public function answer(string $method, string $path): void
    {
        if (preg_match('#^/install(/|$)#', $path) === 1) {
            $this->page(200, 'Pemasang OpenDK contoh', 'Tahap 1 dari 5');

            return;
        }
        if (!$this->app->isInstalled()) {
            header('Location: /install', true, 302);

            return;
        }
        match ("{$method} {$path}") {
            'GET /' => $this->home(),
            'GET /login' => $this->page(200, $this->title(), "Masuk. OpenDK contoh {$this->app->version()}"),
            'POST /login' => $this->logIn(),
            'POST /komplain' => $this->complain((string) ($_GET['nama'] ?? '')),
            default => $this->page(404, 'Tidak ada', $path),
        };
    }

    private function home(): void
    {
        $name = $this->app->rows('SELECT nama_kabupaten FROM das_profil')[0]['nama_kabupaten'];
        $this->page(200, $this->title(), "PEMERINTAH KAB. {$name}. Aplikasi contoh.");
    }

    private function title(): string
    {
        return 'KECAMATAN ' . strtoupper((string) $this->app->rows('SELECT nama_kecamatan FROM das_profil')[0]['nama_kecamatan']);
    }

    private function logIn(): void
    {
        $found = $this->app->rows('SELECT password FROM users WHERE email = ?', [(string) ($_POST['email'] ?? '')]);
        $right = $found !== [] && password_verify((string) ($_POST['password'] ?? ''), $found[0]['password']);
        header('Location: ' . ($right ? '/dashboard' : '/login'), true, 302);
    }

    /** A visitor's picture, as OpenDK keeps it: below public/storage, under the name it came with. */
    private function complain(string $name): void
    {
        $folder = 'storage/komplain/999001';
        is_dir($folder) || mkdir($folder, 0755, true);
        file_put_contents("{$folder}/" . basename($name), (string) file_get_contents('php://input'));
        $this->page(201, $this->title(), "/{$folder}/" . basename($name));
    }

    private function page(int $status, string $title, string $words): void
    {
        http_response_code($status);
        header('Content-Type: text/html; charset=utf-8');
        [$title, $words] = array_map(htmlspecialchars(...), [$title, $words]);
        echo "<!DOCTYPE html><html lang=\"id\"><head><meta charset=\"utf-8\"><title>{$title}</title>",
            "<link rel=\"stylesheet\" href=\"/css/contoh.css\"></head>",
            "<body class=\"sample\"><h1>{$title}</h1><p>{$words}</p></body></html>\n";
    }
}
