<?php

/**
 * Which of the application's own scripts PHP keeps compiled here, and which it may compile ahead.
 * The same file for OpenSID and for Laravel products, so it speaks PHP 7.4 to 8.4.
 */

namespace SiapPakai;

/** The scripts of the release below its root; nothing that is a village's, wherever it is mounted. */
final class OwnScripts
{
    /** @var string */
    private $root;

    /** @var string[] folders of villages, and everything mounted, each ending with a slash */
    private $foreign;

    /** @param string[] $mounts every place of this container where something is mounted */
    public function __construct(string $root, array $mounts)
    {
        $this->root = $root . '/';
        $folders = [$root . '/desa', $root . '/storage', $root . '/backup_inkremental'];
        foreach ($mounts as $mount) {
            if (strpos($mount, $this->root) === 0) {
                $folders[] = $mount;
            }
        }
        $this->foreign = array_map(static function ($folder) {
            return $folder . '/';
        }, $folders);
    }

    /** @param mixed $path only the one true name of an existing script is accepted, never a way to it */
    public function has($path): bool
    {
        if (! is_string($path) || strlen($path) > 1000 || ! preg_match('~^/[^\x00-\x1f\x7f]+\.php\z~', $path)) {
            return false;
        }
        if (strpos($path, $this->root) !== 0) {
            return false;
        }
        foreach ($this->foreign as $folder) {
            if (strpos($path . '/', $folder) === 0) {
                return false;
            }
        }

        return is_file($path) && realpath($path) === $path;
    }
}

/**
 * Whether the script means the same when it is compiled ahead.
 *
 * opcache_compile_file() never hoists: each class is declared when its line is reached (tried: real
 * OpenSID's MY_Controller.php, which requires its children first, then found no parent for them). So a
 * script with a class is plain only when that class is its one class and nothing runs before it but
 * `defined('X') || exit`. Scripts without classes are always plain.
 */
function is_plain(string $code): bool
{
    $guard = '~^defined\(\s*[\'"]\w+[\'"]\s*\)\s*(?:\|\||or)\s*(?:exit|die)(?:\([^()]*\))?\s*;~mi';
    $code = (string) preg_replace($guard, '', $code, 1);
    $depth = $classes = 0;
    $last = null;
    $runs = $namespace = false;
    foreach (token_get_all($code) as $token) {
        $id = is_array($token) ? $token[0] : $token;
        if (in_array($id, [T_WHITESPACE, T_COMMENT, T_DOC_COMMENT, T_OPEN_TAG], true)) {
            continue;
        }
        if ($id === '{' || $id === T_CURLY_OPEN || $id === T_DOLLAR_OPEN_CURLY_BRACES) {
            if ($namespace) {
                return false;   // a namespace in braces: its classes stand one level deeper
            }
            $depth++;
        } elseif ($id === '}') {
            $depth--;
        } elseif ($depth === 0 && is_declaration($id) && $last !== T_DOUBLE_COLON && $last !== T_NEW) {
            if (++$classes > 1 || $runs) {
                return false;
            }
        } elseif ($depth === 0 && $classes === 0 && runs($id)) {
            $runs = true;
        }
        $namespace = $id === T_NAMESPACE || ($namespace && $id !== ';');
        $last = $id;
    }

    return true;
}

/** @param int|string $id */
function is_declaration($id): bool
{
    return in_array($id, [T_CLASS, T_INTERFACE, T_TRAIT], true) || (defined('T_ENUM') && $id === T_ENUM);
}

/** @param int|string $id whether this token, outside any declaration, is more than a heading */
function runs($id): bool
{
    static $running = [
        T_VARIABLE, T_IF, T_FOR, T_FOREACH, T_WHILE, T_DO, T_SWITCH, T_TRY, T_RETURN, T_EXIT, T_ECHO, T_PRINT,
        T_REQUIRE, T_REQUIRE_ONCE, T_INCLUDE, T_INCLUDE_ONCE, T_EVAL, T_NEW, T_INLINE_HTML, T_THROW, T_GOTO,
        T_BOOLEAN_OR, T_BOOLEAN_AND, T_LOGICAL_OR, T_LOGICAL_AND, T_DOUBLE_COLON, '?',
    ];

    return in_array($id, $running, true);
}

/** @return string[] the mount points of this container, as the kernel lists them */
function mount_points(): array
{
    $found = [];
    foreach (@file('/proc/self/mountinfo') ?: [] as $line) {
        $found[] = stripcslashes(explode(' ', $line)[4] ?? '');
    }

    return $found;
}

/** What this PHP keeps, or an empty list when it keeps nothing or may not tell. */
function compiled_scripts(): array
{
    $status = function_exists('opcache_get_status') ? @opcache_get_status(true) : false;

    return is_array($status) ? array_keys($status['scripts'] ?? []) : [];
}

/** @param mixed $answer */
function tell($answer, int $status = 200): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode($answer, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
}
