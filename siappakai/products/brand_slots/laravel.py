"""Think: where PBB, OpenDK and OpenKab keep their look."""

from __future__ import annotations

import re
from collections.abc import Sequence

from siappakai.products.brand import BrandProof, BrandSlot, Cell, SlotKind, Wear

PBB_OWN = "tenant_id = (SELECT id FROM tenants WHERE code = %s)"
PLAIN = re.compile(r"[A-Za-z0-9._-]+")
PBB_FOLDER = "app/public/pengaturan-aplikasi"
# row of pengaturan_aplikasi → (key of the kit, label, size)
PBB_PICTURES = {
    "logo_aplikasi": ("logo", "Logo aplikasi", "logo-512.png"),
    "latar_login": ("login_picture", "Latar halaman masuk", "background-1920.jpg"),
    "favicon": ("favicon", "Ikon peramban", "icon-192.png"),
    "logo_surat": ("letter_logo", "Logo surat", "letter-300.png"),
}
DISTRICT = "id = (SELECT least.id FROM (SELECT MIN(id) AS id FROM das_profil) AS least)"
REGENCY = "id = (SELECT least.id FROM (SELECT MIN(id) AS id FROM identitas) AS least)"


def pbb_slots(dotted_code: str) -> Sequence[BrandSlot]:
    """Pictures of the tenant with this code; its pages name no application of their own."""
    return tuple(
        BrandSlot(
            f"pengaturan_aplikasi.{row}",
            key,
            label,
            SlotKind.PICTURE,
            cell=Cell(
                "pengaturan_aplikasi", "value", f"`key` = %s AND {PBB_OWN}", (row, dotted_code)
            ),
            folder=PBB_FOLDER,
            size=size,
        )
        for row, (key, label, size) in PBB_PICTURES.items()
    )


def pbb_proofs(web_path: str, wear: Wear) -> Sequence[BrandProof]:
    """Logo and background of the log-in page, by the names that rows give them."""
    shown = (
        wear.states.get(f"pengaturan_aplikasi.{row}") for row in ("logo_aplikasi", "latar_login")
    )
    names = [each.text or "" for each in shown if each is not None and each.sha256]
    texts = tuple(f"pengaturan-aplikasi/{name}" for name in names if PLAIN.fullmatch(name))
    return (BrandProof(f"{web_path}/login", texts),)


def opendk_slots(full_name: str) -> Sequence[BrandSlot]:
    """Title and logo of the district's own site; `file_logo` is a path below public/."""
    return (
        BrandSlot(
            "das_setting.judul_aplikasi",
            "app_name",
            "Judul aplikasi",
            cell=Cell("das_setting", "value", "`key` = %s", ("judul_aplikasi",)),
            fresh=(full_name,),
        ),
        BrandSlot(
            "das_profil.file_logo",
            "logo",
            "Logo",
            SlotKind.PICTURE,
            cell=Cell("das_profil", "file_logo", DISTRICT, ()),
            folder="app/public/profil/file_logo",
            prefix="storage/profil/file_logo/",
            size="logo-512.png",
        ),
    )


def openkab_slots(app_name: str, regency_word: str, village_word: str) -> Sequence[BrandSlot]:
    """Names and logo of the regency's one row; its favicon is a set of files it draws itself."""
    return (
        _column("nama_aplikasi", "app_name", "Nama aplikasi", app_name),
        _column("sebutan_kab", "regency_word", "Sebutan kabupaten", regency_word),
        _column("sebutan_desa", "village_word", "Sebutan desa", village_word),
        BrandSlot(
            "identitas.logo",
            "logo",
            "Logo",
            SlotKind.PICTURE,
            cell=Cell("identitas", "logo", REGENCY, ()),
            folder="app/public/img",
            size="logo-200.png",
        ),
        BrandSlot(
            "favicons.favicon-96x96",
            "favicon",
            "Ikon peramban",
            SlotKind.FILE,
            file="favicons/favicon-96x96.png",
            size="icon-192.png",
        ),
    )


def _column(column: str, key: str, label: str, fresh: str) -> BrandSlot:
    return BrandSlot(
        f"identitas.{column}",
        key,
        label,
        cell=Cell("identitas", column, REGENCY, ()),
        fresh=(fresh,),
    )
