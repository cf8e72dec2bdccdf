<?php

/**
 * Compiles the listed scripts of the release ahead of the first visitor. Nothing of them runs: a
 * class whose parent isn't there yet is linked when a page needs it. What would mean something else
 * when compiled ahead is left to the first page.
 */

namespace SiapPakai;

require __DIR__ . '/own_scripts.php';

const MOST_BYTES = 1048576;
const MOST_SCRIPTS = 5000;
const WITHIN_S = 8.0;

/** What was done, told in the end whatever happened: a script may end this request by a fatal error. */
final class Warming
{
    /** @var int[] */
    public $count = ['compiled' => 0, 'cached' => 0, 'left' => 0, 'refused' => 0, 'failed' => 0];

    /** @var string '' when every script had its turn, else `time` or `fatal` */
    public $stopped = 'fatal';

    /** @var string the script in hand */
    public $at = '';

    public function run(array $paths, OwnScripts $own, float $until): void
    {
        foreach ($paths as $path) {
            if (microtime(true) > $until) {
                $this->stopped = 'time';

                return;
            }
            $this->count[$this->one($path, $own)]++;
        }
        $this->stopped = $this->at = '';
    }

    private function one($path, OwnScripts $own): string
    {
        if (! $own->has($path)) {
            return 'refused';
        }
        if (opcache_is_script_cached($path)) {
            return 'cached';
        }
        if (! is_plain((string) @file_get_contents($path))) {
            return 'left';
        }
        $this->at = $path;
        try {
            return @opcache_compile_file($path) ? 'compiled' : 'failed';
        } catch (\Throwable $e) {
            return 'failed';
        }
    }
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    tell(['error' => 'POST only'], 405);
    exit;
}
$paths = json_decode((string) file_get_contents('php://input', false, null, 0, MOST_BYTES), true);
if (! is_array($paths) || count($paths) > MOST_SCRIPTS || $paths !== array_values($paths)) {
    tell(['error' => 'a JSON list of scripts is wanted'], 400);
    exit;
}
if (! function_exists('opcache_is_script_cached') || ! ini_get('opcache.enable')) {
    tell(['ok' => false, 'error' => 'no opcache'], 503);
    exit;
}
error_reporting(0);   // what a release's scripts are blamed for is said when they run, not here
$start = microtime(true);
$warming = new Warming();
register_shutdown_function(static function () use ($warming, $start) {
    $told = ['ok' => true] + $warming->count + ['stopped' => $warming->stopped, 'at' => $warming->at];
    tell($told + ['ms' => round((microtime(true) - $start) * 1000, 1)]);
});
$warming->run($paths, new OwnScripts('/var/www/app', mount_points()), $start + WITHIN_S);
