<?php

/** What only a logged-in admin may do. Every change carries the session's token. */

namespace Contoh;

final class Admin
{
    private const MAX_BYTES = 20971520;

    /** @var Database */
    private $db;

    /** @var array */
    private $village;

    public function __construct(Database $db, array $village)
    {
        $this->db = $db;
        $this->village = $village;
    }

    public function is_in(): bool
    {
        return ($_SESSION['village'] ?? null) === $this->village['id'];
    }

    public function token_fits(): bool
    {
        return $_SERVER['REQUEST_METHOD'] === 'POST' && hash_equals($_SESSION['sidcsrf'], (string) ($_POST['sidcsrf'] ?? ''));
    }

    public function log_in(): bool
    {
        if (! $this->token_fits()) {
            return false;
        }
        $found = $this->db->rows(
            'SELECT id, password, nama FROM user WHERE config_id = ? AND username = ? AND active = 1',
            [$this->village['id'], (string) ($_POST['username'] ?? '')]
        );
        if (! $found || ! password_verify((string) ($_POST['password'] ?? ''), $found[0]['password'])) {
            $_SESSION['notice'] = 'Nama pengguna atau sandi salah.';

            return false;
        }
        session_regenerate_id(true);
        $_SESSION['village'] = $this->village['id'];
        $_SESSION['name'] = $found[0]['nama'];
        $this->db->run('UPDATE user SET last_login = NOW() WHERE id = ?', [$found[0]['id']]);

        return true;
    }

    /** Keeps a picture under a name of our own; its bytes decide what it is. */
    public function upload(): void
    {
        $file = $_FILES['gambar'] ?? ['error' => UPLOAD_ERR_NO_FILE];
        if (! $this->token_fits() || $file['error'] !== UPLOAD_ERR_OK || $file['size'] > self::MAX_BYTES) {
            $_SESSION['notice'] = 'Gambar tidak terkirim.';

            return;
        }
        $kinds = [IMAGETYPE_PNG => 'png', IMAGETYPE_JPEG => 'jpg'];
        $kind = $kinds[(@getimagesize($file['tmp_name']) ?: [2 => 0])[2]] ?? null;
        if ($kind === null) {
            $_SESSION['notice'] = 'Hanya gambar PNG atau JPG.';

            return;
        }
        move_uploaded_file($file['tmp_name'], CONTOH_ROOT . '/desa/upload/galeri/' . bin2hex(random_bytes(8)) . ".{$kind}");
        $_SESSION['notice'] = 'Gambar tersimpan.';
    }
}
