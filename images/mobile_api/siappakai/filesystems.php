<?php

/** The release's own disks; only `ftp` is another: the village's OpenSID folder, mounted here. */

$release = require '/opt/siappakai/filesystems.release.php';
$release['disks']['ftp'] = [
    'driver'               => 'local',
    'root'                 => '/var/www/opensid',
    'url'                  => $release['disks']['ftp']['url'],
    'throw'                => $release['disks']['ftp']['throw'] ?? false,
    'links'                => 'skip',
    'visibility'           => 'public',   // files 0644, folders 0755, as OpenSID itself makes them
    'directory_visibility' => 'public',
];

return $release;
