<?php

/**
 * While the image is built there is no database, yet releases up to 2512 connect to one as soon as
 * they start, to register a type of column by this name. Registered already, they don't.
 */

declare(strict_types=1);

if (is_file('vendor/autoload.php')) {
    require_once 'vendor/autoload.php';
    $types = 'Doctrine\DBAL\Types\Type';
    if (class_exists($types) && ! $types::hasType('tinyinteger')) {
        $types::addType('tinyinteger', 'Doctrine\DBAL\Types\SmallIntType');
    }
}
