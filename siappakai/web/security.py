"""Headers, form tokens and who may do what, for every page at once."""

from __future__ import annotations

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from siappakai.web.errors import for_admins
from siappakai.web.htmx import is_htmx, send_to

POLICY = "; ".join(
    (
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'"),
        *("connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
OPEN_TO_ALL = frozenset({"static", "auth.show_login", "auth.log_in", "alive.show_alive"})
ALWAYS_ALLOWED = OPEN_TO_ALL | {"auth.log_out", "password.show_form", "password.change"}
READING = frozenset({"GET", "HEAD", "OPTIONS"})
form_tokens = CSRFProtect()


def prepare(app: Flask) -> None:
    """Attach form tokens, the gate before every page and the headers after it."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session itself
    form_tokens.init_app(app)
    app.before_request(guard_page)
    app.after_request(add_headers)


def guard_page() -> ResponseReturnValue | None:
    """Only known people pass; a viewer only reads; a first password is changed first."""
    if request.endpoint is None or request.endpoint in OPEN_TO_ALL:
        return None
    if not current_user.is_authenticated:
        return _ask_log_in()
    if request.endpoint in ALWAYS_ALLOWED:
        return None
    if current_user.must_change_password:
        return send_to(url_for("password.show_form"))
    if request.method not in READING:
        for_admins()
    return None


def add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _ask_log_in() -> ResponseReturnValue:
    if is_htmx():
        return send_to(url_for("auth.show_login"))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.show_login", lanjut=wanted if wanted != "/" else None))
