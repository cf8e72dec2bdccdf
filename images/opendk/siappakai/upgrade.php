<?php

/**
 * Migrates, then makes sure that nobody can sign in with the password that everybody knows: a
 * migration of release 2605 makes the first account again, password included, when the district
 * has given it another address. Prints what cli.php printed, and how many accounts were closed.
 */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';

const SHIPPED_PASSWORD = 'password';

/** @return list<int> the accounts that had the shipped password, which opens none of them now */
function close_known_accounts(): array
{
    $link = connect();
    $closed = [];
    foreach (rows($link, 'SELECT id, password FROM users') as $account) {
        if (password_verify(SHIPPED_PASSWORD, (string) $account['password'])) {
            $unknown = password_hash(bin2hex(random_bytes(24)), PASSWORD_BCRYPT);
            execute($link, 'UPDATE users SET password = ? WHERE id = ?', [$unknown, $account['id']]);
            $closed[] = (int) $account['id'];
        }
    }

    return $closed;
}

$child = proc_open([PHP_BINARY, __DIR__ . '/cli.php', 'migrate'], [1 => ['pipe', 'w']], $pipes);
$told = json_decode((string) stream_get_contents($pipes[1]), true);
$code = proc_close($child);
$answer = is_array($told) ? $told : ['ok' => false, 'error' => 'command_broke'];
if ($code === 0) {
    $answer['accounts_closed'] = close_known_accounts();
}
echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
exit($code);
