<?php

declare(strict_types=1);

namespace Contoh;

/** The commands that an installer gives. */
final class Console
{
    public function __construct(private readonly Application $app)
    {
    }

    /** @param list<string> $words */
    public function run(array $words): string
    {
        return match ($words[0] ?? '') {
            'package:discover' => 'INFO  Discovering packages.',
            'cache:clear' => 'INFO  Application cache cleared successfully.',
            'migrate' => $this->migrate(),
            'db:seed' => (new Seeder($this->app))->run(),
            default => throw new \RuntimeException("Command \"{$words[0]}\" is not defined."),
        };
    }

    private function migrate(): string
    {
        $this->app->rows(
            'CREATE TABLE IF NOT EXISTS migrations (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, '
            . 'migration VARCHAR(255) NOT NULL, batch INT NOT NULL)'
        );
        $done = array_column($this->app->rows('SELECT migration FROM migrations'), 'migration');
        $files = glob("{$this->app->root}/database/migrations/*.php") ?: [];
        foreach ($files as $file) {
            $name = basename($file, '.php');
            if (!in_array($name, $done, true)) {
                (require $file)($this->app);
                $this->app->rows('INSERT INTO migrations (migration, batch) VALUES (?, 1)', [$name]);
            }
        }

        return 'DONE';
    }
}
