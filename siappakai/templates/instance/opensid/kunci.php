<?php

/**
 * Isian dan gambar yang dikunci kabupaten tidak berubah lewat formulir desa.
 *
 * Ditulis oleh Dasbor SiapPakai; dimuat config.php pada tiap permintaan, sebelum pengendali mana
 * pun membaca kiriman. Isian terkunci diganti nilai yang berlaku, unggahannya dibuang; isian lain
 * dari formulir yang sama tetap tersimpan. Aturannya di kunci.json.
 */

namespace SiapPakai\Kunci;

/** Alamat yang diminta seperti CodeIgniter membacanya: tanpa garis miring di tepi, huruf kecil. */
function asked(): string
{
    [$path, $query] = explode('?', (string) ($_SERVER['REQUEST_URI'] ?? ''), 2) + [1 => ''];
    $path = trim((string) preg_replace('#^/*index\.php#i', '', $path), '/');
    if ($path === '' && strncmp($query, '/', 1) === 0) {
        $path = explode('?', $query, 2)[0];
    }
    $path = str_replace('\\', '/', rawurldecode($path));

    return strtolower(trim((string) preg_replace('#/+#', '/', $path), '/'));
}

function is_below(string $asked, array $paths): bool
{
    foreach ($paths as $path) {
        if (strncmp($asked . '/', $path . '/', strlen($path) + 1) === 0) {
            return true;
        }
    }

    return false;
}

/** Permintaan yang sudah dibaca Laravel di dalam OpenSID, kalau ada. */
function laravel_request(): ?object
{
    if (! class_exists('Illuminate\Container\Container', false)) {
        return null;
    }
    $container = \Illuminate\Container\Container::getInstance();

    return $container->bound('Illuminate\Http\Request') ? $container->make('Illuminate\Http\Request') : null;
}

/** Tempat Laravel menyimpan kiriman: isian formulir, isian di alamat, isian JSON. */
function bags(?object $laravel): array
{
    if (! $laravel) {
        return [];
    }
    $bags = ['form' => $laravel->request, 'query' => $laravel->query];

    return $laravel->isJson() ? $bags + ['json' => $laravel->json()] : $bags;
}

/**
 * Nama yang bukan nama terkunci, tetapi sama bagi basis data: MariaDB tidak membedakan huruf besar
 * dan spasi di ujung, dan menyamakan huruf beraksen.
 */
function is_disguised(string $sent, array $names): bool
{
    if (preg_match('/[^\x20-\x7e]/', $sent)) {
        return true;
    }

    return ! in_array($sent, $names, true)
        && in_array(strtolower(trim($sent)), array_map('strtolower', $names), true);
}

function drop_disguised(array $names, array $bags): void
{
    foreach ([&$_POST, &$_REQUEST] as &$sent) {
        foreach (array_keys($sent) as $key) {
            if (is_disguised((string) $key, $names)) {
                unset($sent[$key]);
            }
        }
    }
    unset($sent);
    foreach ($bags as $bag) {
        foreach ($bag->keys() as $key) {
            if (is_disguised((string) $key, $names)) {
                $bag->remove($key);
            }
        }
    }
}

/** Nilai yang berlaku menggantikan kiriman; bila $always juga yang tidak dikirim. */
function put_back(array $fields, array $bags, bool $always): void
{
    foreach ($fields as $name => $text) {
        foreach ([&$_POST, &$_REQUEST] as &$sent) {
            if ($always || array_key_exists($name, $sent)) {
                $sent[$name] = $text;
            }
        }
        unset($sent);
        foreach ($bags as $kind => $bag) {
            if ($bag->has($name) || ($always && $kind !== 'query')) {
                $bag->set($name, $text);
            }
        }
    }
}

function drop_uploads(array $names, ?object $laravel): void
{
    foreach ($names as $name) {
        unset($_FILES[$name]);
        if ($laravel) {
            $laravel->files->remove($name);
        }
    }
}

/** Aturan tanpa alamat berlaku di mana saja, yang lain pada formulirnya sendiri. */
function rules_here(array $rules, string $asked): array
{
    return array_filter($rules, static function (array $rule) use ($asked): bool {
        return ! $rule['paths'] || is_below($asked, $rule['paths']);
    });
}

/** Formulir sendiri mengosongkan isian yang tidak dikirim, maka di sana nilainya selalu dikirim. */
function keep_locked(array $rules, string $method): void
{
    $laravel = laravel_request();
    $bags    = bags($laravel);
    $names   = [];
    foreach ($rules as $rule) {
        $names = array_merge($names, array_map('strval', array_keys($rule['fields'])));
    }
    drop_disguised($names, $bags);
    foreach ($rules as $rule) {
        $always = $rule['paths'] && in_array($method, ['POST', 'PUT', 'PATCH'], true);
        put_back($rule['fields'], $bags, $always);
        drop_uploads($rule['uploads'], $laravel);
    }
}

/** Di bawah formulir: apa saja yang ditetapkan kabupaten. Naskah kecilnya menaruhnya di atas. */
function tell(string $notice): void
{
    foreach (headers_list() as $header) {
        if (stripos($header, 'location:') === 0 || (stripos($header, 'content-type:') === 0 && stripos($header, 'text/html') === false)) {
            return;
        }
    }
    if (strtolower($_SERVER['HTTP_X_REQUESTED_WITH'] ?? '') === 'xmlhttprequest') {
        return;
    }
    echo '<div id="siappakai-kunci" class="alert alert-info notice" role="status">',
    htmlspecialchars($notice, ENT_QUOTES),
    '</div><script>(function(){var n=document.getElementById("siappakai-kunci"),',
    'm=document.getElementById("maincontent")||document.querySelector("main");',
    'if(m){m.insertBefore(n,m.firstChild)}})()</script>', "\n";
}

function guard(string $file): void
{
    $method = $_SERVER['REQUEST_METHOD'] ?? '';
    if (PHP_SAPI === 'cli' || $method === 'HEAD' || ! is_file($file)) {
        return;
    }
    $locks = json_decode((string) file_get_contents($file), true);
    $asked = asked();
    if ($method === 'GET') {
        if (is_below($asked, $locks['notice']['paths'] ?? [])) {
            register_shutdown_function(__NAMESPACE__ . '\tell', $locks['notice']['text']);
        }

        return;
    }
    $rules = rules_here($locks['rules'] ?? [], $asked);
    if ($rules) {
        keep_locked($rules, strtoupper($method));
    }
}

guard(__DIR__ . '/kunci.json');
