"""Wajah's forms do what they say: whom a button names, what waits, and what was typed stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from siappakai.models import transaction, write_setting
from siappakai.rollout.freeze import SECOND_APPROVER
from tests.integration.web import brand_rows as rows
from tests.integration.web import release_day_rows
from tests.integration.web.test_brand_apply_pages import apply, field
from tests.integration.web.test_brand_kit_pages import queries_of, save
from tests.integration.web.visitor import Visitor
from tests.rollout_cast import combine

TOLD = "Pilihan Anda berubah. Tekan Hitung ulang dahulu"


@pytest.fixture
def ids(app: Flask, tmp_path: Path, ani: Visitor) -> list[int]:
    with app.app_context():
        return rows.add_wearers(tmp_path / "srv")


@pytest.fixture
def two_agree(app: Flask, ids: list[int]) -> None:
    with app.app_context():
        release_day_rows.add_other_admin()
        with transaction():
            write_setting(SECOND_APPROVER, True, by="ani")


def started(app: Flask, person: Visitor, ids: list[int]) -> str:
    """The page of a look's rollout in three waves, running."""
    with app.app_context():
        number = rows.add_brand_rollout(ids, rows.add_version(app_name="Layanan"))
    at = f"/wajah/penerapan/{number}"
    answer = person.post(f"{at}/setujui", {"sidik": field(person.get(at).text, "sidik")})
    assert answer.status_code == 303
    return at


# --- whom it is for


def test_the_button_names_to_whom_the_look_goes(app: Flask, ani: Visitor, ids: list[int]) -> None:
    with app.app_context():
        rows.fill(app_name="Satu")
        code = rows.codes_of(ids)[1]
    assert "Terapkan ke seluruh kabupaten (4 aplikasi)</button>" in ani.get("/wajah/terapkan").text
    one = ani.get(f"/wajah/terapkan?lingkup=desa&desa={code}").text
    assert "Terapkan ke Desa 2 (1 aplikasi)</button>" in one
    back = ani.get(f"/wajah/riwayat/awal/kembali?lingkup=desa&desa={code}").text
    assert "Kembalikan Desa 2 (1 aplikasi)</button>" in back
    whole = ani.get("/wajah/riwayat/awal/kembali").text
    assert "Kembalikan seluruh kabupaten (4 aplikasi)</button>" in whole


