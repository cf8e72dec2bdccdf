<?php

/** The disk through which the village's OpenSID folder is seen; as shipped it asks an FTP server. */
return [
    'disks' => [
        'ftp' => [
            'driver' => 'ftp',
            'url'    => env('FTP_URL'),
            'host'   => env('FTP_HOST'),
        ],
    ],
];
