"""A kit to build the regency's own Android app from: names, icons, colours, addresses.

The same version, villages and pictures give the same bytes. What a built app reads of a village
day by day is its manifest (products/brand_slots/mobile_api.py), whose words `merek.json` shares.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from siappakai.branding.android_files import RES, AndroidApp, check_package_id, text_files
from siappakai.branding.colours import WHITE, read_colour
from siappakai.branding.edits import check_scope
from siappakai.branding.fonts import fonts_of
from siappakai.branding.icons import DENSITIES, derive
from siappakai.branding.layers import values_of
from siappakai.branding.scope import Reach, Scope
from siappakai.branding.tokens import make_tokens, palette_of
from siappakai.branding.values import LINKS, TEXTS, check_value
from siappakai.branding.versions import find_latest, resolve_version
from siappakai.errors import Refused
from siappakai.models import BrandVersion, Instance, Village, db
from siappakai.products import RECIPES
from siappakai.products.brand_slots.mobile_api import MANIFEST

FORMAT = 1
_ZIP_DATE = (2020, 1, 1, 0, 0, 0)
_LARGE = {
    "ikon/icon-1024.png": "icon-1024.png",
    "ikon/store-512.png": "store-512.png",
    "ikon/maskable-512.png": "maskable-512.png",
    "ikon/splash-2732.png": "splash-2732.png",
    f"{RES}/drawable/splash.png": "splash-1080x1920.png",
}
_LAUNCHERS = {
    "ic_launcher": "",
    "ic_launcher_round": "-round",
    "ic_launcher_foreground": "-foreground",
}


@dataclass(frozen=True, slots=True)
class KitVillage:
    """A village as the phone app finds it; the last two are empty where it has no mobile API."""

    code: str
    name: str
    district: str
    regency: str
    site_url: str
    api_url: str = ""
    manifest_url: str = ""


@dataclass(frozen=True, slots=True)
class KitWish:
    """An app for one village, or for all of a district or regency (`Scope()`: of all)."""

    package_id: str
    scope: Scope = Scope()
    app_name: str = ""
    icon_background: str = WHITE


def look_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Names, social links, colours and fonts of a kit's values."""
    heading, body = fonts_of(values)
    return {
        "names": {key: values[key] for key in TEXTS if key in values and key not in LINKS},
        "social": {key: values[key] for key in LINKS if key in values},
        "colours": make_tokens(*palette_of(values)),
        "fonts": {"heading": heading.stack, "body": body.stack},
    }


def make_kit(wish: KitWish, version: BrandVersion | None = None) -> bytes:
    """The kit as a zip, of that version or the latest; Refused when its logo is missing."""
    package_id = check_package_id(wish.package_id)
    background = read_colour(wish.icon_background)
    check_scope(wish.scope)
    name = check_value("app_name", wish.app_name) if wish.app_name.strip() else ""
    wish = KitWish(package_id, _only_regency(wish.scope), name, background)
    version = version or find_latest()
    if version is None:
        raise Refused(
            "Belum ada wajah yang dibekukan.",
            hint="Isi Wajah, lalu buat pratinjau atau terapkan.",
        )
    values = values_of(resolve_version(version, wish.scope))
    if "logo" not in values:
        raise Refused(
            f"Logo untuk {wish.scope.label} belum diisi.",
            hint="Unggah logonya di Wajah, lalu buat pratinjau atau terapkan.",
        )
    villages = kit_villages(wish.scope)
    if not villages:
        raise Refused(f"Belum ada desa di {wish.scope.label}.", hint="Pasang desanya dahulu.")
    look = look_of(values)
    app = _app(wish, values, villages, version)
    return zip_of(
        {
            **{path: text.encode() for path, text in text_files(app).items()},
            **_pictures(values["logo"], background, look["colours"]),
            "merek.json": _json(_brand_file(app, look, villages)),
        }
    )


