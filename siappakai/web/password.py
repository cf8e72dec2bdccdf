"""Changing one's own password; forced after a password someone else gave."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.models import User, append_event, db, transaction
from siappakai.secret import Secret
from siappakai.web.auth import start_session

pages = Blueprint("password", __name__)
SHORTEST = 12


@pages.get("/sandi")
def show_form() -> ResponseReturnValue:
    return render_template("pages/password.html", problems={})


@pages.post("/sandi")
def change() -> ResponseReturnValue:
    old, new = (Secret(request.form.get(name, "")) for name in ("old", "new"))
    problems = password_problems(current_user.username, new, request.form.get("again", ""))
    if not current_user.check_password(old):
        problems["old"] = "Kata sandi lama tidak cocok."
    elif old == new:
        problems["new"] = "Kata sandi baru harus berbeda dari yang lama."
    if problems:
        return render_template("pages/password.html", problems=problems), 422
    start_session(_keep(current_user.id, new))
    flash("Kata sandi sudah diganti. Sesi Anda di peramban lain berakhir.", "success")
    return redirect(url_for("home.show_home"), code=303)


def password_problems(username: str, new: Secret, again: str) -> dict[str, str]:
    """What is wrong with a new password, by form field; empty when it is good."""
    problems = {}
    if len(new.reveal()) < SHORTEST:
        problems["new"] = f"Paling sedikit {SHORTEST} huruf, angka, atau tanda."
    elif username.lower() == new.reveal().lower():
        problems["new"] = "Kata sandi tidak boleh sama dengan nama pengguna."
    if new != Secret(again):
        problems["again"] = "Tidak sama dengan kata sandi baru di atas."
    return problems


def _keep(user_id: int, new: Secret) -> User:
    with transaction():
        user = db.session.get_one(User, user_id)
        user.set_password(new)
        user.must_change_password = False
        append_event("password_changed", f"user:{user.id}", by=user.username)
    return user
