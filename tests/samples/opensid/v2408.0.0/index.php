<?php

/** The one door: a page for a visitor, or the closure that a command line has registered. */

require_once __DIR__ . '/vendor/autoload.php';

if (PHP_SAPI === 'cli') {
    OpenSID\RouteBuilder::run($_SERVER['argv'][1] ?? '');

    return;
}
Contoh\Web::answer();