def kit_villages(scope: Scope) -> list[KitVillage]:
    """The villages of the scope with their addresses, by code."""
    rows = db.session.scalars(
        select(Village)
        .where(Village.code.startswith(scope.code, autoescape=True))
        .order_by(Village.code)
    ).all()
    placed = dict(_ports())
    with_api = set(db.session.scalars(select(Instance.scope_code).filter_by(product="mobile_api")))
    return [_kit_village(row, placed.get(row.code, 443), row.code in with_api) for row in rows]


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip with their hashes in `SIDIK.txt`; equal files give equal bytes."""
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {path}\n"
        for path, content in sorted(files.items())
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted({**files, "SIDIK.txt": sums.encode()}.items()):
            about = zipfile.ZipInfo(path, _ZIP_DATE)
            about.external_attr = 0o644 << 16
            about.create_system = 3
            archive.writestr(about, content)
    return target.getvalue()


def _app(
    wish: KitWish, values: Mapping[str, str], villages: list[KitVillage], version: BrandVersion
) -> AndroidApp:
    first = villages[0]
    is_one = wish.scope.reach == Reach.VILLAGE
    default = f"{values.get('village_word', 'Desa')} {first.name}" if is_one else first.regency
    return AndroidApp(
        package_id=wish.package_id,
        name=wish.app_name or values.get("app_name") or default,
        regency=first.regency,
        site_url=first.site_url if is_one else "",
        api_url=first.api_url if is_one else "",
        village_count=len(villages),
        version=version.number,
        icon_background=wish.icon_background,
        tokens=make_tokens(*palette_of(values)),
    )


def _only_regency(scope: Scope) -> Scope:
    """All villages are those of their regency, if there is but one."""
    if scope.reach != Reach.ALL:
        return scope
    regencies = set(db.session.scalars(select(Village.regency_code).distinct()))
    return Scope(regencies.pop()) if len(regencies) == 1 else scope


def _brand_file(
    app: AndroidApp, look: Mapping[str, Any], villages: Iterable[KitVillage]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": app.version,
        "app": {"package_id": app.package_id, "name": app.name, "regency": app.regency},
        **look,
        "images": {
            "icon": "ikon/icon-1024.png",
            "store": "ikon/store-512.png",
            "maskable": "ikon/maskable-512.png",
            "splash": "ikon/splash-2732.png",
            "splash_dark": "ikon/splash-2732-gelap.png",
        },
        "villages": [asdict(each) for each in villages],
    }


def _pictures(logo: str, background: str, tokens: Mapping[str, str]) -> dict[str, bytes]:
    """Path in the kit → picture; the dark opening picture has the dark page's own colour."""
    wanted = {path: (name, background) for path, name in _LARGE.items()}
    wanted["ikon/splash-2732-gelap.png"] = ("splash-2732.png", tokens["--sp-dark-surface"])
    for density in DENSITIES:
        for file, ending in _LAUNCHERS.items():
            path = f"{RES}/mipmap-{density}/{file}.png"
            wanted[path] = (f"android-{density}{ending}.png", background)
    return {path: derive(logo, *how).read_bytes() for path, how in wanted.items()}


def _kit_village(row: Village, port: int, has_api: bool) -> KitVillage:
    site = f"https://{row.domain}" + ("" if port == 443 else f":{port}")
    return KitVillage(
        code=row.code,
        name=row.name,
        district=row.district_name,
        regency=row.regency_name,
        site_url=f"{site}/",
        api_url=site + RECIPES["mobile_api"].web_path if has_api else "",
        manifest_url=f"{site}/{MANIFEST}" if has_api else "",
    )


def _ports() -> list[tuple[str, int]]:
    """Village code and HTTPS port of the server its OpenSID runs on."""
    rows = db.session.scalars(select(Instance).filter_by(product="opensid"))
    return [(row.scope_code, row.server.https_port) for row in rows]


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
