<?php

/** The village's database, opened with its own credentials. */

namespace Contoh;

final class Database
{
    /** @var \mysqli */
    public $link;

    public function __construct()
    {
        $db = [];
        require CONTOH_ROOT . '/desa/config/database.php';
        $use = $db['default'];
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        $this->link = new \mysqli($use['hostname'], $use['username'], $use['password'], $use['database'], (int) $use['port']);
        $this->link->set_charset('utf8');
    }

    public function list_tables(): array
    {
        return array_map('current', $this->rows('SHOW TABLES'));
    }

    public function rows(string $sql, array $values = []): array
    {
        $result = $this->run($sql, $values)->get_result();

        return $result ? $result->fetch_all(MYSQLI_ASSOC) : [];
    }

    public function run(string $sql, array $values = []): \mysqli_stmt
    {
        $statement = $this->link->prepare($sql);
        if ($values) {
            $values = array_values($values);
            $statement->bind_param(str_repeat('s', count($values)), ...$values);
        }
        $statement->execute();

        return $statement;
    }

    /** Runs a file of statements, each ended by a semicolon at the end of a line. */
    public function file(string $path): void
    {
        foreach (preg_split('/;\s*\n/', trim((string) file_get_contents($path)) . "\n") as $statement) {
            if (trim($statement) !== '') {
                $this->link->query($statement);
            }
        }
    }
}
