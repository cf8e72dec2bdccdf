"""Who gets in, who is kept out, and for how long."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from siappakai.models import Event, User, db, transaction, utc_now
from siappakai.web.auth import LONGEST_LOCK_S, lock_s
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import Visitor


def person(name: str) -> User:
    return db.session.scalars(select(User).filter_by(username=name)).one()


def test_a_page_asks_a_stranger_to_log_in_and_then_leads_there(visitor: Visitor) -> None:
    answer = visitor.get("/rilis?hal=1")
    assert answer.status_code == 302
    assert answer.location == "/masuk?lanjut=/rilis?hal%3D1"
    visitor.get(answer.location)
    data = {"username": "ani", "password": fleet_rows.PASSWORD, "lanjut": "/rilis"}
    assert visitor.post("/masuk", data).location == "/rilis"


def test_log_in_never_leads_outside_the_panel(visitor: Visitor) -> None:
    for outside in ("https://jahat.test/", "//jahat.test/", "/\\jahat.test", "javascript:1"):
        visitor.get("/masuk")
        data = {"username": "ani", "password": fleet_rows.PASSWORD, "lanjut": outside}
        assert visitor.post("/masuk", data).location == "/"
        visitor.get("/", follow_redirects=True)
        visitor.post("/keluar")


def test_wrong_password_and_unknown_name_are_answered_alike(visitor: Visitor) -> None:
    known = visitor.log_in("ani", "salah-sekali-ini")
    unknown = visitor.log_in("tidak-ada", "salah-sekali-ini")
    assert known.status_code == unknown.status_code == 401

    def body(answer: object) -> str:
        return answer.text.split("<form")[1].split('id="username"')[0].split("csrf_token")[0]

    assert body(known) == body(unknown)


def test_five_wrong_tries_lock_the_account_even_for_the_right_password(
    app: Flask, visitor: Visitor
) -> None:
    for _ in range(5):
        visitor.log_in("ani", "salah-sekali-ini")
    assert visitor.log_in("ani").status_code == 401
    with app.app_context():
        assert person("ani").failed_logins == 5
        assert db.session.scalars(select(Event.word)).all() == ["login_locked"]


def test_a_lock_ends_and_the_right_password_forgets_the_wrong_tries(
    app: Flask, visitor: Visitor
) -> None:
    for _ in range(5):
        visitor.log_in("ani", "salah-sekali-ini")
    with app.app_context(), transaction():
        person("ani").locked_until_at = utc_now() - timedelta(seconds=1)
    assert visitor.log_in("ani").status_code == 303
    with app.app_context():
        assert (person("ani").failed_logins, person("ani").locked_until_at) == (0, None)


def test_each_further_wrong_try_locks_longer_up_to_an_hour() -> None:
    waits = [lock_s(tries) for tries in range(5, 40)]
    assert waits[:4] == [30, 60, 120, 240]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_LOCK_S == 3600


def test_log_in_starts_a_session_that_holds_nothing_of_the_one_before(visitor: Visitor) -> None:
    visitor.get("/masuk")
    with visitor.client.session_transaction() as session:
        session["titipan"] = "orang lain"
        before = session["csrf_token"]
    visitor.log_in("ani")
    with visitor.client.session_transaction() as session:
        assert "titipan" not in session
        assert session.get("csrf_token") != before


def test_log_out_needs_a_post_and_ends_the_session(ani: Visitor) -> None:
    assert ani.get("/keluar").status_code == 405
    assert ani.post("/keluar").location == "/masuk"
    assert ani.get("/").status_code == 302


def test_a_form_without_its_token_changes_nothing(ani: Visitor) -> None:
    answer = ani.client.post("/keluar")
    assert answer.status_code == 400
    assert "kedaluwarsa" in answer.text
    assert ani.get("/").status_code == 200


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(app: Flask) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    cookie = app.test_client().get("/masuk").headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=Lax"))


def test_a_given_password_must_be_changed_before_anything_else(visitor: Visitor) -> None:
    visitor.log_in("citra")
    for path in ("/", "/desa", "/unggah", "/riwayat"):
        assert visitor.get(path).location == "/sandi"
    visitor.get("/sandi")
    data = {"old": fleet_rows.PASSWORD, "new": "payung biru tua", "again": "payung biru tua"}
    assert visitor.post("/sandi", data).location == "/"
    assert visitor.get("/desa").status_code == 200


def test_a_bad_new_password_is_refused_with_its_reason(ani: Visitor) -> None:
    ani.get("/sandi")
    right = {"old": fleet_rows.PASSWORD, "new": "payung biru tua", "again": "payung biru tua"}
    for wrong, reason in (
        ({"new": "pendek", "again": "pendek"}, "Paling sedikit 12"),
        ({"again": "payung biru muda"}, "Tidak sama"),
        ({"old": "bukan ini sama sekali"}, "tidak cocok"),
        ({"new": fleet_rows.PASSWORD, "again": fleet_rows.PASSWORD}, "harus berbeda"),
    ):
        answer = ani.post("/sandi", right | wrong)
        assert answer.status_code == 422
        assert reason in answer.text


def test_changing_the_password_ends_that_persons_other_sessions(app: Flask, ani: Visitor) -> None:
    other = Visitor(app)
    other.log_in("ani")
    ani.get("/sandi")
    ani.post(
        "/sandi",
        {"old": fleet_rows.PASSWORD, "new": "payung biru tua", "again": "payung biru tua"},
    )
    assert ani.get("/").status_code == 200
    assert other.get("/").status_code == 302
