<?php

/** Pages for visitors. Addresses are built from what the edge says: https and the host as typed. */

namespace Contoh;

final class Web
{
    /** @var Database */
    private $db;

    /** @var array */
    private $village;

    /** @var array<string, string> */
    private $settings;

    public static function answer(): void
    {
        try {
            (new self())->route();
        } catch (\mysqli_sql_exception $e) {
            log_message('error', $e->getMessage());
            self::refuse('Basis data desa belum dapat dipakai.');
        }
    }

    private static function refuse(string $why): void
    {
        http_response_code(503);
        header('Content-Type: text/plain; charset=utf-8');
        echo $why, "\n";
    }

    private function route(): void
    {
        $this->db = new Database();
        $found = $this->db->rows('SELECT * FROM config WHERE app_key = ?', [get_app_key()]);
        if (! $found) {
            self::refuse('Kunci desa ini tidak dikenal basis datanya.');

            return;
        }
        folder_desa();
        $config = [];
        require CONTOH_ROOT . '/desa/config/config.php';
        $this->village = $found[0];
        $rows = $this->db->rows('SELECT `key`, value FROM setting_aplikasi WHERE config_id = ?', [$this->village['id']]);
        $this->settings = array_column($rows, 'value', 'key');
        date_default_timezone_set($this->settings['timezone']);
        $this->open_session();
        $this->page((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
    }

    private function open_session(): void
    {
        session_save_path(sys_get_temp_dir());
        session_name('ci_session');
        session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);
        $_SESSION['sidcsrf'] = $_SESSION['sidcsrf'] ?? bin2hex(random_bytes(16));
    }

    private function page(string $path): void
    {
        $admin = new Admin($this->db, $this->village);
        $look = function () use ($admin) { $admin->is_in() ? $this->show('pengaturan', 'Pengaturan') : self::go('/siteman'); };
        $pages = [
            '/'               => function () { $this->home(); },
            '/feed'           => function () { $this->feed(); },
            '/siteman'        => function () { $this->show('masuk', 'Masuk'); },
            '/siteman/auth'   => static function () use ($admin) { self::go($admin->log_in() ? '/beranda' : '/siteman'); },
            '/beranda'        => function () use ($admin) { $admin->is_in() ? $this->desk() : self::go('/siteman'); },
            '/beranda/unggah' => static function () use ($admin) { $admin->is_in() && $admin->upload(); self::go('/beranda'); },
            '/setting'        => $look,
            '/identitas_desa/form' => $look,
            '/sosmed'         => $look,
            '/setting/update' => function () use ($admin) { $this->change($admin, 'settings', '/setting'); },
            '/identitas_desa/update' => function () use ($admin) { $this->change($admin, 'identity', '/setting'); },
            '/sosmed/update/facebook' => function () use ($admin) { $this->change($admin, 'facebook', '/setting'); },
            '/keluar'         => static function () { session_destroy(); self::go('/siteman'); },
        ];
        if (! isset($pages[$path])) {
            http_response_code(404);
            $this->show('tidak_ada', 'Tidak ditemukan');

            return;
        }
        $pages[$path]();
    }

    private static function go(string $path): void
    {
        header('Location: ' . self::url($path), true, 303);
    }

    public static function url(string $path = '/'): string
    {
        $scheme = ($_SERVER['HTTPS'] ?? '') === 'on' ? 'https' : 'http';

        return "{$scheme}://{$_SERVER['HTTP_HOST']}{$path}";
    }

    /** One of the forms that change the village's look, sent by a logged-in admin. */
    private function change(Admin $admin, string $form, string $next): void
    {
        if ($admin->is_in() && $admin->token_fits()) {
            (new Look($this->db, $this->village, $this->settings))->{$form}();
        }
        self::go($next);
    }

    private function home(): void
    {
        $id = $this->village['id'];
        $this->show('depan', 'Beranda', Rows::home($this->db, $id));
    }

    private function desk(): void
    {
        $id = $this->village['id'];
        $this->show('meja', 'Meja Kerja', Rows::desk($this->db, $id) + [
            'files'  => array_map('basename', glob(CONTOH_ROOT . '/desa/upload/galeri/*.{png,jpg,jpeg}', GLOB_BRACE) ?: []),
        ]);
    }

    private function feed(): void
    {
        header('Content-Type: application/rss+xml; charset=utf-8');
        $items = '';
        foreach ($this->db->rows('SELECT judul FROM artikel WHERE config_id = ? ORDER BY id', [$this->village['id']]) as $row) {
            $items .= '<item><title>' . self::e($row['judul']) . '</title></item>';
        }
        echo '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>', self::e($this->village['nama_desa']), "</title>{$items}</channel></rss>\n";
    }

    private function show(string $page, string $title, array $with = []): void
    {
        extract($with + ['village' => $this->village, 'settings' => $this->settings, 'look' => new Look($this->db, $this->village, $this->settings)]);
        ob_start();
        require CONTOH_ROOT . "/app/pages/{$page}.php";
        $content = ob_get_clean();
        $theme = $this->settings['web_theme'];
        $folder = strpos($theme, 'desa/') === 0 ? 'desa/themes/' . substr($theme, 5) : "vendor/themes/{$theme}";
        header('Content-Type: text/html; charset=utf-8');
        require CONTOH_ROOT . "/{$folder}/template.php";
    }

    public static function e(?string $text): string
    {
        return htmlspecialchars((string) $text, ENT_QUOTES);
    }
}
