<?php

/** The release with its packages registered, before they start: then they ask disk and database. */

declare(strict_types=1);

namespace SiapPakai;

use Illuminate\Foundation\Bootstrap\LoadConfiguration;
use Illuminate\Foundation\Bootstrap\LoadEnvironmentVariables;
use Illuminate\Foundation\Bootstrap\RegisterFacades;
use Illuminate\Foundation\Bootstrap\RegisterProviders;
use Illuminate\Foundation\PackageManifest;

/** Reads (or, at image build, writes) bootstrap/cache/ by Laravel's own parts. */
function register_packages(): void
{
    require ROOT . '/vendor/autoload.php';
    $app = require ROOT . '/bootstrap/app.php';
    if (! class_exists(PackageManifest::class)) {
        return;   // our sample has no packages
    }
    $app->bootstrapWith([
        LoadEnvironmentVariables::class,
        LoadConfiguration::class,
        RegisterFacades::class,
        RegisterProviders::class,
    ]);
}

/** A Finding unless the disk named ftp is a folder of this container. */
function check_disk(): void
{
    $disk = (require ROOT . '/config/filesystems.php')['disks']['ftp'];
    if ($disk['driver'] !== 'local' || ! is_dir($disk['root'] . '/desa')) {
        throw new Finding('disk_not_local', $disk['driver'] . ' ' . $disk['root']);
    }
}
