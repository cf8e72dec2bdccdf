<?php

declare(strict_types=1);

namespace Contoh;

/** One district's application: its .env, its database, the flag that it is installed. */
final class Application
{
    /** @var array<string, string> */
    private array $values = [];
    private ?\mysqli $link = null;

    public function __construct(public readonly string $root)
    {
        foreach (file("{$root}/.env", FILE_IGNORE_NEW_LINES) ?: [] as $line) {
            if (preg_match('/^([A-Z][A-Z0-9_]*)=(.*)$/', $line, $found) === 1) {
                $value = preg_match('/^"(.*)"$/', $found[2], $inner) === 1 ? stripcslashes($inner[1]) : $found[2];
                $this->values[$found[1]] = $value;
            }
        }
    }

    public function env(string $name): string
    {
        return $this->values[$name] ?? '';
    }

    public function version(): string
    {
        return (string) (require "{$this->root}/config/app.php")['version'];
    }

    public function isInstalled(): bool
    {
        return is_file("{$this->root}/storage/installed");
    }

    public function database(): \mysqli
    {
        if ($this->link === null) {
            mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
            [$user, $password, $name] = array_map($this->env(...), ['DB_USERNAME', 'DB_PASSWORD', 'DB_DATABASE']);
            $this->link = new \mysqli('localhost', $user, $password, $name, 0, $this->env('DB_SOCKET'));
            $this->link->set_charset('utf8mb4');
        }

        return $this->link;
    }

    /**
     * @param list<mixed> $values
     * @return list<array<string, mixed>>
     */
    public function rows(string $sql, array $values = []): array
    {
        $statement = $this->database()->prepare($sql);
        $statement->execute($values ?: null);
        $result = $statement->get_result();

        return $result ? $result->fetch_all(MYSQLI_ASSOC) : [];
    }
}
