"""The catalogue of brand values: what each is called, what it may hold, who shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from siappakai.branding import value_checks as check
from siappakai.branding.colours import ADMIN_SKINS, read_colour
from siappakai.branding.fonts import FONTS
from siappakai.errors import InvalidInput

OPENSID, PBB, MOBILE = "opensid", "pbb", "mobile_api"
OPENDK, OPENKAB = "opendk", "openkab"
RIBBONS = {
    "none": "Tanpa pita",
    "merah_putih": "Merah putih",
    "berkabung": "Berkabung (hitam)",
    "netral": "Netralitas pemilu",
}


class ValueKind(StrEnum):
    TEXT = "tulisan"
    WORD = "sebutan"
    PHONE = "telepon"
    EMAIL = "surel"
    LINK = "tautan"
    COLOUR = "warna"
    CHOICE = "pilihan"
    THEME = "tema"
    IMAGE = "gambar"


@dataclass(frozen=True, slots=True)
class BrandValue:
    """One value of the kit; `products` show it, `hosts` are where a link may lead."""

    key: str
    kind: ValueKind
    label: str
    help: str
    products: tuple[str, ...]
    max_length: int = 100
    choices: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()


def _text(key: str, label: str, help: str, products: tuple[str, ...], length: int) -> BrandValue:
    return BrandValue(key, ValueKind.TEXT, label, help, products, length)


def _colour(key: str, label: str, help: str) -> BrandValue:
    return BrandValue(key, ValueKind.COLOUR, label, help, (OPENSID, MOBILE), 7)


def _image(key: str, label: str, help: str, *products: str) -> BrandValue:
    return BrandValue(key, ValueKind.IMAGE, label, help, products, 64)


def _link(key: str, label: str, *hosts: str) -> BrandValue:
    help = f"Alamat lengkap, misalnya https://{hosts[0]}/pemkab."
    return BrandValue(key, ValueKind.LINK, label, help, (OPENSID, MOBILE), 200, hosts=hosts)


def _choice(key: str, label: str, help: str, choices: Mapping[str, str]) -> BrandValue:
    return BrandValue(key, ValueKind.CHOICE, label, help, (OPENSID,), 40, choices)


_SITE = (OPENSID, MOBILE)
_SITES = (OPENSID, MOBILE, OPENDK, OPENKAB)
_FONTS = {key: font.label for key, font in FONTS.items()}

VALUES: dict[str, BrandValue] = {
    each.key: each
    for each in (
        _text("app_name", "Nama aplikasi", "Nama pendek di judul dan ponsel.", _SITES, 40),
        _text("site_title", "Judul situs", "Judul halaman situs desa.", _SITE, 80),
        _text("login_title", "Judul halaman masuk", "Di atas kolom sandi.", _SITE, 80),
        _text("admin_title", "Judul halaman admin", "Judul tab peramban.", _SITE, 80),
        BrandValue(
            "village_word",
            ValueKind.WORD,
            "Sebutan desa",
            "Desa, Nagari, Gampong, Kampung, …",
            (OPENSID, MOBILE, OPENKAB),
            30,
        ),
        BrandValue(
            "regency_word",
            ValueKind.WORD,
            "Sebutan kabupaten",
            "Kabupaten atau Kota.",
            (OPENSID, MOBILE, OPENKAB),
            30,
        ),
        _text("footer_text", "Tulisan kaki halaman", "Satu kalimat.", _SITE, 200),
        _text("contact_address", "Alamat kontak", "Alamat kantor.", _SITE, 200),
        BrandValue(
            "contact_phone",
            ValueKind.PHONE,
            "Telepon kontak",
            "Angka, boleh dengan +, spasi, tanda hubung, dan kurung.",
            _SITE,
            24,
        ),
        BrandValue(
            "contact_email",
            ValueKind.EMAIL,
            "Surel kontak",
            "Misalnya kominfo@pemkab.go.id.",
            _SITE,
            50,  # what OpenSID's column `config.email_desa` holds
        ),
        _link("facebook", "Facebook", "facebook.com", "fb.com", "fb.me"),
        _link("instagram", "Instagram", "instagram.com"),
        _link("youtube", "YouTube", "youtube.com", "youtu.be"),
        _link("x", "X (Twitter)", "x.com", "twitter.com"),
        _link("tiktok", "TikTok", "tiktok.com"),
        _link("whatsapp", "WhatsApp", "wa.me", "whatsapp.com"),
        _text("ribbon_text", "Tulisan pita", "Kalimat pendek di samping pita.", (OPENSID,), 120),
        _colour("primary_colour", "Warna utama", "Kepala halaman, tombol, tautan."),
        _colour("secondary_colour", "Warna kedua", "Bagian yang lebih tenang."),
        _colour("accent_colour", "Warna aksen", "Penanda dan sorotan."),
        _choice("heading_font", "Huruf judul", "Huruf untuk judul.", _FONTS),
        _choice("body_font", "Huruf isi", "Huruf untuk isi halaman.", _FONTS),
        _choice("admin_skin", "Warna halaman admin", "Kulit halaman admin OpenSID.", ADMIN_SKINS),
        _choice("ribbon_kind", "Pita", "Pita di sudut halaman.", RIBBONS),
        BrandValue(
            "theme",
            ValueKind.THEME,
            "Tema OpenSID",
            "Pilih paket yang sudah diperiksa di halaman Tema.",
            (OPENSID,),
            80,
        ),
        _image("logo", "Logo", "Lambang di kepala halaman dan surat.", *_SITES, PBB),
        _image("emblem", "Lambang kedua", "Misalnya lambang kabupaten.", OPENSID, MOBILE),
        _image(
            "favicon", "Ikon tab peramban", "Dibuat dari logo bila kosong.", *_SITE, PBB, OPENKAB
        ),
        _image("login_picture", "Gambar halaman masuk", "Latar halaman masuk.", *_SITE, PBB),
        _image("site_picture", "Gambar situs", "Latar atau foto utama situs.", *_SITE),
        _image("letter_logo", "Logo surat", "Logo pada surat PBB.", PBB),
    )
}
TEXTS = tuple(
    key
    for key, each in VALUES.items()
    if each.kind
    in {ValueKind.TEXT, ValueKind.WORD, ValueKind.PHONE, ValueKind.EMAIL, ValueKind.LINK}
)
LINKS = tuple(key for key, each in VALUES.items() if each.kind == ValueKind.LINK)
IMAGES = tuple(key for key, each in VALUES.items() if each.kind == ValueKind.IMAGE)


def find_value(key: str) -> BrandValue:
    """The value of that key; InvalidInput names those there are."""
    try:
        return VALUES[key]
    except KeyError as error:
        raise InvalidInput(
            f"Tidak ada isian wajah bernama {key!r}.", hint="Yang ada: " + ", ".join(VALUES)
        ) from error


def label_of(key: str) -> str:
    return VALUES[key].label if key in VALUES else key


def check_value(key: str, text: str) -> str:
    """The text as it is kept (trimmed, in its one form); InvalidInput says what is wrong with it.

    Whether a picture or theme of that name exists is asked where it is kept (`edit`).
    """
    value = find_value(key)
    wanted = check.plain_text(value.label, text, value.max_length)
    match value.kind:
        case ValueKind.WORD:
            return check.word(value.label, wanted)
        case ValueKind.PHONE:
            return check.phone(value.label, wanted)
        case ValueKind.EMAIL:
            return check.email(value.label, wanted)
        case ValueKind.LINK if key == "whatsapp" and check.is_phone(wanted):
            return check.whatsapp_number(wanted)
        case ValueKind.LINK:
            return check.link(value.label, wanted, value.hosts)
        case ValueKind.COLOUR:
            return read_colour(wanted)
        case ValueKind.CHOICE:
            return check.choice(value.label, wanted, value.choices)
        case ValueKind.THEME:
            return check.theme(value.label, wanted)
        case ValueKind.IMAGE:
            return check.picture(value.label, wanted)
        case _:
            return wanted


def shown(key: str, text: str) -> str:
    """The value as a person reads it: a choice by its name, a picture by the start of its hash."""
    value = VALUES.get(key)
    if value is None:
        return text
    if value.kind == ValueKind.IMAGE:
        return f"gambar {text[:8]}"
    return value.choices.get(text, text)
