<?php

/** Runs the application's own artisan as a child: no shell, nothing of its output is lost. */

declare(strict_types=1);

namespace SiapPakai;

/** What the command wrote; a Finding with its last words when it ends with anything but 0. */
function artisan(string ...$words): string
{
    $heard = tmpfile();
    $line = [PHP_BINARY, 'artisan', ...$words, '--no-interaction', '--no-ansi'];
    $child = proc_open($line, [['file', '/dev/null', 'r'], $heard, $heard], $pipes, ROOT);
    if ($child === false) {
        throw new Finding('artisan_missing');
    }
    $code = proc_close($child);
    rewind($heard);
    $text = trim((string) stream_get_contents($heard));
    if ($code !== 0) {
        throw new Finding('artisan_failed', "artisan {$words[0]} ({$code}): " . last_words($text));
    }

    return $text;
}

function last_words(string $text): string
{
    return mb_substr((string) preg_replace('/\s+/', ' ', $text), -1500);
}
