"""Think: where OpenSID keeps its look; tried with the real releases 2408 and 2410."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from siappakai.branding.fonts import font_files, fonts_of
from siappakai.products.brand import (
    THEME_FOLDER,
    BrandFile,
    BrandProof,
    BrandSlot,
    Cell,
    Form,
    Picture,
    SlotKind,
    Wear,
)
from siappakai.products.brand_slots.documents import (
    brand_document,
    font_keys,
    lock_document,
)
from siappakai.products.brand_slots.login_css import login_css

OWN = "config_id = (SELECT id FROM config WHERE app_key = %s)"
DESA = "desa"  # the mount's folder below the instance's directory, and in OpenSID's own paths
LOGO_FOLDER = f"{DESA}/logo"
LOGIN_FOLDER = f"{DESA}/pengaturan/siteman/images"
PUBLIC_FOLDER = f"{DESA}/merek"
LOGIN_CSS = f"{DESA}/pengaturan/siteman/siteman.css"
PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
BRAND_FILE, LOCK_FILE = "config/merek.json", "config/kunci.json"
THEME = "setting_aplikasi.web_theme"
IDENTITY_FORM = ("identitas_desa",)

# key of the kit → (row of setting_aplikasi, its label there, what an installation leaves)
TEXTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "site_title": ("website_title", "Judul website", ("Website Resmi",)),
    "login_title": ("login_title", "Judul halaman masuk", ("OpenSID",)),
    "admin_title": ("admin_title", "Judul halaman admin", ("Sistem Informasi",)),
    "admin_skin": ("warna_tema_admin", "Warna halaman admin", ("skin-purple",)),
}
# key → how OpenSID names the row of media_sosial (Data_awal.php of 2408 and 2410)
SOCIAL: Mapping[str, str] = {
    "facebook": "Facebook",
    "x": "Twitter",
    "youtube": "YouTube",
    "instagram": "Instagram",
    "whatsapp": "WhatsApp",
}
# key → (column of config, its label); the village's own identity, so never of a wider layer
CONTACT: Mapping[str, tuple[str, str]] = {
    "contact_phone": ("telepon", "Telepon"),
    "contact_email": ("email_desa", "Surel"),
}


def opensid_slots(
    app_key: str, village_word: str, regency_word: str, email: str
) -> Sequence[BrandSlot]:
    """Every slot of the village whose row of `config` has this key."""
    return (
        _theme(app_key),
        *(_setting(app_key, key, row, label, fresh) for key, (row, label, fresh) in TEXTS.items()),
        _word(app_key, "village_word", "sebutan_desa", "Sebutan desa", village_word),
        _word(app_key, "regency_word", "sebutan_kabupaten", "Sebutan kabupaten", regency_word),
        _colour(app_key),
        _logo(app_key),
        BrandSlot(
            "desa.favicon",
            "favicon",
            "Ikon peramban",
            SlotKind.FILE,
            file=f"{LOGO_FOLDER}/favicon.ico",
            size="favicon.ico",
        ),
        _background(app_key, "latar_login", "login_picture", "Latar halaman masuk", LOGIN_FOLDER),
        _background(
            app_key,
            "latar_website",
            "site_picture",
            "Latar website",
            f"{DESA}/pengaturan/{THEME_FOLDER}/images",
        ),
        *(_social(app_key, key, name) for key, name in SOCIAL.items()),
        *(_contact(app_key, key, email) for key in CONTACT),
    )


def opensid_files(wear: Wear) -> Sequence[BrandFile]:
    """What Nusantara, the guard of locks and the login page read; nothing without a brand."""
    shown = _public(wear) if wear.is_branded else ()
    document = brand_document(wear, PUBLIC_FOLDER) if wear.is_branded else None
    locks = lock_document(wear, opensid_slots("", "", "", "")) if wear.locked else None
    css = login_css(wear.values) if wear.values.get("primary_colour") else ""
    return (
        BrandFile(BRAND_FILE, content=document),
        BrandFile(LOCK_FILE, content=locks),
        BrandFile(LOGIN_CSS, block=css),
        *(BrandFile(f"{PUBLIC_FOLDER}/{each.name}", picture=each) for each in shown),
    )


def opensid_proofs(wear: Wear) -> Sequence[BrandProof]:
    """The home page is made by the theme that is worn: it names the theme's own folder.

    A row that can't name a folder names no theme: nothing is proven by it.
    """
    theme = wear.states.get(THEME)
    texts = (f"{theme_path(theme.text or '')}/",) if theme is not None and theme.value else ()
    return (BrandProof("/", texts), BrandProof("/siteman", _login_pictures(wear)))


def theme_path(web_theme: str) -> str:
    """`desa/nusantara` → `desa/themes/nusantara`, `natra` → `vendor/themes/natra`."""
    own, _, name = web_theme.rpartition("/")
    return f"{own}/themes/{name}" if own else f"vendor/themes/{name}"


def _login_pictures(wear: Wear) -> tuple[str, ...]:
    """Of pictures whose names a page can't spell otherwise: a village's own may hold anything."""
    states = (wear.states.get("config.logo"), wear.states.get("setting_aplikasi.latar_login"))
    files = (each.file for each in states if each is not None and each.sha256)
    return tuple(each for each in files if PLAIN.fullmatch(each))


def _public(wear: Wear) -> Sequence[Picture]:
    """What the brand document names and no slot has laid where a visitor can get it."""
    keys = [each.key for each in fonts_of(wear.values)] if font_keys(wear.values) else []
    fonts = [Picture(each.sha256, each.path.suffix[1:]) for each in font_files(keys)]
    shown = (wear.pictures.get("emblem"), *wear.icons.values(), *fonts)
    every = {each.name: each for each in shown if each is not None}
    return [every[name] for name in sorted(every)]


def _cell(app_key: str, row: str) -> Cell:
    return Cell("setting_aplikasi", "value", f"`key` = %s AND {OWN}", (row, app_key))


def _setting(app_key: str, key: str, row: str, label: str, fresh: tuple[str, ...]) -> BrandSlot:
    return BrandSlot(
        f"setting_aplikasi.{row}",
        key,
        label,
        cell=_cell(app_key, row),
        fresh=fresh,
        form=Form(fields=(row,)),
    )


def _word(app_key: str, key: str, row: str, label: str, fresh: str) -> BrandSlot:
    """Kept in small letters, as OpenSID ships it: its pages raise the first one themselves."""
    return BrandSlot(
        f"setting_aplikasi.{row}",
        key,
        label,
        cell=_cell(app_key, row),
        fresh=(fresh, fresh.lower()),
        form=Form(fields=(row,)),
        into_app=str.lower,
    )


def _theme(app_key: str) -> BrandSlot:
    return BrandSlot(
        THEME,
        "theme",
        "Tema",
        SlotKind.THEME,
        cell=_cell(app_key, "web_theme"),
        folder=f"{DESA}/themes",
        fresh=("natra", "esensi"),
        form=Form(fields=("web_theme",)),
    )


def _colour(app_key: str) -> BrandSlot:
    """No form of the village's changes it (Setting_model::update_setting passes it over)."""
    return BrandSlot(
        "setting_aplikasi.warna_tema",
        "primary_colour",
        "Warna tema",
        cell=_cell(app_key, "warna_tema"),
        is_choice=False,
    )


