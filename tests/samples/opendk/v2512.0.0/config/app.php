<?php

declare(strict_types=1);

return [
    'version' => 'v2512.0.0',
];
