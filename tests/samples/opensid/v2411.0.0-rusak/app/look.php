<?php

/** What the village shows of itself: logo, pictures, settings; and the forms that change them. */

namespace Contoh;

final class Look
{
    private const KINDS = [IMAGETYPE_PNG => 'png', IMAGETYPE_JPEG => 'jpg'];

    /** @var Database */
    private $db;

    /** @var array */
    private $village;

    /** @var array<string, string> */
    private $settings;

    public function __construct(Database $db, array $village, array $settings)
    {
        $this->db = $db;
        $this->village = $village;
        $this->settings = $settings;
    }

    public function logo(): string
    {
        $logo = '/desa/logo/' . $this->village['logo'];

        return $this->village['logo'] && is_file(CONTOH_ROOT . $logo) ? $logo : '/assets/images/lambang.svg';
    }

    public function favicon(): string
    {
        $icon = '/desa/logo/favicon.ico';

        return is_file(CONTOH_ROOT . $icon) ? $icon : '/assets/images/lambang.svg';
    }

    public function login_picture(): string
    {
        $picture = '/desa/pengaturan/siteman/images/' . $this->settings['latar_login'];

        return is_file(CONTOH_ROOT . $picture) ? $picture : '';
    }

    public function site_picture(): string
    {
        $picture = $this->site_folder() . $this->settings['latar_website'];

        return is_file(CONTOH_ROOT . $picture) ? $picture : '';
    }

    private function site_folder(): string
    {
        return '/desa/pengaturan/' . basename($this->settings['web_theme']) . '/images/';
    }

    /** Every setting that was sent is stored; a picture under a new name, the old one deleted. */
    public function settings(): void
    {
        foreach ($this->settings as $key => $value) {
            if (isset($_POST[$key]) && $_POST[$key] !== $value && strpos($key, 'latar_') !== 0) {
                $this->store($key, (string) $_POST[$key]);
            }
        }
        $folders = ['latar_login' => '/desa/pengaturan/siteman/images/', 'latar_website' => $this->site_folder()];
        foreach ($folders as $key => $folder) {
            if ($name = $this->keep_upload($key, $folder)) {
                $this->drop($folder . $this->settings[$key]);
                $this->store($key, $name);
            }
        }
    }

    public function identity(): void
    {
        $id = $this->village['id'];
        if (isset($_POST['telepon'])) {
            $this->db->run('UPDATE config SET telepon = ? WHERE id = ?', [(string) $_POST['telepon'], $id]);
        }
        if ($name = $this->keep_upload('logo', '/desa/logo/')) {
            $this->drop('/desa/logo/' . $this->village['logo']);
            copy(CONTOH_ROOT . "/desa/logo/{$name}", CONTOH_ROOT . '/desa/logo/favicon.ico');
            $this->db->run('UPDATE config SET logo = ? WHERE id = ?', [$name, $id]);
        }
    }

    public function facebook(): void
    {
        $this->db->run(
            "UPDATE media_sosial SET link = ? WHERE nama = 'Facebook' AND config_id = ?",
            [(string) ($_POST['link'] ?? ''), $this->village['id']]
        );
    }

    private function store(string $key, string $value): void
    {
        $this->db->run(
            'UPDATE setting_aplikasi SET value = ? WHERE `key` = ? AND config_id = ?',
            [$value, $key, $this->village['id']]
        );
    }

    private function keep_upload(string $field, string $folder): string
    {
        $file = $_FILES[$field] ?? ['error' => UPLOAD_ERR_NO_FILE];
        if ($file['error'] !== UPLOAD_ERR_OK) {
            return '';
        }
        $kind = self::KINDS[(@getimagesize($file['tmp_name']) ?: [2 => 0])[2]] ?? null;
        if ($kind === null) {
            return '';
        }
        if (! is_dir(CONTOH_ROOT . $folder)) {
            mkdir(CONTOH_ROOT . $folder, 0755, true);
        }
        $name = time() . bin2hex(random_bytes(4)) . "_{$field}.{$kind}";
        move_uploaded_file($file['tmp_name'], CONTOH_ROOT . $folder . $name);

        return $name;
    }

    private function drop(string $path): void
    {
        if (is_file(CONTOH_ROOT . $path)) {
            unlink(CONTOH_ROOT . $path);
        }
    }
}
