<?php

/** The release's own facts, and the few functions that a command line calls. */

define('VERSION', '2410.0.0');
define('VERSI_DATABASE', '2024100101');
define('MINIMUM_VERSI', '2312');

/** Makes the folders of a village that are not there yet. */
function folder_desa(): bool
{
    foreach (['upload', 'upload/galeri', 'upload/dokumen', 'cache', 'arsip', 'logo', 'themes', 'pengaturan/siteman/images'] as $folder) {
        if (! is_dir(CONTOH_ROOT . "/desa/{$folder}")) {
            mkdir(CONTOH_ROOT . "/desa/{$folder}", 0755, true);
        }
    }

    return true;
}

function get_app_key(): string
{
    return (string) file_get_contents(CONTOH_ROOT . '/desa/app_key');
}
