<?php

declare(strict_types=1);

namespace Contoh;

/** What it answers: always JSON, below whatever path it is served. */
final class Web
{
    private const FOLDER = 'desa/upload/galeri';

    public function __construct(private readonly Application $app)
    {
    }

    public function answer(string $method, string $path): void
    {
        try {
            [$status, $body] = match ("{$method} {$path}") {
                'GET ' => [200, ['version' => opensid_api_version()]],
                'GET healthcheck' => [200, $this->health()],
                'GET api/v1/profil-desa' => [200, $this->profile()],
                'GET api/v1/artikel' => [200, ['data' => $this->app->village()->articles()]],
                'POST api/v1/unggah' => $this->upload((string) ($_GET['nama'] ?? '')),
                default => [404, ['message' => "The route {$path} could not be found."]],
            };
        } catch (\Throwable $error) {
            error_log($error->getMessage());
            [$status, $body] = [500, ['message' => 'Server Error']];
        }
        http_response_code($status);
        header('Content-Type: application/json');
        echo json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
    }

    /** @return array<string, mixed> */
    private function health(): array
    {
        try {
            return ['premium' => false, 'appkey' => true, 'kodeDesa' => identitas('kode_desa')];
        } catch (\RuntimeException $error) {
            return ['premium' => false, 'appkey' => false, 'kodeDesa' => $error->getMessage()];
        }
    }

    /** @return array<string, mixed> */
    private function profile(): array
    {
        return ['nama_desa' => identitas('nama_desa'), 'kode_desa' => identitas('kode_desa')];
    }

    /** @return array{0: int, 1: array<string, string>} */
    private function upload(string $name): array
    {
        $known = hash_hmac('sha256', 'unggah', (string) env('JWT_SECRET'));
        if (!hash_equals("Bearer {$known}", (string) ($_SERVER['HTTP_AUTHORIZATION'] ?? ''))) {
            return [401, ['message' => 'Unauthenticated.']];
        }
        if (preg_match('/^[a-z0-9-]{1,40}\.png$/', $name) !== 1) {
            return [422, ['message' => 'nama']];
        }
        $path = self::FOLDER . "/{$name}";
        $this->app->disk()->put($path, (string) file_get_contents('php://input'));
        $this->app->village()->addPicture('Dari API', $name);

        return [201, ['url' => $this->app->disk()->url($path)]];
    }
}
