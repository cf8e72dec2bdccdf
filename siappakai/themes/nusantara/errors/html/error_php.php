<?php defined('BASEPATH') || exit('No direct script access allowed');

/* Peringatan PHP masuk catatan OpenSID; pengunjung tidak perlu melihatnya. */