def _logo(app_key: str) -> BrandSlot:
    return BrandSlot(
        "config.logo",
        "logo",
        "Logo",
        SlotKind.PICTURE,
        cell=Cell("config", "logo", "app_key = %s", (app_key,)),
        folder=LOGO_FOLDER,
        size="logo-512.png",
        form=Form(uploads=("logo",), paths=IDENTITY_FORM),
    )


def _background(app_key: str, row: str, key: str, label: str, folder: str) -> BrandSlot:
    """Its form sends a text and an upload of one name; an empty text means: leave as it is."""
    return BrandSlot(
        f"setting_aplikasi.{row}",
        key,
        label,
        SlotKind.PICTURE,
        cell=_cell(app_key, row),
        folder=folder,
        size="background-1920.jpg",
        form=Form(fields=(row,), uploads=(row,)),
    )


def _social(app_key: str, key: str, name: str) -> BrandSlot:
    return BrandSlot(
        f"media_sosial.{key}",
        key,
        name,
        cell=Cell("media_sosial", "link", f"nama = %s AND {OWN}", (name, app_key)),
        form=Form(fields=("link",), paths=(f"sosmed/update/{name.lower()}",)),
    )


def _contact(app_key: str, key: str, email: str) -> BrandSlot:
    column, label = CONTACT[key]
    return BrandSlot(
        f"config.{column}",
        key,
        label,
        cell=Cell("config", column, "app_key = %s", (app_key,)),
        fresh=("", email[:50]) if column == "email_desa" else ("",),
        form=Form(fields=(column,), paths=IDENTITY_FORM),
        is_identity=True,
    )
