"""What differs when htmx asks instead of the browser itself."""

from __future__ import annotations

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue


def is_htmx() -> bool:
    """Was this request sent by htmx for a part of a page?"""
    return request.headers.get("HX-Request") == "true"


def send_to(address: str) -> ResponseReturnValue:
    """A redirect of the whole page, whoever asked."""
    if is_htmx():
        return Response(status=200, headers={"HX-Redirect": address})
    return redirect(address, code=303)
