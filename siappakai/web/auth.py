"""Logging in and out: the same answer and the same time for every wrong try."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import select

from siappakai.models import User, append_event, db, transaction, utc_now
from siappakai.models.user import spend_time_of_a_check
from siappakai.secret import Secret

pages = Blueprint("auth", __name__)
FREE_TRIES = 5
FIRST_LOCK_S = 30
LONGEST_LOCK_S = 3600
WRONG = "Nama pengguna atau kata sandi salah."


def prepare(app: Flask) -> None:
    """Attach the log-in; a session ends when its person's password changes."""
    manager = LoginManager()
    manager.session_protection = None  # our own stamp is checked on every request
    manager.user_loader(load_user)
    manager.init_app(app)


def load_user(user_id: str) -> User | None:
    """The person of a session, unless the password was changed since."""
    user = db.session.get(User, int(user_id)) if user_id.isdigit() else None
    return user if user and session.get("cap") == password_stamp(user) else None


def password_stamp(user: User) -> str:
    """Tells one password from the next without telling the password."""
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]


@pages.get("/masuk")
def show_login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("home.show_home"))
    return render_template("pages/login.html", wanted=own_path(request.args.get("lanjut", "")))


@pages.post("/masuk")
def log_in() -> ResponseReturnValue:
    username = request.form.get("username", "").strip()
    user = prove_person(username, Secret(request.form.get("password", "")))
    wanted = own_path(request.form.get("lanjut", ""))
    if user is None:
        page = render_template("pages/login.html", wanted=wanted, username=username, wrong=WRONG)
        return page, 401
    start_session(user)
    return redirect(wanted or url_for("home.show_home"), code=303)


@pages.post("/keluar")
def log_out() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect(url_for("auth.show_login"), code=303)


def prove_person(username: str, password: Secret) -> User | None:
    """The person whose password this is; None when wrong, unknown or locked out.

    Argon2 runs outside the transaction and in every case, so the answer's time tells nothing.
    """
    user = db.session.scalar(select(User).filter_by(username=username[:64]))
    if user is None:
        spend_time_of_a_check(password)
        return None
    is_right = user.check_password(password)
    user_id = user.id
    with transaction():
        return _count_try(user_id, is_right)


def _count_try(user_id: int, is_right: bool) -> User | None:
    """Count one try; a right password during a lock-out counts for nothing."""
    user = db.session.get_one(User, user_id, populate_existing=True)
    now = utc_now()
    if user.locked_until_at and user.locked_until_at > now:
        return None
    if is_right:
        user.failed_logins, user.locked_until_at, user.last_login_at = 0, None, now
        append_event("login", f"user:{user.id}", by=user.username)
        return user
    user.failed_logins += 1
    if user.failed_logins >= FREE_TRIES:
        user.locked_until_at = now + timedelta(seconds=lock_s(user.failed_logins))
        append_event("login_locked", f"user:{user.id}", by=user.username, tries=user.failed_logins)
    return None


def lock_s(failed_logins: int) -> int:
    """How long the next try must wait: 30 s after the fifth, doubling up to an hour."""
    return min(FIRST_LOCK_S * 2 ** min(failed_logins - FREE_TRIES, 10), LONGEST_LOCK_S)


def start_session(user: User) -> None:
    """A session that holds nothing of the one before."""
    session.clear()
    session.permanent = True
    session["cap"] = password_stamp(user)
    login_user(user)


def own_path(address: str) -> str:
    """The address if it is a path of this panel, else nothing."""
    parts = urlsplit(address)
    outside = parts.scheme or parts.netloc or "\\" in address or not address.startswith("/")
    return "" if outside or address.startswith("//") else address
