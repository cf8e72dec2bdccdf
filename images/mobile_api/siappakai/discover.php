<?php

/** What composer's scripts would have written, without the database they ask for; at image build. */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';
require __DIR__ . '/start.php';

register_packages();
check_disk();
