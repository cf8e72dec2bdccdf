"""The texts of an Android build kit: resources of Android's own formats, and how to use them.

Sources: developer.android.com, string resources (escapes), adaptive icons, application id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from siappakai.errors import InvalidInput

RES = "android/app/src/main/res"
MOST_LETTERS = 120
_SEGMENT = re.compile(r"[a-z][a-z0-9_]*")
_WORDS_OF_JAVA = (
    "abstract assert boolean break byte case catch char class const continue default do double "
    "else enum extends false final finally float for goto if implements import instanceof int "
    "interface long native new null package private protected public return short static strictfp "
    "super switch synchronized this throw throws transient true try void volatile while"
)
_JAVA_WORDS = frozenset(_WORDS_OF_JAVA.split())
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_COLOURS = {
    "colorPrimary": "primary",
    "colorPrimaryDark": "primary-strong",
    "colorOnPrimary": "on-primary",
    "colorSecondary": "secondary",
    "colorOnSecondary": "on-secondary",
    "colorAccent": "accent",
    "colorSurface": "surface",
    "colorOnSurface": "on-surface",
    "colorLink": "link",
}


@dataclass(frozen=True, slots=True)
class AndroidApp:
    """What the regency's own app is: its names, addresses and colours."""

    package_id: str
    name: str
    regency: str
    site_url: str
    api_url: str
    village_count: int
    version: int
    icon_background: str
    tokens: Mapping[str, str]


def check_package_id(text: str) -> str:
    """A Java package that Android takes as an application id: `id.go.takalarkab.desa`."""
    wanted = text.strip()
    hint = "Tulis kebalikan alamat web kabupaten, misalnya id.go.takalarkab.layanan."
    parts = wanted.split(".")
    if len(parts) < 2 or len(wanted) > MOST_LETTERS:
        raise InvalidInput(f"{wanted!r} bukan nama paket aplikasi.", hint=hint)
    for part in parts:
        if _SEGMENT.fullmatch(part) is None:
            raise InvalidInput(
                f"Bagian {part!r} dari nama paket harus diawali huruf kecil dan hanya berisi "
                "huruf kecil, angka, dan garis bawah.",
                hint=hint,
            )
        if part in _JAVA_WORDS:
            raise InvalidInput(f"Nama paket tidak boleh memuat kata {part!r}.", hint=hint)
    if parts[:2] == ["com", "example"]:
        raise InvalidInput("com.example ditolak toko aplikasi.", hint=hint)
    return wanted


def text_files(app: AndroidApp) -> dict[str, str]:
    """Path in the kit → text of each resource and of the instructions."""
    launcher = (
        f'{_HEAD}<adaptive-icon xmlns:android="http://schemas.android.com/apk/res/android">\n'
        '    <background android:drawable="@color/ic_launcher_background"/>\n'
        '    <foreground android:drawable="@mipmap/ic_launcher_foreground"/>\n'
        "</adaptive-icon>\n"
    )
    return {
        f"{RES}/values/strings.xml": _strings(app),
        f"{RES}/values/colors.xml": _colours(app.tokens, "--sp-"),
        f"{RES}/values-night/colors.xml": _colours(app.tokens, "--sp-dark-"),
        f"{RES}/values/ic_launcher_background.xml": _resources(
            [f'<color name="ic_launcher_background">{app.icon_background}</color>']
        ),
        f"{RES}/mipmap-anydpi-v26/ic_launcher.xml": launcher,
        f"{RES}/mipmap-anydpi-v26/ic_launcher_round.xml": launcher,
        "BACA.md": _instructions(app),
    }


def android_text(text: str) -> str:
    """The text as a string resource holds it: XML and Android's own escapes."""
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    if plain.startswith(("@", "?")):
        plain = "\\" + plain
    return escape(plain)


def _strings(app: AndroidApp) -> str:
    texts = {
        "app_name": app.name,
        "title_activity_main": app.name,
        "package_name": app.package_id,
        "custom_url_scheme": app.package_id,
        "regency_name": app.regency,
        "site_url": app.site_url,
        "api_url": app.api_url,
    }
    return _resources(
        f'<string name="{name}" translatable="false">{android_text(text)}</string>'
        for name, text in texts.items()
    )


def _colours(tokens: Mapping[str, str], start: str) -> str:
    return _resources(
        f'<color name="{name}">{tokens[start + token]}</color>' for name, token in _COLOURS.items()
    )


def _resources(lines: Iterable[str]) -> str:
    inside = "".join(f"    {line}\n" for line in lines)
    return f"{_HEAD}<resources>\n{inside}</resources>\n"


def _instructions(app: AndroidApp) -> str:
    return f"""# Bahan aplikasi Android: {app.name}

Dibuat Dasbor SiapPakai dari wajah nomor {app.version} untuk {app.regency},
{app.village_count} desa. Isi yang sama selalu menghasilkan berkas yang sama.

| berkas | isi |
|---|---|
| `merek.json` | nama, warna, huruf, gambar, dan alamat semua desa; dibaca aplikasi apa pun |
| `android/` | sumber daya Android: nama, warna terang dan gelap, ikon, gambar pembuka |
| `ikon/` | ikon dan gambar pembuka ukuran besar, untuk toko aplikasi dan alat pembuat ikon |
| `SIDIK.txt` | sidik SHA-256 tiap berkas |

Nama paket: `{app.package_id}`. Setelah aplikasi terbit di toko, nama paket tidak dapat diganti.

## Proyek Android biasa
1. Salin isi `android/` ke folder proyek dengan nama yang sama; timpa yang sudah ada.
2. Di `app/build.gradle` isi `applicationId "{app.package_id}"`.
3. Di `AndroidManifest.xml` pakai `@string/app_name`, `@mipmap/ic_launcher`,
   `@mipmap/ic_launcher_round`.

## Capacitor
1. Isi `appId` = `{app.package_id}` dan `appName` = `{app.name}` di `capacitor.config`.
2. Setelah `npx cap add android`, salin isi `android/` ke folder `android/` proyek.
3. Salin `merek.json` ke folder aset web, dan baca nama, warna, dan alamat dari sana.

## Flutter
1. Salin `android/app/src/main/res` ke `android/app/src/main/res` proyek.
2. Isi `applicationId` di `android/app/build.gradle`.
3. Salin `merek.json` ke `assets/`, daftarkan di `pubspec.yaml`, dan baca saat aplikasi dibuka.

## Sebelum menerbitkan
- Tandatangani dengan kunci milik kabupaten, dan simpan kunci itu di dua tempat.
- Pakai `ikon/store-512.png` sebagai ikon di toko aplikasi.
- Bila wajah berubah, buat lagi bahan ini dan naikkan nomor versi aplikasi.
"""
