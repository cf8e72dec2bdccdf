<?php

declare(strict_types=1);

namespace Contoh;

/** The village's OpenSID folder, when its disk is a folder here; this example speaks no FTP. */
final class Disk
{
    private readonly string $root;
    private readonly string $url;

    /** @param array<string, mixed> $disk */
    public function __construct(array $disk)
    {
        if ($disk['driver'] !== 'local') {
            throw new \RuntimeException("Unable to connect to host {$disk['host']}.");
        }
        $this->root = (string) $disk['root'];
        $this->url = (string) $disk['url'];
    }

    public function read(string $path): string
    {
        return (string) file_get_contents("{$this->root}/{$path}");
    }

    public function put(string $path, string $content): void
    {
        if (file_put_contents("{$this->root}/{$path}", $content) !== strlen($content)) {
            throw new \RuntimeException("{$path} tidak dapat ditulis.");
        }
    }

    /** Where a visitor finds the file: on the village's own site. */
    public function url(string $path): string
    {
        return "{$this->url}/{$path}";
    }
}
