<?php

declare(strict_types=1);

require_once dirname(__DIR__) . '/vendor/autoload.php';

return Contoh\Application::in(dirname(__DIR__));
