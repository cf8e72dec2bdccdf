<?php

/** Runs the command of /opt/siappakai/cli.php inside a booted OpenSID that has no routes (≤ v2407). */
class Siappakai_cli extends CI_Controller
{
    public function index(): void
    {
        if (! isset($GLOBALS['siappakai_command'])) {
            show_404();
        }
        ($GLOBALS['siappakai_command'])();
    }
}
