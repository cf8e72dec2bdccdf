"""The Android kit: whole, right in every file, the same bytes each time, or refused."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from siappakai.branding.android_files import android_text, check_package_id
from siappakai.branding.edits import set_values
from siappakai.branding.mobile_kit import KitWish, make_kit
from siappakai.branding.versions import freeze_now
from siappakai.errors import InvalidInput, Refused
from siappakai.models import Instance, db, transaction
from tests.integration.rows.brand_rows import ALL, REGENCY, A, B, C, add_instances, logo

PACKAGE = "id.go.takalarkab.layanan"
RES = "android/app/src/main/res"


@pytest.fixture
def kit(app: Flask, tmp_path: Path) -> bytes:
    add_instances(tmp_path)
    _give_api_to(A.code)
    values = {"app_name": "Takalar 'Cerdas' & Maju", "primary_colour": "#0f766e", "logo": logo()}
    set_values(ALL, values, by="ani")
    set_values(B, {"app_name": "Bontokanang"}, by="ani")
    freeze_now("Pertama", by="ani")
    return make_kit(KitWish(PACKAGE))


def _give_api_to(code: str) -> None:
    with transaction():
        own = db.session.scalars(select(Instance).filter_by(scope_code=code)).one()
        names = ("scope_code", "village_code", "server_id", "database_group_id")
        more = {name: getattr(own, name) for name in names}
        release = {"wanted_release_id": own.wanted_release_id}
        db.session.add(Instance(product="mobile_api", web_path="/api", **more, **release))


def unpacked(kit: bytes) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(kit))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def strings(files: dict[str, bytes]) -> dict[str, str]:
    root = ElementTree.fromstring(files[f"{RES}/values/strings.xml"])
    return {each.get("name", ""): each.text or "" for each in root}


def test_the_kit_holds_every_icon_in_its_size_and_its_hashes(kit: bytes) -> None:
    files = unpacked(kit)
    sizes = {"mdpi": 48, "hdpi": 72, "xhdpi": 96, "xxhdpi": 144, "xxxhdpi": 192}
    for density, side in sizes.items():
        for name, wanted in (
            ("ic_launcher", side),
            ("ic_launcher_round", side),
            ("ic_launcher_foreground", side * 108 // 48),
        ):
            image = Image.open(io.BytesIO(files[f"{RES}/mipmap-{density}/{name}.png"]))
            assert image.size == (wanted, wanted)
    assert Image.open(io.BytesIO(files["ikon/splash-2732.png"])).size == (2732, 2732)
    listed = dict(
        reversed(line.split("  ", 1)) for line in files["SIDIK.txt"].decode().splitlines()
    )
    assert listed.keys() == files.keys() - {"SIDIK.txt"}
    assert all(hashlib.sha256(files[path]).hexdigest() == digest for path, digest in listed.items())


def test_names_colours_and_addresses_are_the_villages_own(kit: bytes) -> None:
    files = unpacked(kit)
    assert strings(files)["app_name"] == "Takalar \\'Cerdas\\' & Maju"
    assert strings(files)["package_name"] == PACKAGE
    day, night = (
        {each.get("name"): each.text for each in ElementTree.fromstring(files[f"{RES}/{path}"])}
        for path in ("values/colors.xml", "values-night/colors.xml")
    )
    assert day["colorPrimary"] == "#0f766e" and day.keys() == night.keys() and day != night
    brand = json.loads(files["merek.json"])
    assert brand["app"]["package_id"] == PACKAGE and brand["version"] == 1
    assert brand["colours"]["--sp-primary"] == "#0f766e" and brand["fonts"]["body"]
    assert brand["names"]["app_name"] == "Takalar 'Cerdas' & Maju"
    elsewhere, there, far = brand["villages"]
    assert [each["code"] for each in (elsewhere, there, far)] == [C.code, A.code, B.code]
    assert there["api_url"] == f"https://d{A.code}.desa.localhost:8543/api"
    assert there["manifest_url"] == f"https://d{A.code}.desa.localhost:8543/desa/merek/merek.json"
    assert (
        far["api_url"] == far["manifest_url"] == ""
        and far["site_url"] == f"https://d{B.code}.desa.localhost:8543/"
    )
    for path, content in files.items():
        if path.endswith(".xml"):
            ElementTree.fromstring(content)
    text = files["BACA.md"].decode()
    assert PACKAGE in text and "3 desa" in text and "Capacitor" in text and "Flutter" in text


def test_a_kit_for_all_wears_the_only_regency_s_layer(kit: bytes) -> None:
    set_values(REGENCY, {"app_name": "Kabupaten Kita"}, by="ani")
    freeze_now("Kedua", by="ani")
    assert strings(unpacked(make_kit(KitWish(PACKAGE))))["app_name"] == "Kabupaten Kita"
    named = make_kit(KitWish(PACKAGE, app_name=" Layanan "))
    assert strings(unpacked(named))["app_name"] == "Layanan"


def test_the_same_wish_gives_the_same_bytes_and_another_village_others(kit: bytes) -> None:
    assert make_kit(KitWish(PACKAGE)) == kit
    one, two = (make_kit(KitWish(PACKAGE, scope)) for scope in (A, B))
    assert one != two and kit not in (one, two)
    assert strings(unpacked(two))["app_name"] == "Bontokanang"
    assert strings(unpacked(one))["api_url"].endswith("/api")
    assert len(json.loads(unpacked(two)["merek.json"])["villages"]) == 1


def test_a_kit_without_version_logo_or_villages_is_refused(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        make_kit(KitWish(PACKAGE, app_name="x" * 41))
    with pytest.raises(Refused, match="Belum ada wajah"):
        make_kit(KitWish(PACKAGE))
    set_values(REGENCY, {"app_name": "Takalar"}, by="ani")
    freeze_now("Tanpa logo", by="ani")
    with pytest.raises(Refused, match="Logo"):
        make_kit(KitWish(PACKAGE, REGENCY))
    set_values(REGENCY, {"logo": logo()}, by="ani")
    freeze_now("Dengan logo", by="ani")
    with pytest.raises(Refused, match="Belum ada desa"):
        make_kit(KitWish(PACKAGE, REGENCY))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "takalar",
        "id.go.Takalar",
        "id.go.1desa",
        "id..desa",
        "id.go.desa-kami",
        "id.go.class",
        "com.example.app",
        "id.go." + "a" * 130,
        "id.go.desa;rm",
        "id.go.désa",
    ],
)
def test_a_package_id_is_a_java_package(wrong: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_package_id(wrong)
    assert caught.value.hint
    assert check_package_id(f" {PACKAGE} ") == PACKAGE


def test_texts_are_escaped_as_android_reads_them() -> None:
    assert android_text("@x") == "\\@x" and android_text("?x") == "\\?x"
    assert android_text('a\\b "c" <d>') == 'a\\\\b \\"c\\" &lt;d&gt;'
