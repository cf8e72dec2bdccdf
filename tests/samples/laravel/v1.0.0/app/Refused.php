<?php

declare(strict_types=1);

namespace Contoh;

/** The application can't work as it was set up; the message says what is missing. */
final class Refused extends \RuntimeException
{
}
