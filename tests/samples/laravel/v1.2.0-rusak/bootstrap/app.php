<?php

declare(strict_types=1);

require_once dirname(__DIR__) . '/vendor/autoload.php';

return new Contoh\Application(dirname(__DIR__));
