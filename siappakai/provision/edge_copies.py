"""Think: the edge answers from copies of an instance's public pages while a link to them stands."""

from __future__ import annotations

from typing import Any

from siappakai.provision.edge_chain import is_site, log_field
from siappakai.provision.edge_rows import COPIES_LINK, COPY_PAGE, EdgePaths

Json = dict[str, Any]

COPY_HEADER = "X-Siappakai-Salinan"

# Caddy itself knows the types of pages, styles, scripts and the usual pictures.
_COPY_TYPES = {
    "ico": "image/x-icon",
    "otf": "font/otf",
    "ttf": "font/ttf",
    "woff": "font/woff",
    "woff2": "font/woff2",
}
# A copy is always given whole: what a browser kept before says nothing of it.
_CONDITIONS = (
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Range",
)


def copy_rule(paths: EdgePaths) -> Json:
    """Answer from the copies of an instance's public pages while its link to them stands.

    Never a form, a search or what wasn't copied: these go on to the instance and wait for it. A
    cookie doesn't matter, for every visitor has one; what needs a login is never copied. A copy
    that vanishes between the match and the answer goes on as well, as if it had never been.
    """
    root = f"{paths.instances}/{{http.vars.instance_key}}/{COPIES_LINK}"
    asked = {
        "method": ["GET", "HEAD"],
        "vars": {"{http.request.uri.query}": [""]},
        "file": {
            "root": root,
            "try_files": [f"{{http.request.uri.path}}/{COPY_PAGE}", "{http.request.uri.path}"],
        },
        **is_site(),
    }
    marks = {
        COPY_HEADER: ["ya"],
        "Cache-Control": ["no-store"],
        "X-Content-Type-Options": ["nosniff"],
    }
    handlers = [
        log_field("salinan", f"{{http.response.header.{COPY_HEADER}}}"),
        {"handler": "headers", "request": {"delete": [*_CONDITIONS]}, "response": {"set": marks}},
        {"handler": "subroute", "routes": [_copy_type(*each) for each in _COPY_TYPES.items()]},
        _copy_files(root),
        {"handler": "headers", "response": {"delete": [*marks, "Content-Type"]}},
    ]
    return {"match": [asked], "handle": handlers}


def _copy_type(ending: str, media_type: str) -> Json:
    tell = {"handler": "headers", "response": {"set": {"Content-Type": [media_type]}}}
    return {"match": [{"path": [f"*.{ending}"]}], "handle": [tell]}


def _copy_files(root: str) -> Json:
    return {
        "handler": "file_server",
        "root": root,
        "index_names": [COPY_PAGE],
        "hide": [".*"],
        "canonical_uris": False,
        "pass_thru": True,
    }


def answers_copies(rules: list[Json]) -> bool:
    """Say whether these (running) rules know of copies at all; those of an older panel don't."""
    roots = [match.get("file", {}).get("root", "") for rule in rules for match in _matches(rule)]
    return any(root.endswith(f"/{COPIES_LINK}") for root in roots)


def _matches(rule: Json) -> list[Json]:
    return rule.get("match") or []
