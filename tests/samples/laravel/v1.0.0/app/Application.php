<?php

declare(strict_types=1);

namespace Contoh;

/** One village's application: its folder, its configuration and its log. */
final class Application
{
    public const MANIFEST = 'bootstrap/cache/packages.php';
    private const WRITABLE = [
        'storage/app', 'storage/framework/cache', 'storage/framework/sessions',
        'storage/framework/views', 'storage/logs',
    ];

    /** @var array<string, array<string, mixed>> */
    private array $config = [];

    public function __construct(public readonly string $root)
    {
    }

    /** Reads .env and config/, and makes sure that the folders Laravel writes to can be written. */
    public function boot(): void
    {
        $env = new Env($this->root . '/.env');
        foreach (['app', 'database'] as $name) {
            $this->config[$name] = $this->read($name, $env);
        }
        $folders = is_file("{$this->root}/" . self::MANIFEST) ? self::WRITABLE : ['bootstrap/cache', ...self::WRITABLE];
        foreach ($folders as $folder) {
            $path = "{$this->root}/{$folder}";
            if (!is_dir($path) || !is_writable($path)) {
                throw new Refused("Folder {$folder} harus ada dan dapat ditulis.");
            }
        }
    }

    public function config(string $name): string
    {
        [$file, $key] = explode('.', $name, 2);

        return (string) ($this->config[$file][$key] ?? '');
    }

    public function database(): Database
    {
        return new Database($this->config['database']);
    }

    public function migrator(): Migrator
    {
        return new Migrator($this, $this->database());
    }

    public function log(\Throwable $error): void
    {
        $line = sprintf("[%s] %s.ERROR: %s\n", date('c'), $this->config('app.env'), $error->getMessage());
        @file_put_contents("{$this->root}/storage/logs/laravel.log", $line, FILE_APPEND | LOCK_EX);
    }

    /** @return array<string, mixed> */
    private function read(string $name, Env $env): array
    {
        return require "{$this->root}/config/{$name}.php";
    }
}
