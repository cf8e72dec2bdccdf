<?php

/** Command-line routes: a closure registered under a name runs when index.php is asked for it. */

namespace OpenSID;

final class RouteBuilder
{
    /** @var array<string, callable> */
    private static $commands = [];

    public static function cli(string $name, callable $closure): void
    {
        self::$commands[$name] = $closure;
    }

    public static function run(string $name): void
    {
        if (! isset(self::$commands[$name])) {
            fwrite(STDERR, "404\n");
            exit(4);
        }
        (self::$commands[$name])();
    }
}
