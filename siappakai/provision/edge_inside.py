"""Think: how an instance without network reaches its own public address, through the edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from siappakai.provision.edge_chain import entrance, hide_software
from siappakai.provision.edge_pages import BUSY, NOT_REGISTERED, answer_page
from siappakai.provision.edge_rows import EdgePaths, EdgeSettings

Json = dict[str, Any]


def inside_routes(settings: EdgeSettings, paths: EdgePaths, domains: Sequence[str]) -> list[Json]:
    """Hand the request of an instance to the sites' own socket, as that of a visitor from here.

    Caddy names every unix connection "@", and the sites trust "@" because only our own second try
    should come that way. So what an instance says about itself is taken away first, and this
    server, which is not the sites', trusts nobody. The panel is no site: from inside it can't be
    reached.
    """
    reach = {"match": [{"host": list(domains)}], "handle": [_hand_over(paths)], "terminal": True}
    strip = entrance(settings)[0]["handle"]  # the same as from a visitor, but from everybody
    return [
        {"handle": [*strip, hide_software()]},
        *([reach] if domains else []),
        {"handle": [answer_page(421, NOT_REGISTERED)]},
    ]


def inside_error_routes() -> list[Json]:
    return [{"handle": [answer_page(503, BUSY)]}]


def _hand_over(paths: EdgePaths) -> Json:
    told = {
        "Host": ["{http.request.hostport}"],
        "X-Forwarded-For": ["127.0.0.1"],
        "X-Forwarded-Host": ["{http.request.hostport}"],
        "X-Forwarded-Proto": ["https"],
    }
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"unix/{paths.again_socket}"}],
        "transport": {
            "protocol": "http",
            "versions": ["1.1"],
            "keep_alive": {"enabled": False},
            "tls": {"server_name": "{http.request.host}", "insecure_skip_verify": True},
        },
        "headers": {"request": {"set": told}},
    }
