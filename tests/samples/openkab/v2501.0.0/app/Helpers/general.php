<?php

declare(strict_types=1);

function openkab_versi()
{
    return 'v2501.0.0';
}

/** First rows beside those of the migrations. */
function contoh_seed(PDO $link): void
{
    $link->exec("INSERT IGNORE INTO settings (`key`, name, value) VALUES ('website_enable', 'Situs', '1')");
}
