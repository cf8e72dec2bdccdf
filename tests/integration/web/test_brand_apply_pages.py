"""Terapkan, Penerapan, Riwayat, Sementara: who is told, what is shown first, and the way back."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.edits import read_layers
from siappakai.branding.scope import Scope
from siappakai.models import (
    BrandVersion,
    ItemState,
    Operation,
    OperationKind,
    Rollout,
    RolloutItem,
    RolloutState,
    Village,
    db,
    transaction,
    write_setting,
)
from siappakai.rollout.freeze import SECOND_APPROVER
from tests.integration.rows.rollout_rows import active_operations, end_operation
from tests.integration.web import brand_rows as rows
from tests.integration.web import release_day_rows
from tests.integration.web.test_brand_kit_pages import queries_of
from tests.integration.web.visitor import Visitor

READING = (
    *("/wajah/terapkan", "/wajah/penerapan", "/wajah/riwayat", "/wajah/sementara"),
    *("/wajah/unduhan", "/wajah/pratinjau", "/wajah/lapisan", "/tema"),
)


@pytest.fixture
def ids(app: Flask, tmp_path: Path, ani: Visitor) -> list[int]:
    with app.app_context():
        return rows.add_wearers(tmp_path / "srv")


@pytest.fixture
def planned(app: Flask, ids: list[int]) -> int:
    """A rollout that waits: two villages first, then two steps that a person lets begin."""
    with app.app_context():
        return rows.add_brand_rollout(ids, rows.add_version(app_name="Layanan Takalar"))


def field(page: str, name: str) -> str:
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[0])


def apply(person: Visitor, **typed: str) -> object:
    address = "&".join(f"{name}={value}" for name, value in typed.items())
    page = person.get(f"/wajah/terapkan?{address}").text
    return person.post("/wajah/terapkan", {"tampak": field(page, "tampak"), **typed})


def rollout_of(app: Flask) -> Rollout:
    with app.app_context():
        return db.session.scalars(select(Rollout).order_by(Rollout.id.desc())).first()


# --- empty, and for whom


def test_every_page_answers_while_nothing_is_there(ani: Visitor) -> None:
    for path in READING:
        answer = ani.get(path)
        assert answer.status_code == 200, path
    assert "Belum ada aplikasi terpasang di lingkup ini" in ani.get("/wajah/terapkan").text
    assert "Belum ada wajah yang diterapkan" in ani.get("/wajah/penerapan").text
    assert "Belum ada versi" in ani.get("/wajah/riwayat").text
    assert "Belum ada lapisan sementara" in ani.get("/wajah/sementara").text
    assert "Belum ada wajah yang dibekukan" in ani.get("/wajah/unduhan").text


def test_a_viewer_reads_all_and_changes_nothing(app: Flask, budi: Visitor, planned: int) -> None:
    with app.app_context():
        rows.add_ribbon()
        version_id = db.session.scalars(select(BrandVersion.id)).first()
    at = f"/wajah/penerapan/{planned}"
    for path in (*READING, at, f"{at}/kemajuan", f"{at}/riwayat", f"/wajah/riwayat/{version_id}"):
        answer = budi.get(path)
        assert answer.status_code == 200, path
        assert 'method="post" action="/wajah' not in answer.text.replace(
            'method="post" action="/wajah/terapkan" data-once', ""
        ), path
    assert "Terapkan ke" not in budi.get("/wajah/terapkan").text
    for path in (
        *("/wajah/terapkan", f"{at}/jeda", f"{at}/setujui", f"{at}/hentikan", f"{at}/kembalikan"),
        *("/wajah/riwayat/awal/kembali", "/wajah/sementara/baru", "/wajah/sementara/1/akhiri"),
        *("/wajah/pratinjau/baru", "/tema/tambah", "/tema/nusantara"),
    ):
        assert budi.post(path).status_code == 403, path
    for path in (f"{at}/hentikan", f"{at}/kembalikan", "/wajah/riwayat/awal/kembali"):
        assert budi.get(path).status_code == 403, path


def test_strangers_are_sent_to_the_log_in(visitor: Visitor, planned: int) -> None:
    for path in (*READING, f"/wajah/penerapan/{planned}", "/wajah/unduhan/ponsel.zip"):
        assert visitor.get(path).location.startswith("/masuk"), path


def test_names_are_text_on_every_page(app: Flask, ani: Visitor, planned: int) -> None:
    with app.app_context():
        rows.add_ribbon()
        code = rows.codes_of([1])[0]
    at = f"/wajah/penerapan/{planned}"
    shown = [ani.get(each).text for each in (at, "/wajah/penerapan", "/wajah/sementara")]
    shown.append(ani.get(f"/wajah/terapkan?lingkup=desa&desa={code}").text)
    shown.append(ani.get(f"/wajah/riwayat/awal/kembali?lingkup=desa&desa={code}").text)
    for page in shown:
        assert rows.HOSTILE not in page
        assert "<b>baru</b>" not in page
        assert "<i>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown[0]


def test_what_is_not_there_is_404(ani: Visitor, ids: list[int]) -> None:
    for path in (
        *("penerapan/99", "penerapan/99/kemajuan", "penerapan/99/arus", "riwayat/99"),
        *("riwayat/99/kembali", "riwayat/x/kembali", "sementara/9/akhiri", "pratinjau/9"),
        *("terapkan?versi=99", "pratinjau/9/gambar/1-depan-layar-sebelum.png"),
    ):
        assert ani.get(f"/wajah/{path}").status_code == 404, path


# --- applying


def test_the_summary_says_what_changes_and_who_is_told(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Layanan Takalar")
    page = ani.get("/wajah/terapkan").text
    assert "Kabupaten Takalar: Nama aplikasi diisi «Layanan Takalar»." in page
    assert "4 dari 4 aplikasi" in page
    with app.app_context():
        district = rows.codes_of(ids)[0][:6]
    assert (
        "1 dari 1 aplikasi"
        in ani.get(f"/wajah/terapkan?lingkup=kecamatan&kecamatan={district}").text
    )
    odd = ani.get("/wajah/terapkan?lingkup=desa&desa=abc").text
    assert "Kode desa belum benar" in odd


def test_pressing_apply_freezes_plans_approves_and_starts(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Layanan Takalar")
    answer = apply(ani, cara="sekaligus", judul="Logo baru")
    assert answer.status_code == 303, answer.text
    rollout = rollout_of(app)
    assert answer.location == f"/wajah/penerapan/{rollout.id}"
    assert rollout.state == RolloutState.RUNNING
    assert (rollout.approved_by, rollout.title) == ("ani", "Logo baru")
    with app.app_context():
        started = db.session.scalars(select(Operation)).all()
        assert {each.kind for each in started} == {OperationKind.APPLY_BRAND}
        assert len(started) == 4
    assert "perubahan belum diterapkan" not in ani.get("/wajah").text


def test_only_what_the_page_showed_is_applied(app: Flask, ani: Visitor, ids: list[int]) -> None:
    with app.app_context():
        rows.fill(app_name="Satu")
    page = ani.get("/wajah/terapkan").text
    with app.app_context():
        rows.fill(app_name="Dua")
    answer = ani.post("/wajah/terapkan", {"tampak": field(page, "tampak")})
    assert answer.status_code == 409
    assert "Keadaan berubah" in answer.text
    assert rollout_of(app) is None


def test_who_already_wears_it_is_left_alone_unless_asked_for(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        version_id = rows.add_version(app_name="Satu")
        rows.wear(ids, version_id)
        code = rows.codes_of(ids)[1]
        rows.fill(Scope(code), app_name="Desa ini saja")
    assert "1 dari 4 aplikasi" in ani.get("/wajah/terapkan").text
    assert "4 dari 4 aplikasi" in ani.get("/wajah/terapkan?semua=ya").text
    assert "sudah memakainya" in ani.get(f"/wajah/terapkan?versi={version_id}").text
    assert apply(ani, cara="sekaligus").status_code == 303
    with app.app_context():
        told = db.session.scalars(select(RolloutItem.instance_id)).all()
        assert told == [ids[1]]


def test_a_coming_temporary_layer_is_told_to_everyone_in_time(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.wear(ids, rows.add_version(app_name="Satu"))
        rows.add_ribbon()
    page = ani.get("/wajah/terapkan").text
    assert "4 dari 4 aplikasi" in page
    assert "HUT &lt;i&gt;" in page


def test_where_two_must_agree_applying_only_freezes(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        rows.fill(app_name="Satu")
        release_day_rows.add_other_admin()
        with transaction():
            write_setting(SECOND_APPROVER, True, by="ani")
    answer = apply(ani, cara="sekaligus")
    assert answer.status_code == 303
    rollout = rollout_of(app)
    assert rollout.state == RolloutState.PLANNED
    page = ani.get(answer.location).text
    assert "orang lain yang menyetujuinya" in page and "Setujui dan mulai" not in page
    dewi = Visitor(app)
    dewi.log_in("dewi")
    page = dewi.get(answer.location).text
    sha256 = field(page, "sidik")
    assert dewi.post(f"{answer.location}/setujui", {"sidik": sha256}).status_code == 303
    assert rollout_of(app).state == RolloutState.RUNNING


# --- one application of it


def test_a_run_is_followed_paused_confirmed_and_brought_back(
    app: Flask, ani: Visitor, planned: int
) -> None:
    at = f"/wajah/penerapan/{planned}"
    page = ani.get(at).text
    assert ani.post(f"{at}/setujui", {"sidik": field(page, "sidik")}).status_code == 303
    with app.app_context():
        for operation in active_operations():
            end_operation(operation.id, well=True)
    from siappakai.rollout.drive import advance

    with app.app_context():
        advance(planned)
    page = ani.get(at).text
    assert "Menunggu Anda untuk mulai" in page and "Mulai gelombang" in page
    assert ani.post(f"{at}/gelombang/2/mulai").status_code == 303
    assert ani.post(f"{at}/jeda").status_code == 303
    assert "Dijeda" in ani.get(f"{at}/kemajuan").text
    way = ani.get(f"{at}/kembalikan")
    assert "2 aplikasi kembali ke wajah" in way.text
    wrong = ani.post(f"{at}/kembalikan", {"tampak": "lain"})
    assert wrong.status_code == 409
    done = ani.post(f"{at}/kembalikan", {"tampak": field(way.text, "tampak")})
    assert done.status_code == 303
    with app.app_context():
        states = [each.state for each in rows.items_of(planned)][:2]
        assert set(states) <= {ItemState.RETURNING, ItemState.RETURN_WAITING}


def test_stopping_wants_a_reason(app: Flask, ani: Visitor, planned: int) -> None:
    at = f"/wajah/penerapan/{planned}"
    ani.post(f"{at}/setujui", {"sidik": field(ani.get(at).text, "sidik")})
    assert ani.post(f"{at}/hentikan", {"alasan": ""}).status_code == 422
    assert ani.post(f"{at}/hentikan", {"alasan": "Logonya salah"}).status_code == 303
    assert rollout_of(app).state == RolloutState.STOPPED
    assert "Logonya salah" in ani.get(f"{at}/riwayat").text


def test_release_day_shows_releases_and_leads_looks_to_their_own_page(
    app: Flask, ani: Visitor, planned: int
) -> None:
    assert "Belum ada peluncuran" in ani.get("/peluncuran").text
    assert ani.get(f"/peluncuran/{planned}").location == f"/wajah/penerapan/{planned}"
    for path in ("kemajuan", "rencana", "laporan.pdf", "mundur", "desa/1"):
        assert ani.get(f"/peluncuran/{planned}/{path}").status_code == 303, path
    for path in ("jeda", "mundur", "kirim", "setujui"):
        assert ani.post(f"/peluncuran/{planned}/{path}").status_code == 404, path
    at = f"/wajah/penerapan/{planned}"
    ani.post(f"{at}/setujui", {"sidik": field(ani.get(at).text, "sidik")})
    home = ani.get("/").text
    assert f'href="{at}"' in home and "Wajah versi 1" in home


def test_pages_of_a_look_do_not_open_rollouts_of_releases(
    app: Flask, ani: Visitor, tmp_path: Path
) -> None:
    with app.app_context():
        rollout_id = release_day_rows.add_plan(release_day_rows.add_release_day(tmp_path / "srv"))
    assert ani.get(f"/wajah/penerapan/{rollout_id}").status_code == 404
    for word in ("jeda", "batalkan", "setujui", "kembalikan", "coba-lagi"):
        assert ani.post(f"/wajah/penerapan/{rollout_id}/{word}").status_code == 404, word
    assert "Belum ada wajah yang diterapkan" in ani.get("/wajah/penerapan").text


# --- history and the way back


def test_each_version_says_who_when_what_and_why(app: Flask, ani: Visitor, ids: list[int]) -> None:
    with app.app_context():
        rows.add_version("Nama <i>pertama</i>", app_name="Satu")
        rows.wear(ids[:2], rows.add_version("Kedua", app_name="Dua", footer_text="Kaki"))
    page = ani.get("/wajah/riwayat").text
    assert "Nama &lt;i&gt;pertama&lt;/i&gt;" in page and "oleh ani, dibuat orang" in page
    assert "Nama aplikasi dari «Satu» menjadi «Dua»." in page
    assert "dipakai 2 aplikasi" in page
    assert "Tulisan kaki halaman diisi «Kaki»." in ani.get("/wajah/riwayat/2").text


def test_one_confirmation_brings_the_whole_fleet_back(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        first = rows.add_version(app_name="Satu")
        rows.wear(ids, rows.add_version(app_name="Dua"))
    page = ani.get(f"/wajah/riwayat/{first}/kembali").text
    assert "Nama aplikasi dari «Dua» menjadi «Satu»." in page
    assert "4 aplikasi diberi tahu" in page
    answer = ani.post(
        f"/wajah/riwayat/{first}/kembali", {"tampak": field(page, "tampak"), "cara": "sekaligus"}
    )
    assert answer.status_code == 303, answer.text
    with app.app_context():
        assert [each.values for each in read_layers()] == [{"app_name": "Satu"}]
        items = db.session.scalars(select(RolloutItem)).all()
        assert sorted(each.instance_id for each in items) == sorted(ids)
        newest = db.session.scalars(
            select(BrandVersion).order_by(BrandVersion.number.desc())
        ).first()
        assert (newest.origin, rollout_of(app).brand_version_id) == ("kembali", newest.id)


def test_one_village_goes_back_and_the_others_stay(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        first = rows.add_version(app_name="Satu")
        rows.wear(ids, rows.add_version(app_name="Dua"))
        code = rows.codes_of(ids)[1]
    data = {"lingkup": "desa", "desa": code}
    page = ani.get(f"/wajah/riwayat/{first}/kembali?lingkup=desa&desa={code}").text
    assert "Desa 2: Nama aplikasi dari «Dua» menjadi «Satu»." in page
    answer = ani.post(f"/wajah/riwayat/{first}/kembali", {"tampak": field(page, "tampak"), **data})
    assert answer.status_code == 303, answer.text
    with app.app_context():
        assert [each.instance_id for each in db.session.scalars(select(RolloutItem))] == [ids[1]]
        assert db.session.scalars(select(Rollout)).one().brand_version.number > 2


def test_before_the_first_brand_is_one_press_away(app: Flask, ani: Visitor, ids: list[int]) -> None:
    with app.app_context():
        rows.wear(ids, rows.add_version(app_name="Satu"))
    page = ani.get("/wajah/riwayat/awal/kembali").text
    assert "sebelum kabupaten pertama kali menerapkan apa pun" in page
    assert "Nama aplikasi dikosongkan" in page
    assert ani.post("/wajah/riwayat/awal/kembali", {"tampak": "lama"}).status_code == 409
    done = ani.post("/wajah/riwayat/awal/kembali", {"tampak": field(page, "tampak")})
    assert done.status_code == 303
    with app.app_context():
        assert [each for each in read_layers() if each.values] == []


# --- temporary layers


def test_a_template_becomes_a_layer_in_the_regencys_own_clock(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    page = ani.get("/wajah/sementara/baru?jenis=hut-ri").text
    assert 'value="merah_putih" selected' in page
    data = {
        "jenis": "hut-ri",
        "judul": "HUT RI",
        "mulai": "2027-08-01T00:00",
        "berakhir": "2027-09-01T00:00",
        "ribbon_kind": "merah_putih",
        "lingkup": "semua",
        "ribbon_text": "Dirgahayu",
    }
    assert ani.post("/wajah/sementara/baru", data).status_code == 303
    with app.app_context():
        layer = next(each for each in read_layers() if each.is_temporary)
        assert layer.starts_at.astimezone().utcoffset() is not None
        zone = app.extensions["siappakai_settings"].local_time_zone
        from zoneinfo import ZoneInfo

        assert layer.starts_at.astimezone(ZoneInfo(zone)).strftime("%d.%m.%Y %H:%M") == (
            "01.08.2027 00:00"
        )
        assert layer.values == {"ribbon_kind": "merah_putih", "ribbon_text": "Dirgahayu"}
    page = ani.get("/wajah/sementara").text
    assert "Akan datang" in page and "Merah putih" in page


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"judul": ""}, "Nama lapisan sementara belum diisi"),
        ({"mulai": "besok"}, "tidak terbaca"),
        ({"berakhir": "2027-07-01T00:00"}, "Berakhirnya mendahului mulainya"),
        ({"ribbon_kind": "", "ribbon_text": ""}, "belum berisi apa-apa"),
        ({"primary_colour": "merah"}, "bukan"),
        ({"lingkup": "kecamatan", "kecamatan": ""}, "Pilih dahulu kecamatannya"),
    ],
)
def test_a_bad_temporary_layer_keeps_what_was_typed(
    app: Flask, ani: Visitor, ids: list[int], changed: dict[str, str], told: str
) -> None:
    data = {
        "judul": "Berkabung",
        "mulai": "2027-08-01T00:00",
        "berakhir": "2027-08-04T00:00",
        "ribbon_kind": "berkabung",
        "ribbon_text": "Turut berduka",
        "lingkup": "semua",
    }
    ani.get("/wajah/sementara/baru")
    answer = ani.post("/wajah/sementara/baru", data | changed)
    assert answer.status_code == 422
    assert told in answer.text
    if "ribbon_text" not in changed:
        assert 'value="Turut berduka"' in answer.text
    with app.app_context():
        assert read_layers() == ()


def test_a_running_layer_can_end_early(app: Flask, ani: Visitor, ids: list[int]) -> None:
    with app.app_context():
        rows.add_ribbon()
        rows.wear(ids, rows.add_version())
    page = ani.get("/wajah/sementara").text
    at = re.findall(r'href="(/wajah/sementara/\d+/akhiri)"', page)[0]
    assert "Berlaku sekarang" in page
    assert ani.get(at).status_code == 200
    answer = ani.post(at)
    assert answer.location == "/wajah/terapkan"
    assert "dihapus" in ani.get("/wajah/terapkan").text
    with app.app_context():
        assert read_layers() == ()
    assert "Isian wajah diubah: «HUT &lt;i&gt;»" in ani.get("/wajah/sementara").text


# --- the village's page


def test_a_village_says_what_it_wears_and_what_is_its_own(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    with app.app_context():
        code = rows.codes_of(ids)[1]
    assert "Belum ada wajah kabupaten yang diterapkan" in ani.get(f"/desa/{code}").text
    with app.app_context():
        rows.wear(ids, rows.add_version(app_name="Satu"), app_name="Nama <i>lain</i>")
        rows.wear(ids, rows.add_version("Kedua", footer_text="Kaki"), app_name="Nama <i>lain</i>")
    page = ani.get(f"/desa/{code}").text
    assert "versi 2" in page
    assert "Nama &lt;i&gt;lain&lt;/i&gt;" in page and "bukan “Satu”" in page


# --- size


def test_pages_of_850_villages_take_few_queries(app: Flask, ani: Visitor, tmp_path: Path) -> None:
    with app.app_context():
        ids = rows.add_wearers(tmp_path / "srv", 850)
        version_id = rows.add_version(app_name="Satu")
        rows.wear(ids, version_id, app_name="Satu", theme="natra")
        with transaction():
            for village in db.session.scalars(select(Village)).all()[:400]:
                village.name = village.name + " Jaya"
        rows.fill(footer_text="Kaki")
        rollout_id = rows.add_brand_rollout(ids, rows.add_version("Kedua"))
    for path, most in (
        ("/wajah", 25),
        ("/wajah/terapkan", 25),
        ("/wajah/terapkan?semua=ya", 25),
        (f"/wajah/penerapan/{rollout_id}", 30),
        ("/wajah/penerapan", 20),
        ("/wajah/riwayat", 25),
        (f"/wajah/riwayat/{version_id}/kembali", 25),
        ("/wajah/sementara", 20),
        ("/wajah/lapisan?cari=jaya", 20),
        ("/wajah/pratinjau/baru", 30),
        ("/tema", 20),
    ):
        assert queries_of(app, ani, path) <= most, path
