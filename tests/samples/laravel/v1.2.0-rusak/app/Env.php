<?php

declare(strict_types=1);

namespace Contoh;

/** The values of one .env file; nothing is taken from the process's environment. */
final class Env
{
    /** @var array<string, string> */
    private array $values = [];

    public function __construct(string $path)
    {
        if (!is_file($path) || !is_readable($path)) {
            throw new Refused('.env tidak ada atau tidak terbaca; buat dahulu dari .env.example.');
        }
        foreach (file($path, FILE_IGNORE_NEW_LINES) ?: [] as $line) {
            if (preg_match('/^\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/', $line, $found) === 1) {
                $this->values[$found[1]] = self::unquoted($found[2]);
            }
        }
    }

    public function get(string $name, string $otherwise = ''): string
    {
        $value = $this->values[$name] ?? '';

        return $value === '' ? $otherwise : $value;
    }

    private static function unquoted(string $value): string
    {
        if (preg_match('/^"(.*)"$/', $value, $found) === 1) {
            return stripcslashes($found[1]);
        }

        return preg_match("/^'(.*)'$/", $value, $found) === 1 ? $found[1] : $value;
    }
}
