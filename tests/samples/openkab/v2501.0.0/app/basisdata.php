<?php

/** The sample's settings and its own database; migrations as Laravel keeps them. */

declare(strict_types=1);

/** A value of .env, read as it was written: in double quotes with a backslash before \\, " and $. */
function contoh_env(string $name): string
{
    static $values = null;
    if ($values === null) {
        preg_match_all('/^([A-Z_]+)=(?:"((?:[^"\\\\]|\\\\.)*)"|(\S*))$/m', (string) file_get_contents(dirname(__DIR__) . '/.env'), $found, PREG_SET_ORDER);
        $values = [];
        foreach ($found as $line) {
            $values[$line[1]] = isset($line[3]) ? $line[3] : stripcslashes($line[2]);
        }
    }

    return $values[$name] ?? '';
}

function contoh_link(string $prefix = 'DB'): PDO
{
    $place = 'mysql:unix_socket=' . contoh_env("{$prefix}_SOCKET") . ';dbname=' . contoh_env("{$prefix}_DATABASE") . ';charset=utf8mb4';

    return new PDO($place, contoh_env("{$prefix}_USERNAME"), contoh_env("{$prefix}_PASSWORD"), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

function contoh_rows(PDO $link, string $sql, array $values = []): array
{
    $statement = $link->prepare($sql);
    $statement->execute($values);

    return $statement->fetchAll(PDO::FETCH_ASSOC);
}

function contoh_migrate(PDO $link): void
{
    $link->exec('CREATE TABLE IF NOT EXISTS migrations (id INT AUTO_INCREMENT PRIMARY KEY, migration VARCHAR(255) NOT NULL, batch INT NOT NULL)');
    $done = array_column(contoh_rows($link, 'SELECT migration FROM migrations'), 'migration');
    foreach (glob(dirname(__DIR__) . '/database/migrations/*.php') ?: [] as $file) {
        $name = basename($file, '.php');
        if (! in_array($name, $done, true)) {
            foreach (require $file as $sql) {
                $link->exec($sql);
            }
            contoh_rows($link, 'INSERT INTO migrations (migration, batch) VALUES (?, 1)', [$name]);
            echo "  {$name} DONE\n";
        }
    }
}

function contoh_page(string $title, string $body): void
{
    header('Content-Type: text/html; charset=utf-8');
    $title = htmlspecialchars($title);
    echo "<!doctype html><html lang=\"id\"><title>{$title}</title><h1>{$title}</h1>{$body}<footer>Aplikasi contoh</footer></html>";
}

function contoh_json(array $answer, int $status = 200): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($answer, JSON_UNESCAPED_UNICODE);
}
