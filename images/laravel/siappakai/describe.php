<?php

/** Prints what release this image holds, as release.json; run once, when the image is built. */

declare(strict_types=1);

namespace SiapPakai;

require __DIR__ . '/instance.php';
require __DIR__ . '/laravel_product.php';

$product = require __DIR__ . '/product.php';
echo json_encode($product->describe(), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES), "\n";
