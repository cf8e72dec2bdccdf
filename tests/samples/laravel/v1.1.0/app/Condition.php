<?php

declare(strict_types=1);

namespace Contoh;

/** What the application says of itself, for `about --json` and `/up`. */
final class Condition
{
    public function __construct(private readonly Application $app)
    {
    }

    /** @return array<string, mixed> */
    public function facts(): array
    {
        return [
            'name' => $this->app->config('app.name'),
            'version' => $this->app->config('app.version'),
            'environment' => $this->app->config('app.env'),
            'edition' => 'contoh',
            'village_code' => $this->app->config('app.village_code'),
            'php' => PHP_VERSION,
            'has_key' => $this->hasKey(),
            'database' => $this->database(),
        ];
    }

    /** A key as Laravel's AES-256 wants it: base64 of 32 bytes. */
    public function hasKey(): bool
    {
        $key = $this->app->config('app.key');
        $bytes = base64_decode(substr($key, strlen('base64:')), true);

        return str_starts_with($key, 'base64:') && $bytes !== false && strlen($bytes) === 32;
    }

    public function isHealthy(): bool
    {
        return $this->hasKey() && $this->database()['migrated'];
    }

    /** @return array{connected: bool, migrated: bool, ran: list<string>, pending: list<string>} */
    private function database(): array
    {
        try {
            $migrator = $this->app->migrator();
            $pending = $migrator->pending();
            $ran = array_keys($migrator->ran());
        } catch (\PDOException | Refused $error) {
            $this->app->log($error);

            return ['connected' => false, 'migrated' => false, 'ran' => [], 'pending' => []];
        }

        return ['connected' => true, 'migrated' => $pending === [], 'ran' => $ran, 'pending' => $pending];
    }
}
