<?php

declare(strict_types=1);

return [
    'version' => 'v2511.0.0',
];
