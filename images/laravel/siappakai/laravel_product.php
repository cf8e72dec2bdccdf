<?php

/** What every Laravel product answers alike; a product's own product.php returns one of its kind. */

declare(strict_types=1);

namespace SiapPakai;

use mysqli;

abstract class LaravelProduct
{
    public const NAME = '';

    /** @var array{version: string, schema_version: string, migrations: list<string>} */
    private array $release;

    /** The release's own version, read from its tree once, when the image is built. */
    abstract protected function readVersion(): string;

    /**
     * Whose database this is, as ['village_code' => digits, 'village_name' => …] or with
     * district_… or regency_…; null when the database doesn't know the region named in .env.
     *
     * @return array<string, string>|null
     */
    abstract public function region(mysqli $link): ?array;

    /** Fills a database that has just been migrated; says what it had to do. */
    public function seed(mysqli $link): array
    {
        artisan('db:seed', '--force');

        return [];
    }

    /** Folders below the application that must be writable while it serves. */
    public function writable(): array
    {
        return ['storage/app', 'storage/logs', 'storage/framework/sessions', 'storage/framework/views', 'storage/framework/cache'];
    }

    /** The question that the application itself asks the licence server; null when it asks none. */
    public function licenceUrl(): ?string
    {
        return null;
    }

    /** The file names of this release's own migrations, oldest first. */
    protected function readMigrations(): array
    {
        $names = array_map(static fn ($file) => basename($file, '.php'), glob(ROOT . '/database/migrations/*.php') ?: []);
        sort($names, SORT_STRING);

        return $names;
    }

    /** What the image's release is; kept in release.json when the image is built. */
    final public function describe(): array
    {
        $migrations = $this->readMigrations();

        return [
            'product'        => static::NAME,
            'version'        => $this->readVersion(),
            'schema_version' => $migrations === [] ? '' : end($migrations),
            'migrations'     => $migrations,
        ];
    }

    final public function release(): array
    {
        if (! isset($this->release)) {
            $read = json_decode((string) @file_get_contents(RELEASE_FILE), true);
            $this->release = is_array($read) ? $read : throw new Finding('release_unreadable');
        }

        return $this->release;
    }

    /** The release's migrations that this database hasn't seen. */
    public function pending(mysqli $link): array
    {
        $wanted = $this->release()['migrations'];
        $done = $wanted === [] ? [] : array_column(rows($link, 'SELECT migration FROM migrations'), 'migration');

        return array_values(array_diff($wanted, $done));
    }

    public function isEmpty(mysqli $link): bool
    {
        return ! has_table($link, 'migrations');
    }

    /**
     * What stands in the database now; `state` is ready, empty, not_migrated or region_unknown.
     *
     * @return array<string, mixed>
     */
    final public function status(mysqli $link): array
    {
        $seen = array_diff_key($this->release(), ['migrations' => 0]);
        if ($this->isEmpty($link)) {
            return $seen + ['state' => 'empty', 'migrated' => false];
        }
        $pending = $this->pending($link);
        $seen['migrated'] = $pending === [];
        if ($pending !== []) {
            return $seen + ['state' => 'not_migrated', 'pending' => array_slice($pending, 0, 20)];
        }
        $region = $this->region($link);

        return $seen + ($region === null ? ['state' => 'region_unknown'] : ['state' => 'ready'] + $region);
    }
}
