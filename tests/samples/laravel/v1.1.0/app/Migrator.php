<?php

declare(strict_types=1);

namespace Contoh;

/**
 * Runs each file of database/migrations once and records it with its batch.
 *
 * As with Laravel on MariaDB a migration isn't one transaction: what a failed one changed stays,
 * and it is not recorded.
 */
final class Migrator
{
    public function __construct(private readonly Application $app, private readonly Database $database)
    {
    }

    public function isReady(): bool
    {
        return $this->database->hasTable('migrations');
    }

    /** @return array<string, int> name => batch */
    public function ran(): array
    {
        if (!$this->isReady()) {
            return [];
        }
        $rows = $this->database->rows('SELECT migration, batch FROM migrations ORDER BY id');

        return array_map('intval', array_column($rows, 'batch', 'migration'));
    }

    /** @return list<string> */
    public function names(): array
    {
        $files = glob("{$this->app->root}/database/migrations/*.php") ?: [];
        sort($files);

        return array_map(static fn (string $file): string => basename($file, '.php'), $files);
    }

    /** @return list<string> */
    public function pending(): array
    {
        return array_values(array_diff($this->names(), array_keys($this->ran())));
    }

    /** Runs what is pending, one batch for all of it; says each name when it is done. */
    public function migrate(callable $say): void
    {
        if ($this->app->config('app.village_code') === '') {
            throw new Refused('KODE_DESA harus diisi di .env sebelum migrate.');
        }
        $this->database->run(
            'CREATE TABLE IF NOT EXISTS migrations (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, '
            . 'migration VARCHAR(255) NOT NULL, batch INT NOT NULL)'
        );
        $batch = max([0, ...array_values($this->ran())]) + 1;
        foreach ($this->pending() as $name) {
            $this->apply($name);
            $this->database->run('INSERT INTO migrations (migration, batch) VALUES (?, ?)', [$name, $batch]);
            $say($name);
        }
    }

    private function apply(string $name): void
    {
        $migration = require "{$this->app->root}/database/migrations/{$name}.php";
        $migration($this->database, $this->app);
    }
}
