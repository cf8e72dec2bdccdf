<?php

declare(strict_types=1);

namespace Contoh;

/** The artisan commands; exit codes as Laravel's: 0 done, 1 failed, refused or unknown. */
final class Console
{
    private const ALWAYS_ALLOWED = ['--no-interaction', '--no-ansi', '--ansi'];

    public function __construct(private readonly Application $app)
    {
    }

    /** @param list<string> $words */
    public function run(array $words): int
    {
        $words = array_values(array_diff($words, self::ALWAYS_ALLOWED));
        $command = array_shift($words) ?? '';
        try {
            $this->app->boot();

            return match ($command) {
                'migrate' => $this->migrate($words),
                'migrate:status' => $this->status(),
                'db:seed' => $this->seed($words),
                'key:generate' => $this->key($words),
                'package:discover' => $this->discover(),
                'cache:clear' => $this->forget(),
                'config:clear' => $this->clear(),
                'app:version' => $this->say($this->app->config('app.version')),
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
        $this->demandForce($words);
        $done = 0;
        $this->app->migrator()->migrate(function (string $name) use (&$done): void {
            $done++;
            $this->say("{$name} DONE");
        });

        return $done === 0 ? $this->say('INFO  Nothing to migrate.') : 0;
    }

    /** @param list<string> $words */
    private function seed(array $words): int
    {
        $this->demandForce($words);
        $class = array_values(preg_grep('/^--class=/', $words) ?: ['--class=DatabaseSeeder'])[0];
        (new Seeder($this->app->database()))->run(substr($class, strlen('--class=')));

        return $this->say('INFO  Seeding database.');
    }

    /** @param list<string> $words */
    private function demandForce(array $words): void
    {
        if ($this->app->config('app.env') === 'production' && !in_array('--force', $words, true)) {
            throw new Refused('APPLICATION IN PRODUCTION. Command cancelled; use --force.');
        }
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

        return $this->say('base64:' . base64_encode(random_bytes(32)));
    }

    /** Like Laravel's: afterwards bootstrap/cache is only read. */
    private function discover(): int
    {
        file_put_contents($this->app->root . '/' . Application::MANIFEST, "<?php return [];\n");

        return $this->say('INFO  Discovering packages.');
    }

    private function forget(): int
    {
        foreach (glob("{$this->app->root}/storage/framework/cache/*") ?: [] as $file) {
            is_file($file) && unlink($file);
        }

        return $this->say('INFO  Application cache cleared successfully.');
    }

    private function clear(): int
    {
        $cached = "{$this->app->root}/bootstrap/cache/config.php";
        if (is_file($cached) && !unlink($cached)) {
            return $this->fail('bootstrap/cache/config.php tidak dapat dihapus.');
        }

        return $this->say('INFO  Configuration cache cleared successfully.');
    }

    /** @param list<string> $words */
    private function about(array $words): int
    {
        $facts = (new Condition($this->app))->facts();
        if (in_array('--json', $words, true)) {
            return $this->say(json_encode($facts, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
        }

        return $this->say("{$facts['name']} {$facts['version']} ({$facts['environment']}), contoh");
    }

    private function say(string $line): int
    {
        fwrite(STDOUT, $line . "\n");

        return 0;
    }

    private function fail(string $line): int
    {
        fwrite(STDERR, "ERROR  {$line}\n");

        return 1;
    }
}