def test_a_choice_not_yet_counted_again_can_rest_the_other_form(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Satu")
    for path in ("/wajah/terapkan", "/wajah/riwayat/awal/kembali"):
        page = ani.get(path).text
        choosing, doing = page.split('data-recount="mulai"')
        assert 'id="mulai" method="post"' in doing and 'id="mulai"' not in choosing, path
        assert f"data-recount-told hidden>{TOLD}" in doing, path


def test_a_wrong_code_stays_in_its_box_beside_the_codes_that_are_there(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    page = ani.get("/wajah/terapkan?lingkup=desa&desa=73.05.01.2<b>").text
    assert "Kode desa belum benar" in page
    assert 'value="73.05.01.2&lt;b&gt;" list="daftar-desa"' in page
    assert page.count('<option value="73.05.') == 4
    assert ">Desa 2</option>" in page


def test_an_old_version_says_that_the_values_stay_as_they_are(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        first = rows.add_version(app_name="Satu")
        newest = rows.add_version(app_name="Dua")
    said = "Isian di Wajah tidak berubah: penerapan berikutnya membawanya lagi."
    old = ani.get(f"/wajah/terapkan?versi={first}").text
    assert said in old and f'href="/wajah/riwayat/{first}/kembali"' in old
    assert said not in ani.get(f"/wajah/terapkan?versi={newest}").text
    assert said not in ani.get("/wajah/terapkan").text


# --- a second person


def test_where_two_must_agree_nothing_is_said_to_have_changed(
    app: Flask, ani: Visitor, ids: list[int], two_agree: None
) -> None:
    with app.app_context():
        first = rows.add_version(app_name="Satu")
        rows.wear(ids, rows.add_version(app_name="Dua"))
        rows.fill(app_name="Tiga")
    assert apply(ani, cara="sekaligus").status_code == 303
    page = ani.get("/wajah/penerapan").text
    assert "Rencana dibekukan untuk 4 aplikasi; menunggu persetujuan orang kedua." in page
    page = ani.get(f"/wajah/riwayat/{first}/kembali").text
    assert "Kembalikan isian dan minta persetujuan: seluruh kabupaten (4 aplikasi)" in page
    sent = {"tampak": field(page, "tampak"), "cara": "sekaligus"}
    assert ani.post(f"/wajah/riwayat/{first}/kembali", sent).status_code == 303
    page = ani.get("/wajah/penerapan").text
    assert "Penerapannya ke 4 aplikasi menunggu persetujuan admin lain" in page
    assert "sedang diberi tahu" not in page


# --- waves and their applications


def test_a_wave_waits_until_those_before_it_have_ended(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    at = started(app, ani, ids)
    page = ani.get(at).text
    assert "nanti menunggu izin Anda" in page
    assert "Menunggu Anda untuk mulai" not in page and "Mulai gelombang<" not in page
    early = ani.post(f"{at}/gelombang/2/mulai")
    assert (early.status_code, "Gelombang sebelumnya belum selesai." in early.text) == (409, True)


def test_a_village_of_a_combined_database_is_found_alone(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        combine(ids[1:], "Takalar")
    at = started(app, ani, ids)
    page = ani.get(f"{at}?cari=desa+2&gelombang=1").text
    assert page.count("<tr id=") <= 1
    assert '<input type="hidden" name="gelombang" value="1">' in page
    found = ani.get(f"{at}?cari=desa+2").text
    assert found.count("<tr id=") == 1 and ">Desa 2</a>" in found


def test_a_looks_history_speaks_of_its_application(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    page = ani.get(f"{started(app, ani, ids)}/riwayat").text
    told = page[page.index('aria-label="Riwayat penerapan"') :]
    assert "Rencana penerapan disetujui" in told and "Penerapan berjalan" in told
    assert "eluncuran" not in told[: told.index("card-footer")]


def test_nothing_to_try_again_is_no_success(app: Flask, ani: Visitor, ids: list[int]) -> None:
    at = started(app, ani, ids)
    assert ani.post(f"{at}/coba-lagi").status_code == 303
    page = ani.get(at).text
    assert "Tidak ada yang dicoba lagi" in page and "0 dicoba lagi" not in page


def test_a_page_of_versions_takes_as_many_queries_as_one_version(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.add_version(app_name="Nomor 1")
    few = queries_of(app, ani, "/wajah/riwayat")
    with app.app_context():
        for at in range(2, 30):
            rows.add_version(app_name=f"Nomor {at}")
    page = ani.get("/wajah/riwayat").text
    assert "Nama aplikasi dari «Nomor 28» menjadi «Nomor 29»." in page
    assert "Nama aplikasi diisi «Nomor 1»." not in page  # on the next page
    assert queries_of(app, ani, "/wajah/riwayat") <= few
    assert "Nama aplikasi diisi «Nomor 1»." in ani.get("/wajah/riwayat?hal=2").text


# --- the kit


def test_an_emptied_field_is_where_the_page_opens_again(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Satu", footer_text="Kaki")
    assert "Kosongkan dan simpan" in ani.get("/wajah").text
    answer = save(ani, kosongkan="footer_text")
    assert answer.location.endswith("#footer_text")
    assert save(ani, kosongkan="<b>").location == "/wajah"


def test_what_is_wrong_with_a_field_is_told_with_the_field(ani: Visitor, ids: list[int]) -> None:
    page = save(ani, facebook="https://jahat.example/x").text
    assert 'aria-describedby="ket-facebook salah-facebook" aria-invalid="true"' in page
    assert 'id="salah-facebook"' in page
    assert 'aria-describedby="ket-instagram"' in page
