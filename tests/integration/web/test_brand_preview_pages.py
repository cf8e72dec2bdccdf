"""Pratinjau and Unduhan: what is pictured, the matrix, the large view, the kit for a phone app."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.assets import keep_asset
from siappakai.models import BrandPreview, Operation, OperationKind, db
from tests.integration.web import brand_rows as rows
from tests.integration.web.visitor import Visitor


@pytest.fixture
def ids(app: Flask, tmp_path: Path, ani: Visitor) -> list[int]:
    with app.app_context():
        return rows.add_wearers(tmp_path / "srv")


@pytest.fixture
def preview(app: Flask, tmp_path: Path, ids: list[int]) -> int:
    with app.app_context():
        return rows.add_preview(tmp_path, rows.add_version(app_name="Satu"), ids[:2])


def test_samples_are_proposed_and_pictured_without_changing_anything(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Satu")
    page = ani.get("/wajah/pratinjau/baru").text
    assert "1 perubahan akan tampak" in page
    assert page.count('name="aplikasi"') == 4
    assert rows.HOSTILE not in page
    assert ani.post("/wajah/pratinjau/baru", {}).status_code == 422
    answer = ani.post("/wajah/pratinjau/baru", {"aplikasi": [str(each) for each in ids[:2]]})
    assert answer.status_code == 303, answer.text
    with app.app_context():
        kinds = [each.kind for each in db.session.scalars(select(Operation))]
        assert kinds == [OperationKind.PREVIEW] * 2
    page = ani.get(answer.location).text
    assert "Sedang dipotret: 0 dari 2" in page and "Menunggu pekerja" in page
    assert "perubahan belum diterapkan" in ani.get("/wajah").text


def test_the_matrix_shows_before_after_and_difference(
    ani: Visitor, preview: int, ids: list[int]
) -> None:
    page = ani.get(f"/wajah/pratinjau/{preview}").text
    assert "12,4 % berubah, 1 bagian" in page
    assert "data-finished" in page
    assert rows.HOSTILE not in page
    assert "/wajah/terapkan?versi=" in page
    pictures = re.findall(rf'src="(/wajah/pratinjau/{preview}/gambar/[^"]+)"', page)
    assert len(pictures) == 12
    answer = ani.get(pictures[0])
    assert answer.mimetype == "image/png"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    large = ani.get(f"/wajah/pratinjau/{preview}/besar/{ids[0]}/depan/layar").text
    assert "data-compare-range" in large and "Berikutnya" in large


def test_only_pictures_of_this_preview_are_given(
    app: Flask, ani: Visitor, preview: int, ids: list[int], tmp_path: Path
) -> None:
    at = f"/wajah/pratinjau/{preview}/gambar"
    (tmp_path / "pratinjau" / str(preview) / "99-depan-layar-sebelum.png").write_bytes(rows.png())
    for name in ("99-depan-layar-sebelum.png", "..%2f..%2fkendali.sqlite3", "x.png"):
        assert ani.get(f"{at}/{name}").status_code == 404, name
    broken = tmp_path / "pratinjau" / str(preview) / f"{ids[0]}-depan-layar-sebelum.png"
    broken.write_bytes(b"<html><script>alert(1)</script>")
    assert ani.get(f"{at}/{broken.name}").status_code == 404
    assert ani.get(f"/wajah/pratinjau/{preview}/besar/{ids[0]}/lain/layar").status_code == 404


def test_a_preview_is_thrown_away(app: Flask, ani: Visitor, budi: Visitor, preview: int) -> None:
    assert budi.get(f"/wajah/pratinjau/{preview}").status_code == 200
    assert "Buang" not in budi.get(f"/wajah/pratinjau/{preview}").text
    assert budi.post(f"/wajah/pratinjau/{preview}/buang").status_code == 403
    assert ani.post(f"/wajah/pratinjau/{preview}/buang").status_code == 303
    with app.app_context():
        assert db.session.get(BrandPreview, preview) is None


def test_the_phone_kit_is_a_zip_of_the_frozen_look(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        sha256 = keep_asset(rows.png(600), "logo.png", "ani").sha256
        rows.add_version(app_name="Layanan Takalar")
        code = rows.codes_of(ids)[1]
    missing = ani.get("/wajah/unduhan/ponsel.zip?paket=id.go.takalarkab.desa")
    assert missing.status_code == 409 and "Logo untuk" in missing.text
    with app.app_context():
        rows.add_version("Logo", logo=sha256)
    wrong = ani.get("/wajah/unduhan/ponsel.zip?paket=<b>")
    assert wrong.status_code == 422 and "<b>" not in wrong.text
    for query in ("", f"&lingkup=desa&desa={code}"):
        answer = ani.get(f"/wajah/unduhan/ponsel.zip?paket=id.go.takalarkab.desa{query}")
        assert answer.status_code == 200, answer.text
        names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
        assert "merek.json" in names and "ikon/icon-1024.png" in names
