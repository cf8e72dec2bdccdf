<?php

/** Loads the few files of this example; there is no composer step. */

define('CONTOH_ROOT', dirname(__DIR__));

foreach (['app/routes', 'app/application', 'app/database', 'app/models', 'app/rows', 'app/web', 'app/admin', 'app/look'] as $file) {
    require_once CONTOH_ROOT . "/{$file}.php";
}
require_once CONTOH_ROOT . '/donjo-app/helpers/opensid_helper.php';
