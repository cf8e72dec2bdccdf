"""Wajah: the kit's form, its layers and pictures; who may, what is kept, what is refused."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from siappakai.branding.edits import read_layers, set_adopted, set_lock
from siappakai.branding.scope import Scope
from siappakai.models import BrandAsset, BrandLayer, Event, db
from tests.integration.web import brand_rows as rows
from tests.integration.web.visitor import Visitor

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
    b'<script>alert(1)</script><circle cx="100" cy="100" r="90" fill="#0f6b5c" onload="x()"/></svg>'
)


@pytest.fixture
def ids(app: Flask, tmp_path: Path, ani: Visitor) -> list[int]:
    with app.app_context():
        return rows.add_wearers(tmp_path / "srv")


def seen(page: str) -> str:
    return re.findall(r'name="tampak" value="([^"]*)"', page)[0]


def save(person: Visitor, code: str = "", **typed: object) -> object:
    """The form as a browser sends it: what stands in it, and what was typed now."""
    page = person.get(f"/wajah?lapisan={code}" if code else "/wajah").text
    data = {"lapisan": code, "tampak": seen(page), **_standing(page), **typed}
    return person.post("/wajah", data, content_type="multipart/form-data")


def _standing(page: str) -> dict[str, object]:
    """Values of text fields and hidden pictures, chosen options, ticked locks."""
    form = page[page.index('class="brand-kit"') :]
    found: dict[str, object] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        kind = (re.findall(r'type="([^"]*)"', tag) or ["text"])[0]
        name = (re.findall(r'name="([^"]*)"', tag) or [""])[0]
        value = html.unescape((re.findall(r'value="([^"]*)"', tag) or [""])[0])
        if not name or kind in ("file", "color") or " disabled" in tag:
            continue
        if kind != "checkbox" or " checked" in tag:
            found[name] = value
    for name, body in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'value="([^"]*)" selected', body)
        found[name] = html.unescape(chosen[0]) if chosen else ""
    return found


def layer(app: Flask, code: str = rows.REGENCY.code) -> BrandLayer | None:
    with app.app_context():
        return db.session.scalars(select(BrandLayer).filter_by(scope_code=code, title="")).first()


def test_the_kit_asks_for_every_value_and_says_where_it_comes_from(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Takalar <b>Jaya</b>".replace("<b>", "").replace("</b>", ""))
        set_lock(rows.REGENCY, "app_name", True, by="ani")
        village = rows.codes_of(ids)[1]
    page = ani.get("/wajah").text
    for words in ("Nama &amp; kata", "Warna", "Huruf", "Media sosial", "Pita", "Logo surat"):
        assert words in page, words
    below = ani.get(f"/wajah?lapisan={village}").text
    assert "Dikunci oleh Kabupaten Takalar" in below
    assert "dari Kabupaten Takalar, terkunci" in below


def test_what_is_saved_is_a_draft_that_nobody_wears(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    answer = save(ani, app_name="Layanan Desa Takalar", primary_colour="0F6", kunci_app_name="ya")
    assert answer.status_code == 303
    page = ani.get("/wajah").text
    assert "2 perubahan disimpan" in page or "3 perubahan disimpan" in page
    assert "3 perubahan belum diterapkan" in page
    kept = layer(app)
    assert kept is not None
    assert kept.values == {"app_name": "Layanan Desa Takalar", "primary_colour": "#00ff66"}
    assert kept.locks == {"app_name": True}
    assert save(ani).status_code == 303
    assert "Tidak ada yang berubah." in ani.get("/wajah").text


def test_a_changed_picture_is_told_by_the_names_of_its_files(ani: Visitor, ids: list[int]) -> None:
    save(ani, berkas_logo=(io.BytesIO(rows.png()), "lama.png"))
    assert "Logo diisi «lama.png»." in ani.get("/wajah/terapkan").text
    save(ani, berkas_logo=(io.BytesIO(rows.png(colour="#aa3300")), "baru.png"))
    assert "Logo diisi «baru.png»." in ani.get("/wajah/terapkan").text


def test_bad_input_saves_nothing_and_keeps_everything_that_was_typed(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    answer = save(
        ani,
        app_name="Nama yang baik",
        facebook="https://jahat.example/x",
        primary_colour="merah",
        berkas_logo=(io.BytesIO(rows.png()), "logo.png"),
        kunci_app_name="ya",
    )
    assert answer.status_code == 422
    assert "2 isian perlu diperbaiki" in answer.text
    assert 'value="Nama yang baik"' in answer.text
    assert 'value="https://jahat.example/x"' in answer.text
    assert 'value="merah"' in answer.text
    assert re.search(r'name="logo" value="[0-9a-f]{64}"', answer.text), "the picture is not lost"
    assert re.search(r'name="kunci_app_name" value="ya" checked', answer.text)
    assert layer(app) is None


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_typed_markup_is_refused_and_shown_as_text(ani: Visitor, ids: list[int], evil: str) -> None:
    answer = save(ani, app_name=evil, footer_text=evil, primary_colour=evil)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert html.escape(evil, quote=False)[:20] in answer.text.replace("&#34;", '"')


def test_a_value_is_taken_out_by_one_button_and_falls_back(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Kabupaten", footer_text="Kaki")
        code = rows.codes_of(ids)[1]
        rows.fill(Scope(code), app_name="Desa sendiri")
    page = ani.get(f"/wajah?lapisan={code}").text
    assert "kembali ke “Kabupaten” dari Kabupaten Takalar" in page
    assert save(ani, code, kosongkan="app_name").status_code == 303
    assert "app_name" not in layer(app, code).values
    assert layer(app).values["app_name"] == "Kabupaten"


def test_a_lock_without_a_value_is_refused_before_anything_is_saved(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    answer = save(ani, app_name="Nama", kunci_footer_text="ya")
    assert answer.status_code == 422
    assert "Tulisan kaki halaman belum diisi" in answer.text
    assert 'value="Nama"' in answer.text
    assert layer(app) is None


def test_what_is_locked_above_can_not_be_sent_from_below(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Kabupaten")
        set_lock(rows.REGENCY, "app_name", True, by="ani")
        code = rows.codes_of(ids)[1]
    assert save(ani, code, app_name="Menyelinap", footer_text="Boleh").status_code == 303
    assert layer(app, code).values == {"footer_text": "Boleh"}


def test_a_layer_changed_meanwhile_is_not_written_over(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    page = ani.get("/wajah").text
    with app.app_context():
        rows.fill(app_name="Dari orang lain")
    answer = ani.post("/wajah", {"lapisan": "", "tampak": seen(page), "app_name": "Dari saya"})
    assert answer.status_code == 409
    assert "diubah orang lain" in answer.text
    assert 'value="Dari saya"' in answer.text
    assert layer(app).values == {"app_name": "Dari orang lain"}


def test_the_villages_own_choice_is_shown_as_such(app: Flask, ani: Visitor, ids: list[int]) -> None:
    with app.app_context():
        rows.fill(footer_text="Kaki kabupaten")
        code = rows.codes_of(ids)[1]
        set_adopted(Scope(code), {"footer_text": "Kaki <b>sendiri</b>"}, by="ani")
    page = ani.get(f"/wajah?lapisan={code}").text
    assert "Pilihan desa sendiri: “Kaki &lt;b&gt;sendiri&lt;/b&gt;”" in page
    assert "1 kecamatan atau desa punya isian sendiri" in ani.get("/wajah").text


def test_a_drawing_is_cleaned_and_can_not_run_when_it_is_opened(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    assert save(ani, berkas_logo=(io.BytesIO(SVG), "logo.svg")).status_code == 303
    with app.app_context():
        asset = db.session.scalars(select(BrandAsset)).one()
        sha256 = asset.sha256
    answer = ani.get(f"/wajah/gambar/{sha256}")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert b"script" not in answer.data and b"onload" not in answer.data
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    icon = ani.get(f"/wajah/gambar/{sha256}/icon-192.png")
    assert icon.mimetype == "image/png" and icon.data.startswith(b"\x89PNG")
    for wrong in (f"{sha256}/lain.png", "0" * 64, "../../kendali.sqlite3", f"{sha256}/..%2f..%2fx"):
        assert ani.get(f"/wajah/gambar/{wrong}").status_code == 404, wrong


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "kosong.png"), (b"<?php system(1);", "logo.png"), (b"GIF89a<?php", "logo.gif")],
)
def test_what_is_no_picture_is_refused_beside_its_field(
    app: Flask, ani: Visitor, ids: list[int], content: bytes, name: str
) -> None:
    answer = save(ani, app_name="Nama", berkas_logo=(io.BytesIO(content), name))
    assert answer.status_code == 422
    assert 'id="salah-logo"' in answer.text
    assert layer(app) is None


def test_colours_are_measured_and_the_nearest_readable_one_is_offered(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    told = ani.get("/wajah/warna/primary_colour?nilai=%23ffff00").text
    assert "Kontras di atas putih hanya" in told
    offered = re.findall(r'name="pakai" value="primary_colour=(#[0-9a-f]{6})"', told)[0]
    assert (
        "cukup untuk tulisan"
        in ani.get(f"/wajah/warna/primary_colour?nilai={offered.replace('#', '%23')}").text
    )
    assert "bukan" in ani.get("/wajah/warna/primary_colour?nilai=merah").text
    assert ani.get("/wajah/warna/app_name?nilai=x").status_code == 404
    taken = save(ani, primary_colour="#ffff00", pakai=f"primary_colour={offered}")
    assert taken.status_code == 303
    assert layer(app).values["primary_colour"] == offered


def test_layers_are_found_by_name_and_code(app: Flask, ani: Visitor, ids: list[int]) -> None:
    assert "Belum ada yang punya isian sendiri" in ani.get("/wajah/lapisan").text
    with app.app_context():
        code = rows.codes_of(ids)[0]
        rows.fill(Scope(code), footer_text="x")
        rows.fill(Scope(code[:6]), footer_text="y")
    page = ani.get("/wajah/lapisan").text
    assert html.escape(rows.HOSTILE, quote=True).replace("&#x27;", "&#39;") in page
    assert rows.HOSTILE not in page
    assert f"lapisan={code[:6]}" in page
    assert f"lapisan={code}" in ani.get(f"/wajah/lapisan?cari={code}").text
    assert "Tidak ditemukan" in ani.get("/wajah/lapisan?cari=zzzz%25").text


def test_places_elsewhere_have_no_layer_here(ani: Visitor, ids: list[int]) -> None:
    assert ani.get("/wajah?lapisan=7306012001").status_code in (404, 422)
    assert ani.get("/wajah?lapisan=abc").status_code == 422
    assert ani.get("/wajah?lapisan=9999").status_code == 422


def test_a_viewer_reads_the_kit_and_changes_nothing(
    app: Flask, budi: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Nama")
    page = budi.get("/wajah")
    assert page.status_code == 200
    assert "Simpan lapisan" not in page.text
    assert "Kosongkan" not in page.text
    assert "fieldset disabled" in page.text
    assert budi.post("/wajah", {"app_name": "x"}).status_code == 403
    assert layer(app).values == {"app_name": "Nama"}


def test_strangers_see_no_page_and_no_picture(
    app: Flask, visitor: Visitor, ids: list[int], ani: Visitor
) -> None:
    save(ani, berkas_logo=(io.BytesIO(rows.png()), "logo.png"))
    with app.app_context():
        sha256 = db.session.scalars(select(BrandAsset)).one().sha256
    for path in (
        "/wajah",
        "/wajah/lapisan",
        f"/wajah/gambar/{sha256}",
        "/wajah/warna/accent_colour",
    ):
        assert visitor.get(path).location.startswith("/masuk"), path


def test_history_names_each_change_in_indonesian(app: Flask, ani: Visitor, ids: list[int]) -> None:
    save(ani, app_name="Nama")
    page = ani.get("/riwayat").text
    assert "Isian wajah diubah" in page
    with app.app_context():
        changed = db.session.scalars(select(Event).filter_by(word="brand_layer_changed")).one()
        assert changed.by == "ani"


def test_the_kit_of_a_large_fleet_takes_a_fixed_number_of_queries(
    app: Flask, ani: Visitor, tmp_path: Path
) -> None:
    with app.app_context():
        ids = rows.add_wearers(tmp_path / "srv", 40)
        rows.fill(app_name="Kabupaten")
    small = queries_of(app, ani, "/wajah")
    listed = queries_of(app, ani, "/wajah/lapisan")
    with app.app_context():
        for code in rows.codes_of(ids)[:30]:
            rows.fill(Scope(code), app_name=f"Desa {code}")
        assert len(read_layers()) == 31
    assert queries_of(app, ani, "/wajah") == small
    assert queries_of(app, ani, "/wajah/lapisan") <= listed + 1


def queries_of(app: Flask, person: Visitor, path: str) -> int:
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", tick)
    try:
        assert person.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", tick)
    return count
