<?php

declare(strict_types=1);

namespace Contoh;

/** The village's own database, by MariaDB's unix socket and nothing else. */
final class Database
{
    private \PDO $link;

    /** @param array<string, string> $access */
    public function __construct(array $access)
    {
        foreach (['socket', 'database', 'username'] as $name) {
            if ($access[$name] === '') {
                throw new Refused('DB_' . strtoupper($name) . ' belum diisi di .env.');
            }
        }
        $this->link = new \PDO(
            "mysql:unix_socket={$access['socket']};dbname={$access['database']};charset=utf8mb4",
            $access['username'],
            $access['password'],
            [\PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION, \PDO::ATTR_EMULATE_PREPARES => false],
        );
    }

    /** @param list<mixed> $values */
    public function run(string $sql, array $values = []): \PDOStatement
    {
        $statement = $this->link->prepare($sql);
        $statement->execute($values);

        return $statement;
    }

    /**
     * @param list<mixed> $values
     * @return list<array<string, mixed>>
     */
    public function rows(string $sql, array $values = []): array
    {
        return $this->run($sql, $values)->fetchAll(\PDO::FETCH_ASSOC);
    }

    public function hasTable(string $name): bool
    {
        $sql = 'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?';

        return $this->rows($sql, [$name]) !== [];
    }
}
