<?php

declare(strict_types=1);

namespace Contoh;

/** One village's application: its .env, its disk, its database, and the key it keeps for ever. */
final class Application
{
    private const KEPT_KEY = 'storage/framework/cache/app_key';
    private static ?self $current = null;

    /** @var array<string, string> */
    private array $values = [];
    private ?Village $village = null;

    private function __construct(public readonly string $root)
    {
        foreach (file("{$root}/.env", FILE_IGNORE_NEW_LINES) ?: [] as $line) {
            if (preg_match('/^([A-Z][A-Z0-9_]*)=(.*)$/', $line, $found) === 1) {
                $value = preg_match('/^"(.*)"$/', $found[2], $inner) === 1 ? stripcslashes($inner[1]) : $found[2];
                $this->values[$found[1]] = $value;
            }
        }
    }

    public static function in(string $root): self
    {
        return self::$current ??= new self($root);
    }

    public static function current(): self
    {
        return self::$current ?? throw new \RuntimeException('The application has not started.');
    }

    public function env(string $name): ?string
    {
        return $this->values[$name] ?? null;
    }

    public function disk(): Disk
    {
        return new Disk((require "{$this->root}/config/filesystems.php")['disks']['ftp']);
    }

    public function village(): Village
    {
        return $this->village ??= new Village($this->database(), $this->key());
    }

    public function forget(): string
    {
        @unlink("{$this->root}/" . self::KEPT_KEY);

        return 'INFO  Application cache cleared successfully.';
    }

    private function key(): string
    {
        $kept = "{$this->root}/" . self::KEPT_KEY;
        if (!is_file($kept)) {
            file_put_contents($kept, $this->disk()->read('desa/app_key'));
        }

        return (string) file_get_contents($kept);
    }

    private function database(): \mysqli
    {
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        [$user, $password, $name] = array_map($this->env(...), ['DB_USERNAME', 'DB_PASSWORD', 'DB_DATABASE']);

        return new \mysqli('localhost', $user, $password, $name, 0, $this->env('DB_SOCKET'));
    }
}
