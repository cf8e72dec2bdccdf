"""Pictures of the kit and the sizes made from them, to people who are logged in only."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from siappakai.branding.assets import find_asset, read_asset
from siappakai.branding.icons import DERIVED, derive
from siappakai.errors import NotFound

pages = Blueprint("pictures", __name__)
KEEP_S = 30 * 24 * 3600
# Opened by itself a picture is a document: nothing in it may run, load or reach the panel.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
TYPES = {"png": "image/png", "jpg": "image/jpeg", "ico": "image/vnd.microsoft.icon"}


@pages.get("/wajah/gambar/<sha256>")
def give_picture(sha256: str) -> ResponseReturnValue:
    """The picture itself, by the hash of its content."""
    asset = find_asset(sha256)
    return picture_answer(read_asset(sha256), asset.media_type, sha256)


@pages.get("/wajah/gambar/<sha256>/<name>")
def give_size(sha256: str, name: str) -> ResponseReturnValue:
    """One of the sizes made from it; made now when nobody asked before."""
    find_asset(sha256)
    if name not in DERIVED:
        raise NotFound("Ukuran itu tidak dikenal.")
    content = derive(sha256, name).read_bytes()
    return picture_answer(content, TYPES[name.rpartition(".")[2]], f"{sha256}-{name}")


def picture_answer(content: bytes, media_type: str, tag: str) -> Response:
    """The bytes as just that kind of picture; it may be kept by this browser."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cache-Control"] = f"private, max-age={KEEP_S}, immutable"
    response.set_etag(tag)
    return response.make_conditional(request)
