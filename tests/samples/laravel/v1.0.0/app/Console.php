<?php

declare(strict_types=1);

namespace Contoh;

/** The artisan commands; exit codes as Laravel's: 0 done, 1 failed, refused or unknown. */
final class Console
{
    public function __construct(private readonly Application $app)
    {
    }

    /** @param list<string> $words */
    public function run(array $words): int
    {
        $command = array_shift($words) ?? '';
        try {
            $this->app->boot();

            return match ($command) {
                'migrate' => $this->migrate($words),
                'migrate:status' => $this->status(),
                'key:generate' => $this->key($words),
                'config:clear' => $this->clear(),
                'about' => $this->about($words),
                default => $this->fail("Command \"{$command}\" is not defined."),
            };
        } catch (\Throwable $error) {
            $this->app->log($error);

            return $this->fail($error->getMessage());
        }
    }

    /** @param list<string> $words */
    private function migrate(array $words): int
    {
        if ($this->app->config('app.env') === 'production' && !in_array('--force', $words, true)) {
            return $this->fail('APPLICATION IN PRODUCTION. Command cancelled; use --force.');
        }
        $done = 0;
        $this->app->migrator()->migrate(function (string $name) use (&$done): void {
            $done++;
            $this->say("{$name} DONE");
        });
        if ($done === 0) {
            $this->say('INFO  Nothing to migrate.');
        }

        return 0;
    }

    private function status(): int
    {
        $migrator = $this->app->migrator();
        if (!$migrator->isReady()) {
            return $this->fail('Migration table not found.');
        }
        $ran = $migrator->ran();
        foreach ($migrator->names() as $name) {
            $this->say($name . ' ' . (isset($ran[$name]) ? "[{$ran[$name]}] Ran" : 'Pending'));
        }

        return 0;
    }

    /** @param list<string> $words */
    private function key(array $words): int
    {
        if (!in_array('--show', $words, true)) {
            return $this->fail('Contoh ini tidak menulis .env; pakai --show.');
        }
        $this->say('base64:' . base64_encode(random_bytes(32)));

        return 0;
    }

    private function clear(): int
    {
        $cached = "{$this->app->root}/bootstrap/cache/config.php";
        if (is_file($cached) && !unlink($cached)) {
            return $this->fail('bootstrap/cache/config.php tidak dapat dihapus.');
        }
        $this->say('INFO  Configuration cache cleared successfully.');

        return 0;
    }

    /** @param list<string> $words */
    private function about(array $words): int
    {
        $facts = (new Condition($this->app))->facts();
        $json = json_encode($facts, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
        if (in_array('--json', $words, true)) {
            $this->say($json);

            return 0;
        }
        $this->say("{$facts['name']} {$facts['version']} ({$facts['environment']}), contoh");

        return 0;
    }

    private function say(string $line): void
    {
        fwrite(STDOUT, $line . "\n");
    }

    private function fail(string $line): int
    {
        fwrite(STDERR, "ERROR  {$line}\n");

        return 1;
    }
}
