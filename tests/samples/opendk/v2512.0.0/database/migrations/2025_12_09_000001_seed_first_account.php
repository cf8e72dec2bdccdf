<?php

declare(strict_types=1);

/** As a migration of OpenDK 2605 does: who has renamed the first account gets a second one. */

return static function (Contoh\Application $app): void {
    $app->rows('CREATE TABLE das_sarana (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, nama VARCHAR(100))');
    (new Contoh\Seeder($app))->firstAccount();
};
