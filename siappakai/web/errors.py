"""The one table from errors to pages: what happened, what to do next, in Indonesian."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from siappakai.errors import SiapPakaiError
from siappakai.log import get_logger
from siappakai.models import db
from siappakai.web.htmx import is_htmx

log = get_logger("web")


class NotAllowed(SiapPakaiError):
    """The person is known and may not do this."""

    http_status = 403


def for_admins() -> None:
    """NotAllowed for a person who only looks; for pages that ask before something is done."""
    if not current_user.may_change_things:
        raise NotAllowed(
            "Akun Anda hanya dapat melihat.", hint="Minta seorang admin melakukan tindakan ini."
        )


PAGES: dict[int, tuple[str, str]] = {
    400: ("Permintaan tidak dapat dibaca.", "Muat ulang halaman, lalu coba sekali lagi."),
    403: ("Anda tidak boleh membuka ini.", "Minta seorang admin bila Anda memerlukannya."),
    404: ("Halaman tidak ditemukan.", "Periksa alamatnya, atau kembali ke Beranda."),
    405: ("Tindakan ini tidak dikenal.", "Kembali ke Beranda dan mulai dari sana."),
    413: (
        "Berkas terlalu besar.",
        "Paling besar 24 MB. Hapus gambar dan lembar yang tidak perlu, lalu unggah lagi.",
    ),
    500: (
        "Terjadi kesalahan di sisi kami.",
        "Coba sekali lagi. Bila terulang, catat waktunya dan lihat log panel.",
    ),
    503: ("Bagian yang diperlukan sedang tidak menjawab.", "Tunggu sebentar, lalu coba lagi."),
}
EXPIRED = ("Formulir ini sudah kedaluwarsa.", "Muat ulang halaman, lalu kirim sekali lagi.")


def prepare(app: Flask) -> None:
    """Attach the table."""
    app.register_error_handler(SiapPakaiError, show_expected)
    app.register_error_handler(CSRFError, lambda _error: answer(400, *EXPIRED))
    app.register_error_handler(OperationalError, show_database_trouble)
    app.register_error_handler(HTTPException, show_http)


def show_expected(error: SiapPakaiError) -> Response:
    """An error of ours: its own words, its own status."""
    db.session.rollback()
    log.info("page_refused", path=request.path, status=error.http_status, reason=error.message)
    return answer(error.http_status, error.message, error.hint, error.log_tail)


def show_http(error: HTTPException) -> Response:
    """Any HTTP error, and (as 500) whatever nobody expected; Flask has logged that one."""
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    return answer(status, *PAGES.get(status, PAGES[500 if status >= 500 else 400]))


def show_database_trouble(error: OperationalError) -> Response:
    """The control database is locked, full or away."""
    db.session.rollback()
    log.error("database_trouble", path=request.path, reason=str(error.orig))
    return answer(
        503,
        "Basis data panel sedang tidak dapat dipakai.",
        "Tunggu sebentar, lalu coba lagi. Bila terulang, periksa ruang disk server panel.",
    )


def answer(status: int, message: str, hint: str = "", log_tail: str = "") -> Response:
    """A whole page, or for htmx a fragment that goes to the page's message area."""
    words = {"status": status, "message": message, "hint": hint, "log_tail": log_tail}
    if not is_htmx():
        return make_response(render_template("pages/error.html", **words), status)
    response = make_response(render_template("components/error_notice.html", **words), status)
    response.headers.update(
        {"HX-Retarget": "#pesan", "HX-Reswap": "innerHTML", "HX-Reselect": "#galat"}
    )
    response.headers["HX-Push-Url"] = "false"
    return response
