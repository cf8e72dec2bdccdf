<?php

declare(strict_types=1);

namespace Contoh;

/** The first rows: an empty profile, a title, an account with a password that everybody knows. */
final class Seeder
{
    public function __construct(private readonly Application $app)
    {
    }

    public function run(): string
    {
        $this->app->rows('INSERT INTO das_profil (id) VALUES (1)');
        foreach (['judul_aplikasi' => 'Kecamatan', 'sinkronisasi_database_gabungan' => '0'] as $key => $value) {
            $this->app->rows('INSERT INTO das_setting (`key`, value) VALUES (?, ?)', [$key, $value]);
        }
        $this->firstAccount();

        return 'INFO  Seeding database.';
    }

    /** As OpenDK does it: looked for by its address, made when it isn't found. */
    public function firstAccount(): void
    {
        if ($this->app->rows("SELECT id FROM users WHERE email = 'admin@mail.com'") === []) {
            $hash = password_hash('password', PASSWORD_BCRYPT);
            $this->app->rows(
                "INSERT INTO users (name, email, password) VALUES ('Administrator', 'admin@mail.com', ?)",
                [$hash]
            );
        }
    }
}
