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

/** Nilai yang berlaku menggantikan kiriman; yang tidak dikirim tidak ditambahkan. */
function put_back(array $rule, ?object $laravel): void
{
    foreach ($rule['fields'] as $name => $text) {
        foreach ([&$_POST, &$_REQUEST] as &$sent) {
            if (array_key_exists($name, $sent)) {
                $sent[$name] = $text;
            }
        }
        unset($sent);
        if ($laravel && $laravel->request->has($name)) {
            $laravel->request->set($name, $text);
        }
        if ($laravel && $laravel->isJson() && $laravel->json()->has($name)) {
            $laravel->json()->set($name, $text);
        }
    }
    foreach ($rule['uploads'] as $name) {
        unset($_FILES[$name]);
        if ($laravel) {
            $laravel->files->remove($name);
        }
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
    $laravel = laravel_request();
    foreach ($locks['rules'] ?? [] as $rule) {
        if (! $rule['paths'] || is_below($asked, $rule['paths'])) {
            put_back($rule, $laravel);
        }
    }
}

guard(__DIR__ . '/kunci.json');
