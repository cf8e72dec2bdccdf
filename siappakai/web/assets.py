"""Static files: addresses that change with the content, so that browsers keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

KEEP_S = 365 * 24 * 3600


def prepare(app: Flask) -> None:
    """Give templates `asset(name)` and let versioned files be kept."""
    app.add_template_global(asset_url, "asset")
    app.after_request(_let_browsers_keep)


def asset_url(name: str) -> str:
    """The address of a static file with the beginning of its SHA-256."""
    return url_for("static", filename=name, v=_version(str(current_app.static_folder), name))


@cache
def _version(folder: str, name: str) -> str:
    return hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()[:12]


def _let_browsers_keep(response: Response) -> Response:
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={KEEP_S}, immutable"
    return response
