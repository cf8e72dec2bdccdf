<?php

declare(strict_types=1);

function app_version()
{
    return 'v2501.0.0';
}

/** First rows beside those of the migrations. */
function contoh_seed(PDO $link): void
{
    echo "INFO  Nothing to seed.\n";
}
