"""Every page, for an empty panel and for a fleet; headers, words, times, escaping, errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.errors import NotFound, Refused, Unavailable
from siappakai.models import Event, Instance, Village, append_event, db, transaction, write_setting
from siappakai.regions import villages_of_regency
from siappakai.web.formatting import clock_left, duration, number, size, time_text
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import Visitor

CHECK = "33333333-3333-4333-8333-333333333333"
DEEDS = (
    *("perbarui", "mundur", "lepas", "hidupkan"),
    *("ekspor", "pulihkan", "pisahkan", "gabungkan"),
)
EVERYWHERE = (
    *("/", "/desa", "/unggah", "/batch", "/rilis", "/server", "/riwayat", "/sandi"),
    *("/penyiapan", "/langganan", "/langganan/tambah", "/kabupaten", "/kabupaten/7305"),
    *("/kabupaten/730501", "/kabupaten/7305/kemajuan", "/basis-data", "/operasi"),
    *("/operasi/kemajuan", "/operasi?jenis=token&keadaan=gagal&hal=x"),
    *("/peluncuran", "/peluncuran/baru", "/gladi", "/gladi/baru", "/kalender"),
)
OF_A_FLEET = (
    *("/batch/1", "/batch/1/periksa", "/batch/1/pasang", "/batch/1/kemajuan", "/rilis/1"),
    *("/server/1", "/desa/7305011001", "/desa/73.05.01.1001", "/desa/7305011001/kemajuan"),
    *("/batch/1?hanya=gagal", "/riwayat?tentang=batch:1", "/desa/ekspor.csv", "/desa/ekspor.xlsx"),
)
CHANGING = (
    *("/unggah", "/unggah/wilayah", "/penyiapan", "/batch/1/simpan", "/batch/1/pasang"),
    *("/batch/1/rencana", "/batch/1/coba-lagi", "/batch/1/batalkan", "/operasi/2/coba-lagi"),
    *("/instansi/1/sandi-admin", "/aplikasi/1/DEED", "/kabupaten/7305/pasang"),
    *("/langganan/tambah", "/langganan/berkas", f"/langganan/periksa/{CHECK}/simpan"),
    *(f"/langganan/periksa/{CHECK}/batal", "/langganan/7305011001/kembalikan"),
    *("/langganan/kirim", "/langganan/7305011001/kirim", "/aplikasi/1/ikut-rilis"),
    *("/rilis/cari", "/rilis/tambah", "/rilis/pangkas", "/rilis/1/bangun", "/rilis/1/tarik"),
    *("/rilis/1/tawarkan", "/rilis/pekerjaan/1/coba-lagi", "/rilis/pekerjaan/1/batal"),
    *("/peluncuran/baru/1", "/peluncuran/1/setujui", "/peluncuran/1/kirim", "/peluncuran/1/jeda"),
    *("/peluncuran/1/coba-lagi", "/peluncuran/1/hentikan", "/peluncuran/1/mundur"),
    *("/peluncuran/1/gelombang/2/mulai", "/peluncuran/1/bagian/1/lewati"),
    *("/peluncuran/1/bagian/1/coba-lagi", "/peluncuran/1/bagian/1/batal-mundur"),
    *("/peluncuran/1/luncurkan", "/peluncuran/1/lanjut", "/peluncuran/1/batalkan"),
    *("/gladi/baru", "/gladi/1/jeda", "/gladi/1/lanjut", "/gladi/1/hentikan", "/gladi/1/ulangi"),
    *("/kalender/beku", "/kalender/hapus", "/kalender/bawaan", "/kalender/unggah"),
    "/kalender/pengaturan",
    *("/wajah", "/wajah/terapkan", "/wajah/riwayat/1/kembali", "/wajah/sementara/baru"),
    *("/wajah/sementara/1/akhiri", "/wajah/pratinjau/baru", "/wajah/pratinjau/1/buang"),
    *("/wajah/penerapan/1/setujui", "/wajah/penerapan/1/luncurkan", "/wajah/penerapan/1/jeda"),
    *("/wajah/penerapan/1/lanjut", "/wajah/penerapan/1/batalkan", "/wajah/penerapan/1/coba-lagi"),
    *("/wajah/penerapan/1/hentikan", "/wajah/penerapan/1/kembalikan"),
    *("/wajah/penerapan/1/gelombang/2/mulai", "/wajah/penerapan/1/bagian/1/coba-lagi"),
    *("/wajah/penerapan/1/bagian/1/batal-kembali", "/tema/tambah", "/tema/nusantara"),
    *("/tema/1/izin", "/tema/1/tarik", "/tema/1/pulihkan", "/tema/1/pakai"),
)
MISSING = (
    *("/desa/7305019999", "/desa/abc", "/batch/99", "/batch/99/periksa", "/batch/99/pasang"),
    *("/rilis/99", "/rilis/99/komponen.json", "/server/99", "/tidak-ada", "/desa/ekspor.pdf"),
    *(
        "/aplikasi/99/lepas",
        "/aplikasi/99/ekspor",
        "/aplikasi/1/hapus",
        "/basis-data/1",
        "/basis-data/99",
    ),
    *("/kabupaten/7306", "/kabupaten/730699", "/kabupaten/abc", "/kabupaten/7305011001"),
    *("/batch/99/kemajuan", "/batch/99/arus", "/desa/7305019999/arus", "/batch/99/salah.xlsx"),
)


def test_every_page_answers_for_an_empty_panel(ani: Visitor) -> None:
    assert {path: ani.get(path).status_code for path in EVERYWHERE} == dict.fromkeys(
        EVERYWHERE, 200
    )


def test_every_page_answers_for_a_fleet(ani: Visitor, fleet: int) -> None:
    paths = EVERYWHERE + OF_A_FLEET
    assert {path: ani.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_every_page_needs_a_log_in(visitor: Visitor, fleet: int) -> None:
    for path in EVERYWHERE + OF_A_FLEET:
        assert visitor.get(path).location.startswith("/masuk"), path


def test_what_does_not_exist_gets_a_plain_404_page(ani: Visitor, fleet: int) -> None:
    for path in MISSING:
        answer = ani.get(path)
        assert answer.status_code == 404, path
        assert "Ke Beranda" in answer.text, path


def test_an_error_for_htmx_is_a_fragment_for_the_message_area(ani: Visitor) -> None:
    answer = ani.get("/desa/7305019999", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#pesan"
    assert "<html" not in answer.text
    assert 'id="galat"' in answer.text


def test_a_stranger_asking_by_htmx_is_sent_to_the_log_in_as_a_whole_page(visitor: Visitor) -> None:
    answer = visitor.get("/desa", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/masuk"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("Tidak ada."), 404),
        (Refused("Belum boleh."), 409),
        (Unavailable("Docker diam.", hint="Tunggu sebentar."), 503),
    ],
)
def test_each_expected_error_has_its_status_message_and_hint(
    app: Flask, error: Exception, status: int
) -> None:
    def fail() -> None:
        raise error

    app.add_url_rule("/uji-galat", "alive.show_alive_test", fail)
    with app.app_context():
        fleet_rows.choose_regency()
    person = Visitor(app)
    person.log_in("ani")
    answer = person.get("/uji-galat")
    assert answer.status_code == status
    assert error.message in answer.text
    assert error.hint in answer.text


def test_an_unexpected_error_shows_no_traceback(app: Flask) -> None:
    def fail() -> None:
        raise RuntimeError("isi dalam yang tidak boleh tampil")

    app.add_url_rule("/uji-galat", "uji", fail)
    person = Visitor(app)
    person.log_in("ani")
    answer = person.get("/uji-galat")
    assert answer.status_code == 500
    assert "tidak boleh tampil" not in answer.text
    assert "Terjadi kesalahan" in answer.text


def test_a_too_large_upload_is_told_in_plain_words(app: Flask, ani: Visitor) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = ani.post("/unggah", {"upload_id": "x", "isi": "y" * 5000})
    assert answer.status_code == 413
    assert "terlalu besar" in answer.text


def test_every_answer_carries_a_policy_without_inline_code(ani: Visitor, fleet: int) -> None:
    for path in ("/", "/desa", "/batch/1", "/desa/7305011001"):
        answer = ani.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]* src=)|\son[a-z]+=|\sstyle=|javascript:", answer.text)


def test_pages_name_no_other_host(ani: Visitor, fleet: int) -> None:
    for path in EVERYWHERE + ("/batch/1", "/rilis/1"):
        found = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+', ani.get(path).text)
        assert found == []


def test_static_files_are_kept_by_browsers_and_change_their_address(ani: Visitor) -> None:
    address = re.search(r'href="(/static/panel\.css\?v=[0-9a-f]{12})"', ani.get("/").text)
    assert address is not None
    with ani.get(address[1]) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_village_name_can_not_become_markup(app: Flask, ani: Visitor, fleet: int) -> None:
    bad = '<script>alert("x")</script>'
    with app.app_context(), transaction():
        for village in db.session.scalars(select(Village)):
            village.name = bad
        append_event("uji", bad, by=bad, isi=bad)
    for path in ("/", "/desa", "/batch/1", "/desa/7305011001", "/riwayat", f"/desa?cari={bad}"):
        text = ani.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_a_nagari_panel_says_nagari_and_an_override_wins(app: Flask, ani: Visitor) -> None:
    with app.app_context():
        fleet_rows.choose_regency("1307")
    assert "Data Nagari" in ani.get("/").text
    assert "Data Desa" not in ani.get("/").text
    with app.app_context(), transaction():
        write_setting("local_words", {"village": "negeri lama"}, by="ani")
    assert "Data Negeri Lama" in ani.get("/").text


def test_a_new_panel_asks_for_its_regency_first_and_keeps_the_answer(visitor: Visitor) -> None:
    visitor.log_in("ani")
    assert visitor.get("/").location == "/penyiapan"
    assert "Kabupaten Takalar" in visitor.get("/penyiapan?cari=takallar").text
    page = visitor.get("/penyiapan?kode=7305")
    assert 'value="kepala desa"' in page.text
    assert visitor.post("/penyiapan", {"kode": "7305", "village": "kampung"}).location == "/"
    home = visitor.get("/").text
    assert "Kabupaten Takalar" in home
    assert "Data Kampung" in home


def test_a_wrong_regency_is_refused(visitor: Visitor) -> None:
    visitor.log_in("ani")
    visitor.get("/penyiapan?kode=7305")
    assert visitor.post("/penyiapan", {"kode": "9999"}).status_code == 422


def test_home_counts_the_fleet_and_lists_what_needs_attention(ani: Visitor, fleet: int) -> None:
    text = ani.get("/").text
    names = [village.name for village in villages_of_regency("7305")[:6]]
    assert "Basis data tidak menjawab." in text
    assert names[1] in text
    assert names[5] in text
    assert "takalar.xlsx" in text


def test_a_village_shows_wanted_recorded_and_observed_apart(ani: Visitor, fleet: int) -> None:
    text = ani.get("/desa/7305011001").text
    for words in ("Seharusnya", "Terakhir terbukti", "Terlihat sekarang", "Catatan versi"):
        assert words in text
    assert 'href="https://d7305011001.desa.test/"' in text


def test_the_admin_password_is_in_no_page_until_asked_for_and_asking_is_recorded(
    app: Flask, ani: Visitor, fleet: int
) -> None:
    with app.app_context():
        instance_id = db.session.scalars(select(Instance.id).order_by(Instance.id)).first()
    page = ani.get("/desa/7305011001").text
    assert fleet_rows.ADMIN_SECRET not in page
    path = f"/instansi/{instance_id}/sandi-admin"
    assert ani.get(path).status_code == 405
    assert ani.post(path).status_code == 422
    shown = ani.post(path, {"yakin": "ya"})
    assert fleet_rows.ADMIN_SECRET in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    with app.app_context():
        event = db.session.scalars(select(Event).filter_by(word="admin_password_shown")).one()
        assert (event.by, event.subject) == ("ani", f"instance:{instance_id}")
        assert fleet_rows.ADMIN_SECRET not in str(event.fields)


def test_a_viewer_sees_every_page_and_no_button_that_changes_things(
    budi: Visitor, fleet: int
) -> None:
    for path in ("/", "/desa", "/batch/1", "/desa/7305011001", "/rilis", "/server", "/riwayat"):
        answer = budi.get(path)
        assert answer.status_code == 200
        assert "Coba lagi</button>" not in answer.text
        assert "Kata sandi admin pertama" not in answer.text


def test_a_viewers_post_is_refused_with_a_clear_page(budi: Visitor, fleet: int) -> None:
    for path in [path.replace("DEED", deed) for path in CHANGING for deed in DEEDS]:
        answer = budi.post(path, {"yakin": "ya", "rilis": "1", "rilis_opensid": "1", "ekspor": "1"})
        assert answer.status_code == 403, path
        assert "hanya dapat melihat" in answer.text
        assert fleet_rows.ADMIN_SECRET not in answer.text


def test_every_address_that_takes_a_post_is_refused_to_viewers(app: Flask) -> None:
    free = {"/masuk", "/keluar", "/sandi"}
    rules = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    tried = {re.sub(r"[0-9a-f-]{36}|[0-9]+|DEED", "N", path) for path in CHANGING}
    assert {re.sub(r"<[^>]+>", "N", rule) for rule in rules - free} == tried


def test_alive_needs_no_log_in_and_tells_a_stale_schema(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/sehat").json == {"ok": True, "database": True, "schema": True}
    with app.app_context(), transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM alembic_version")
    assert visitor.get("/sehat").status_code == 503


def test_components_are_given_as_cyclonedx(ani: Visitor, fleet: int) -> None:
    answer = ani.get("/rilis/1/komponen.json")
    assert answer.json == {"bomFormat": "CycloneDX"}
    assert "opensid-2410.0.0.cdx.json" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Jakarta", "22 Nov 2026 11.05 WIB"),
        ("Asia/Makassar", "22 Nov 2026 12.05 WITA"),
        ("Asia/Jayapura", "22 Nov 2026 13.05 WIT"),
    ],
)
def test_times_are_written_in_the_admins_zone(zone: str, text: str) -> None:
    assert time_text(datetime(2026, 11, 22, 4, 5, tzinfo=UTC), ZoneInfo(zone)) == text


def test_numbers_are_written_as_in_indonesia() -> None:
    assert [number(n) for n in (0, 83762, 3.5, 1234.0)] == ["0", "83.762", "3,5", "1.234"]
    assert [duration(ms) for ms in (340, 3200, 125_000)] == ["340 md", "3,2 dtk", "2 mnt 5 dtk"]
    assert [size(b) for b in (0, 512_000_000, 1_500_000_000)] == ["–", "512 MB", "1,5 GB"]
    assert clock_left(30) == "kurang dari 1 menit"
    assert clock_left(4000) == "sekitar 1 jam 7 menit"
