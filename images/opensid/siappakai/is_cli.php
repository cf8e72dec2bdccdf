<?php

// OpenSID's router asks this before CodeIgniter has defined it; in the global namespace on purpose.
if (! function_exists('is_cli')) {
    function is_cli()
    {
        return true;
    }
}
