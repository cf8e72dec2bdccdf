"""Dasbor SiapPakai: the control plane of a regency's village applications."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from siappakai.config import Settings, load_settings
from siappakai.models import db

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application, wired; no network, Docker or file is touched here."""
    settings = settings or load_settings()
    app = Flask(__name__)
    # The only way in is the edge, through a unix socket: it alone writes these headers.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.config.update(
        SECRET_KEY=settings.session_key.reveal(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        MAX_CONTENT_LENGTH=24 * 1024 * 1024,
    )
    app.extensions["siappakai_settings"] = settings
    db.init_app(app)

    from siappakai.web import register_web

    register_web(app)
    return app
