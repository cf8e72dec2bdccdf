<?php

declare(strict_types=1);

use Contoh\Application;

function opensid_api_version(): string
{
    return "v2606.0.0";
}

/** A value of .env; nothing is taken from the process's environment. */
function env(string $name, ?string $otherwise = null): ?string
{
    return Application::current()->env($name) ?? $otherwise;
}

/** One value of the village's own row, found by the key in its OpenSID folder. */
function identitas(string $column): string
{
    return Application::current()->village()->value($column);
}
