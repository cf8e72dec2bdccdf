<?php

declare(strict_types=1);

namespace Contoh;

/** The first rows of a village: an account with a public password, settings of somewhere else. */
final class Seeder
{
    public const SETTINGS = [
        'kode_provinsi' => '00', 'nama_provinsi' => 'Provinsi Contoh', 'kode_kabupaten' => '00',
        'nama_kabupaten' => 'Kabupaten Contoh', 'kode_kecamatan' => '000', 'nama_kecamatan' => 'Kecamatan Contoh',
        'kode_desa' => '000', 'nama_desa' => 'Desa Contoh', 'kaur_keuangan' => '', 'opensid_url' => '',
        'opensid_token' => '', 'akun_pengguna' => '', 'latar_login' => '', 'logo_aplikasi' => '', 'logo_surat' => '',
        'favicon' => '', 'sebutan_rayon' => 'Rayon',
    ];

    private int $tenant;

    public function __construct(private readonly Database $database)
    {
        $this->tenant = (int) $database->rows('SELECT MIN(id) AS id FROM tenants')[0]['id'];
    }

    public function run(string $class): void
    {
        match (substr($class, (int) strrpos('\\' . $class, '\\'))) {
            'DatabaseSeeder' => $this->all(),
            'UsersSeeder' => $this->user(),
            default => throw new Refused("Target class [{$class}] does not exist."),
        };
    }

    private function all(): void
    {
        $this->user();
        $this->settings(date('Y-m-d H:i:s'));
    }

    private function user(): void
    {
        $this->database->run(
            'INSERT INTO users (name, username, email, password, tenant_id) VALUES (?, ?, ?, ?, ?)',
            ['Contoh', 'admin', 'admin@contoh.invalid', password_hash('admin', PASSWORD_BCRYPT), $this->tenant],
        );
    }

    private function settings(string $created_at): void
    {
        $rows = [];
        foreach (self::SETTINGS as $key => $value) {
            array_push($rows, $this->tenant, $key, $value, $created_at);
        }
        $marks = implode(', ', array_fill(0, count(self::SETTINGS), '(?, ?, ?, ?)'));
        $this->database->run("INSERT INTO pengaturan_aplikasi (tenant_id, `key`, value, created_at) VALUES {$marks}", $rows);
    }
}
