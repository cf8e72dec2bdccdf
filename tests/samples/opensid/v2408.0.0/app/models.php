<?php

/** Installation and migration: what a database must have for this release. */

namespace Contoh;

/** Fills an empty database: tables, the unnamed village, then every migration. */
final class Seeder
{
    public function __construct(Database $db)
    {
        folder_desa();
        if ($db->list_tables()) {
            return;
        }
        log_message('notice', 'Mulai memasang data awal');
        $db->file(CONTOH_ROOT . '/donjo-app/models/seeders/tabel.sql');
        $db->run("INSERT INTO config (app_key, nama_desa, kode_desa) VALUES (?, '', '')", [get_app_key()]);
        (new DataAwal($db))->up();
        (new DatabaseModel($db))->cek_migrasi(true);
    }
}

/** The first rows of the village whose app_key is on disk; rows that are there are left alone. */
final class DataAwal
{
    private const SETTINGS = [
        'web_theme' => 'natra', 'timezone' => 'Asia/Jakarta', 'enable_track' => '1', 'offline_mode' => '0',
        'website_title' => 'Website Resmi', 'login_title' => 'OpenSID', 'sebutan_desa' => 'desa',
        'sebutan_kecamatan' => 'kecamatan', 'sebutan_kabupaten' => 'kabupaten', 'layanan_opendesa_token' => '',
        'notifikasi_koneksi' => '0', 'current_version' => VERSION, 'admin_title' => 'Sistem Informasi',
        'warna_tema_admin' => 'skin-purple', 'warna_tema' => '#eab308', 'latar_login' => 'latar_login.jpg',
        'latar_website' => 'latar_website.jpg',
    ];

    private const MEDIA = ['Facebook', 'Twitter', 'YouTube', 'Instagram', 'WhatsApp'];

    private const PEOPLE = [
        ['Andi Contoh', '0000000000000001', '1', 'Dusun Pantai RT 001 RW 002'],
        ['Siti Contoh', '0000000000000002', '2', 'Dusun Pantai RT 002 RW 002'],
        ['Made Contoh', '0000000000000003', '1', 'Dusun Bukit RT 001 RW 001'],
    ];

    /** @var Database */
    private $db;

    public function __construct(Database $db)
    {
        $this->db = $db;
    }

    public function up(): bool
    {
        $id = $this->db->rows('SELECT id FROM config WHERE app_key = ?', [get_app_key()])[0]['id'];
        foreach (self::SETTINGS as $key => $value) {
            $this->db->run('INSERT IGNORE INTO setting_aplikasi (config_id, `key`, value) VALUES (?, ?, ?)', [$id, $key, $value]);
        }
        foreach (self::MEDIA as $name) {
            $this->db->run('INSERT IGNORE INTO media_sosial (config_id, nama) VALUES (?, ?)', [$id, $name]);
        }
        $this->db->run(
            "INSERT IGNORE INTO user (config_id, username, password, nama, active) VALUES (?, 'admin', ?, 'Administrator', 1)",
            [$id, password_hash('sid304', PASSWORD_BCRYPT)]
        );
        if (! $this->db->rows('SELECT id FROM artikel WHERE config_id = ?', [$id])) {
            $this->first_rows((int) $id);
        }

        return true;
    }

    private function first_rows(int $id): void
    {
        $new = in_array('dusun', array_column($this->db->rows('SHOW COLUMNS FROM penduduk'), 'Field'), true);
        foreach (self::PEOPLE as [$name, $nik, $sex, $address]) {
            $this->db->run('INSERT INTO penduduk (config_id, nama, nik, sex, alamat) VALUES (?, ?, ?, ?, ?)', [$id, $name, $nik, $sex, $address]);
            if ($new) {
                $this->db->run('UPDATE penduduk SET dusun = ? WHERE config_id = ? AND nik = ?', [explode(' RT ', $address)[0], $id, $nik]);
            }
        }
        foreach (['Selamat Datang di Website Desa', 'Jadwal Posyandu Bulan Ini', 'Musyawarah Desa'] as $title) {
            $this->db->run('INSERT INTO artikel (config_id, judul, isi, tgl_upload) VALUES (?, ?, ?, NOW())', [$id, $title, 'Ini isi contoh. Tulisan sebenarnya dibuat oleh perangkat desa lewat halaman admin.']);
            if ($new) {
                $this->db->run("UPDATE artikel SET slug = LOWER(REPLACE(judul, ' ', '-')) WHERE slug = ''");
            }
        }
    }
}

/** Runs the migrations that the database does not know yet. */
final class DatabaseModel
{
    /** @var Database */
    private $db;

    public function __construct(Database $db)
    {
        $this->db = $db;
    }

    public function cek_migrasi(bool $install = false): void
    {
        if (! $this->db->rows('SELECT id FROM migrasi WHERE versi_database = ?', [VERSI_DATABASE])) {
            $this->migrate();
        }
    }

    /** As in the real thing, a step that fails is logged and leaves its row unwritten. */
    private function migrate(): void
    {
        $known = array_column($this->db->rows('SELECT versi_database FROM migrasi'), 'versi_database');
        $files = glob(CONTOH_ROOT . '/donjo-app/models/migrations/Migrasi_*.php');
        sort($files);
        foreach ($files as $file) {
            $version = substr(basename($file, '.php'), 8);
            if (in_array($version, $known, true)) {
                continue;
            }
            try {
                (require $file)($this->db);
            } catch (\mysqli_sql_exception $e) {
                log_message('error', "Gagal Jalankan Migrasi_{$version}: " . $e->getMessage());

                return;
            }
            $this->db->run('INSERT INTO migrasi (versi_database) VALUES (?)', [$version]);
            log_message('notice', "Berhasil Jalankan Migrasi_{$version}");
        }
        $this->db->run("UPDATE setting_aplikasi SET value = ? WHERE `key` = 'current_version'", [VERSION]);
    }
}

/** What a request begins with: the settings, and a database that fits the code. */
final class SettingModel
{
    /** @var Database */
    private $db;

    public function __construct(Database $db)
    {
        $this->db = $db;
    }

    public function init(): void
    {
        (new DatabaseModel($this->db))->cek_migrasi();
    }
}
