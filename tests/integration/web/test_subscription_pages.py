"""Langganan through its pages: paste, check, save, watch; no answer ever holds a token."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from siappakai.models import (
    Operation,
    OperationKind,
    Subscription,
    Village,
    db,
    transaction,
    utc_now,
)
from siappakai.regions import villages_of_regency
from siappakai.secret import Secret
from siappakai.subscriptions import keep_token, local_date, token_for
from tests.integration.web import family_rows, fleet_rows
from tests.integration.web.sample_products import add_samples
from tests.integration.web.visitor import Visitor
from tests.unit.subscriptions.tokens import make_token

ALL = villages_of_regency("7305")
FIRST, SECOND, THIRD = (village.code for village in ALL[:3])


def today() -> date:
    return local_date(FIRST, utc_now())


def ends_in(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@pytest.fixture
def villages(app: Flask, ani: Visitor) -> None:
    with app.app_context(), transaction() as session:
        session.add_all(fleet_rows.make_village(v.code, v.name) for v in ALL[:2])


def paste(person: Visitor, text: str, village: str = "", check_id: str = "") -> TestResponse:
    person.get(f"/langganan/tambah{'?desa=' + village if village else ''}")
    data = {"check_id": check_id or str(uuid4()), "token": text}
    return person.post("/langganan/tambah", data | ({"desa": village} if village else {}))


def keep(app: Flask, code: str, days: int) -> str:
    token = make_token(code, ends_in(days), masa={"mulai": "2020-01-01"})
    with app.app_context(), transaction():
        keep_token(code, Secret(token), by="ani")
    return token


def ends(app: Flask) -> dict[str, date]:
    with app.app_context():
        query = select(Subscription.village_code, Subscription.ends_on)
        return dict(db.session.execute(query).all())


def make(code: str, days: int) -> str:
    return make_token(code, ends_in(days), masa={"mulai": "2020-01-01"})


def test_two_villages_from_paste_to_kept_tokens(app: Flask, ani: Visitor, villages: None) -> None:
    answer = paste(ani, f"{ALL[0].dotted}\t{make(FIRST, 100)}\n\nsalah\n{make(SECOND, 200)}")
    assert answer.status_code == 303
    page = ani.get(answer.location).text
    assert "2 dari 3 baris benar" in page and "Simpan yang benar (2)" in page
    assert ALL[0].name in page and ALL[1].name in page and "Tidak ada token di baris ini" in page
    assert ends(app) == {}
    done = ani.post(f"{answer.location}/simpan", follow_redirects=True)
    assert "2 token disimpan. Tidak disimpan: 1 salah." in done.text
    assert ends(app) == {FIRST: today() + timedelta(100), SECOND: today() + timedelta(200)}
    again = ani.post(f"{answer.location}/simpan", follow_redirects=True)
    assert "tidak ada yang diulang" in again.text


def test_a_file_brings_tokens_too_and_is_not_kept(app: Flask, ani: Visitor, villages: None) -> None:
    ani.get("/langganan/tambah")
    sheet = f"Kode Desa;Token\n{FIRST};{make(FIRST, 9)}\n{SECOND};{make(FIRST, 9)}\n".encode()
    data = {"check_id": str(uuid4()), "berkas": (BytesIO(sheet), "token.csv")}
    answer = ani.post("/langganan/berkas", data)
    page = ani.get(f"{answer.location}?hasil=salah").text
    assert f"bukan {ALL[1].name} ({ALL[1].dotted})" in page
    settings = app.extensions["siappakai_settings"]
    assert not settings.uploads_dir.exists()


def test_a_shorter_token_wants_its_own_tick(app: Flask, ani: Visitor, villages: None) -> None:
    for code in (FIRST, SECOND):
        keep(app, code, 300)
    place = paste(ani, f"{make(FIRST, 50)}\n{make(SECOND, 60)}").location
    page = ani.get(place).text
    assert "2 token lebih pendek" in page and page.count('name="pendek"') == 2
    done = ani.post(f"{place}/simpan", {"pendek": ["2", "x", "²"]}, follow_redirects=True)
    assert "1 token disimpan" in done.text and "1 lebih pendek dan tidak dicentang" in done.text
    assert ends(app) == {FIRST: today() + timedelta(300), SECOND: today() + timedelta(60)}


def test_a_villages_own_form_takes_only_its_own_token(
    app: Flask, ani: Visitor, villages: None
) -> None:
    place = paste(ani, make(SECOND, 50), village=FIRST).location
    page = ani.get(place).text
    assert f"milik {ALL[1].name}" in page and f"bukan {ALL[0].name}" in page
    place = paste(ani, make(FIRST, 50), village=FIRST).location
    assert ani.post(f"{place}/simpan").location == f"/desa/{FIRST}"
    assert set(ends(app)) == {FIRST}


def test_the_token_before_comes_back_after_a_tick(app: Flask, ani: Visitor, villages: None) -> None:
    keep(app, FIRST, 20)
    assert "Kembalikan token sebelumnya" not in ani.get(f"/desa/{FIRST}").text
    keep(app, FIRST, 400)
    assert "Kembalikan token sebelumnya" in ani.get(f"/desa/{FIRST}").text
    assert ani.post(f"/langganan/{FIRST}/kembalikan").status_code == 422
    ani.get(f"/desa/{FIRST}")
    ani.post(f"/langganan/{FIRST}/kembalikan", {"yakin": "ya"})
    assert ends(app) == {FIRST: today() + timedelta(20)}


def test_discarding_keeps_nothing_and_the_check_is_gone(
    app: Flask, ani: Visitor, villages: None
) -> None:
    place = paste(ani, make(FIRST, 50)).location
    ani.get(place)
    assert "sudah dibuang" in ani.post(f"{place}/batal", follow_redirects=True).text
    assert ani.get(place).status_code == 404
    assert ends(app) == {}


def test_a_viewer_sees_the_list_and_changes_nothing(
    app: Flask, ani: Visitor, budi: Visitor, villages: None
) -> None:
    place = paste(ani, make(FIRST, 50)).location
    page = budi.get("/langganan")
    assert page.status_code == 200 and "Masukkan token" not in page.text
    assert budi.get(place).status_code == 404
    for path in ("/langganan/tambah", f"{place}/simpan", f"/langganan/{FIRST}/kembalikan"):
        assert budi.post(path, {"yakin": "ya"}).status_code == 403


@pytest.mark.parametrize("text", ["", "   \n", "Kode\tToken"])
def test_an_empty_paste_is_asked_for_again(ani: Visitor, villages: None, text: str) -> None:
    answer = paste(ani, text)
    assert answer.status_code == 422 and "Belum ada token" in answer.text


def test_an_odd_check_id_and_an_unknown_village_are_refused(ani: Visitor, villages: None) -> None:
    ani.get("/langganan/tambah")
    assert ani.post("/langganan/tambah", {"token": "x", "check_id": "../1"}).status_code == 422
    assert ani.get("/langganan/tambah?desa=9999999999").status_code == 404
    assert ani.get(f"/langganan/periksa/{uuid4()}").status_code == 404


def test_hundreds_of_tokens_fit_into_one_paste(app: Flask, ani: Visitor, villages: None) -> None:
    long = make_token(FIRST, ends_in(9), masa={"mulai": "2020-01-01"}, isi="x" * 900)
    answer = paste(ani, "\n".join([long] * 850))
    assert len(long) * 850 > 1_000_000 and answer.status_code == 303
    page = ani.get(answer.location).text
    assert "Semua 850 baris benar" in page and "1–50 dari" in page


def test_no_answer_cookie_address_or_log_ever_holds_a_token(
    app: Flask,
    ani: Visitor,
    villages: None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    listening = ExitStack()
    entries = listening.enter_context(capture_logs())
    tokens = [make(FIRST, 50), make(SECOND, 60), make(THIRD, 70)]
    broken = tokens[0][:-40] + "!" + "q" * 39
    seen = [paste(ani, "\n".join([*tokens, broken, f"{FIRST};{tokens[1]}"]))]
    place = seen[0].location
    seen += [ani.get(place + tail) for tail in ("", "?hasil=salah", "?hasil=baru")]
    seen += [ani.post(f"{place}/simpan", follow_redirects=True)]
    ani.get("/langganan/tambah")
    seen += [ani.post("/langganan/tambah", {"token": tokens[0], "check_id": "odd"})]
    ani.get("/langganan/tambah")
    sheet = {"check_id": str(uuid4()), "berkas": (BytesIO(tokens[0].encode()), "a.png")}
    seen += [ani.post("/langganan/berkas", sheet), ani.post("/langganan/tambah", {"token": broken})]
    addresses = ("/", "/langganan", "/langganan/tambah", f"/desa/{FIRST}", "/riwayat")
    seen += [ani.get(path) for path in addresses]
    assert [answer.status_code for answer in seen] == [303, 200, 200, 200, 200, 422, 303, 422] + [
        200
    ] * len(addresses)
    listening.close()
    logged = caplog.text + "".join(capfd.readouterr()) + repr(entries)
    assert "page_refused" in {entry["event"] for entry in entries}
    told = "".join(answer.text + str(answer.headers) for answer in seen) + logged
    cookies = [each.value for each in ani.client._cookies.values()]
    assert ends(app).keys() == {FIRST, SECOND}
    for token in (*tokens, broken):
        for piece in token.split("."):
            assert len(piece) < 30 or piece not in told
            assert all(piece not in cookie for cookie in cookies)
    with app.app_context():
        assert token_for(FIRST) == Secret(tokens[0])


def test_the_list_of_850_villages_is_paged_searched_and_filtered(app: Flask, ani: Visitor) -> None:
    everywhere = [
        v
        for code in ("7305", "7306", "7301", "7304", "7308", "7317", "7309")
        for v in villages_of_regency(code)
    ][:850]
    assert len(everywhere) == 850
    with app.app_context(), transaction() as session:
        session.add_all(fleet_rows.make_village(v.code, v.name) for v in everywhere)
        session.flush()
        spans = (400, 30, 14, 7, 0, -1)
        session.add_all(
            Subscription(
                village_code=village.code,
                ends_on=today() + timedelta(spans[at % 6]),
                fingerprint=f"{at:012d}",
                added_by="ani",
            )
            for at, village in enumerate(everywhere[:600])
        )
    page = ani.get("/langganan").text
    assert "1–25 dari" in page and "<strong>850</strong>" in page
    assert "826–850 dari" in ani.get("/langganan?hal=99999").text
    expected = {"berlaku": 500, "segera": 400, "segera-14": 300, "segera-7": 200}
    for state, count in (expected | {"berakhir": 100, "belum": 250, "kirim": 0}).items():
        text = ani.get(f"/langganan?keadaan={state}").text
        assert (f"<strong>{count}</strong>" in text) if count else ("Tidak ada yang cocok" in text)
    found = ani.get(f"/langganan?cari={everywhere[0].dotted}&urut=-akhir").text
    assert "<strong>1</strong>" in found and everywhere[0].name in found
    assert "Sudah berakhir" in ani.get("/langganan?urut=akhir&keadaan=bukan-keadaan").text


def test_home_counts_what_ends_and_leads_to_those_villages(
    app: Flask, ani: Visitor, villages: None
) -> None:
    assert "berakhir dalam" not in ani.get("/").text
    keep(app, FIRST, 12)
    home = ani.get("/").text
    assert "1 token berakhir dalam 14 hari" in home and "dalam 30 hari" not in home
    keep(app, SECOND, -2)
    home = ani.get("/").text
    assert "1 token langganan sudah berakhir" in home
    for state, name, other in (("segera-14", 0, 1), ("berakhir", 1, 0)):
        assert f"/langganan?keadaan={state}" in home
        table = ani.get(f"/langganan?keadaan={state}").text
        assert f"/desa/{ALL[name].code}" in table and f"/desa/{ALL[other].code}" not in table


def test_a_village_page_says_how_its_subscription_stands(
    app: Flask, ani: Visitor, villages: None
) -> None:
    keep(app, FIRST, 5)
    page = ani.get(f"/desa/{FIRST}").text
    assert "Segera berakhir" in page and "5 hari lagi" in page
    assert "Belum ada token" in ani.get(f"/desa/{SECOND}").text


def test_saving_and_history_speak_indonesian(app: Flask, ani: Visitor, villages: None) -> None:
    place = paste(ani, f"{make(FIRST, 50)}\n{make(SECOND, 60)}").location
    ani.get(place)
    ani.post(f"{place}/simpan")
    page = ani.get("/riwayat").text
    assert page.count("Token langganan disimpan") == 2 and "berlaku sampai" in page
    with app.app_context():
        assert db.session.get(Village, FIRST) is not None


def test_tokens_are_sent_to_one_village_or_to_all_and_the_list_shows_the_work(
    app: Flask, ani: Visitor, budi: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_samples(monkeypatch)
    with app.app_context(), transaction() as session:
        home = family_rows.add_home()
        tax = fleet_rows.add_release("2603.0.0", product="uji_pajak")
        session.add(tax)
        session.flush()
        for at in range(3):
            family_rows.install(family_rows.add_village(at), tax, home.server)
    for code in (FIRST, SECOND, THIRD):
        keep(app, code, 90)
    assert "Kirim token" not in budi.get("/langganan").text
    for path in ("/langganan/kirim", f"/langganan/{FIRST}/kirim"):
        assert budi.post(path).status_code == 403
    assert "Kirim token ke 3 aplikasi" in ani.get("/langganan").text
    assert "Kirim ke 1 aplikasi" in ani.get(f"/desa/{FIRST}").text
    assert ani.post(f"/langganan/{FIRST}/kirim").location == f"/desa/{FIRST}"
    assert pushes(app) == [FIRST]
    assert "Token sedang dikirim ke 1 aplikasi" in ani.get(f"/desa/{FIRST}").text
    ani.get("/langganan")
    answer = ani.post("/langganan/kirim")
    assert answer.location == "/operasi?jenis=token"
    page = ani.get(answer.location).text
    assert "Token sedang dikirim ke 2 aplikasi" in page
    assert all(f"/desa/{code}" in page for code in (FIRST, SECOND, THIRD))
    assert pushes(app) == [FIRST, SECOND, THIRD]
    ani.post("/langganan/kirim")
    assert "Tidak ada yang dikirim" in ani.get("/operasi").text
    assert ani.post("/langganan/9999999999/kirim").status_code == 404


def pushes(app: Flask) -> list[str]:
    with app.app_context():
        rows = db.session.scalars(select(Operation).filter_by(kind=OperationKind.PUSH_TOKEN))
        return [row.instance.scope_code for row in rows]
