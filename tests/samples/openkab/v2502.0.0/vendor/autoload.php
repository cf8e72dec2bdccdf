<?php

declare(strict_types=1);

/** There is no composer step: these files are all there is. */

require dirname(__DIR__) . '/app/Helpers/general.php';
require dirname(__DIR__) . '/app/basisdata.php';
