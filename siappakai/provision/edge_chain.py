"""Think: what happens to a request at the edge, in order, and what happens when it goes wrong."""

from __future__ import annotations

from typing import Any

from siappakai.provision.edge_pages import (
    BROKEN,
    BUSY,
    NOT_FOUND,
    UNSENT,
    UNSURE,
    Page,
    answer_page,
    too_large,
)
from siappakai.provision.edge_rows import MIB, EdgePaths, EdgeSettings, PanelRoute, Route

Json = dict[str, Any]

SECOND = 1_000_000_000  # Caddy writes durations in nanoseconds
MILLISECOND = 1_000_000
HOP_HEADER = "X-Siappakai-Hop"
MOST_HOPS = 20

_AWAY = "{http.error.status_code} in [502, 503, 504]"
_IS_FORM = "!({http.request.method} in ['GET', 'HEAD'])"
_UNREACHED = "{http.error.message}.startsWith('dial unix ')"  # no application saw the request

# What a client may not tell an application about itself; `Proxy` is httpoxy.
_SPOOFABLE = (
    "Client-Ip",
    "Cf-Connecting-Ip",
    "Forwarded",
    "Front-End-Https",
    "Proxy",
    "True-Client-Ip",
    "X-Client-Ip",
    "X-Cluster-Client-Ip",
    "X-Forwarded",
    "X-Forwarded-Prefix",
    "X-Forwarded-Scheme",
    "X-Forwarded-Ssl",
    "X-Http-Method-Override",
    "X-Original-Url",
    "X-Rewrite-Url",
    "X-Url-Scheme",
)
# text/event-stream is left out: a compressed stream would be held back.
_COMPRESSED = (
    "application/geo+json*",
    "application/javascript*",
    "application/json*",
    "application/manifest+json*",
    "application/xml*",
    "font/ttf*",
    "image/svg+xml*",
    "text/css*",
    "text/csv*",
    "text/html*",
    "text/javascript*",
    "text/plain*",
    "text/xml*",
)


def entrance(settings: EdgeSettings) -> list[Json]:
    """Drop what a client says about itself, unless it is our own second try (its remote is @)."""
    from_outside = {"not": [{"vars": {"{http.request.remote}": ["@"]}}]}
    strip = {"handler": "headers", "request": {"delete": [HOP_HEADER, *_SPOOFABLE]}}
    return [
        {"match": [from_outside], "handle": [strip]},
        {"handle": [log_variable("village_code"), log_variable("instance_key")]},
        {"handle": [hide_software(settings.hsts_s), _body_limit(settings), _compression()]},
    ]


def log_variable(variable: str) -> Json:
    return log_field(variable, f"{{http.vars.{variable}}}")


def log_field(key: str, value: str) -> Json:
    return {"handler": "log_append", "key": key, "value": value}


def panel_rule(settings: EdgeSettings, panel: PanelRoute) -> Json:
    handlers = [
        {"handler": "vars", "kind": "panel", "access_logger_names": ["panel"]},
        _proxy(settings, f"unix/{panel.socket_path}"),
    ]
    return {"match": [{"host": [panel.domain]}], "handle": handlers, "terminal": True}


def site_rule(route: Route) -> Json:
    """Remember which instance is meant; the chain behind is the same for all of them."""
    match: Json = {"host": [route.domain]}
    if route.path_prefix != "/":
        match["path"] = [route.path_prefix, f"{route.path_prefix}/*"]
    remember = {
        "handler": "vars",
        "kind": route.kind,
        "instance_key": route.instance_key,
        "village_code": route.village_code,
    }
    return {"group": "site", "match": [match], "handle": [remember]}


def hidden_paths() -> Json:
    own_paths = {"path_regexp": {"pattern": r"(?i)/\.siappakai(/|$)"}}
    return {"match": [own_paths], "handle": [answer_page(404, NOT_FOUND)], "terminal": True}


def site_chain(settings: EdgeSettings, paths: EdgePaths) -> Json:
    """Wait for the instance's `current` link, then hand the request over."""
    current = f"unix/{paths.instances}/{{http.vars.instance_key}}/current"
    waiting = {
        "try_duration": settings.hold_s * SECOND,
        "try_interval": settings.try_interval_ms * MILLISECOND,
    }
    handlers = [
        _proxy(settings, current) | {"load_balancing": waiting},
    ]
    return {"match": [is_site()], "handle": handlers, "terminal": True}


def is_site() -> Json:
    return {"not": [{"vars": {"instance_key": [""]}}]}


def _proxy(settings: EdgeSettings, dial: str) -> Json:
    told = {
        "X-Real-Ip": ["{http.vars.client_ip}"],
        "X-Forwarded-Port": [str(settings.https_port)],
    }
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": dial}],
        "transport": {"protocol": "http", "keep_alive": {"enabled": False}},
        "headers": {
            "request": {"set": told, "delete": [HOP_HEADER]},
            "response": {"delete": ["Server", "X-Powered-By"]},
        },
    }


def hide_software(hsts_s: int = 0) -> Json:
    response: Json = {"deferred": True, "delete": ["Server", "X-Powered-By"]}
    if hsts_s:
        response["set"] = {"Strict-Transport-Security": [f"max-age={hsts_s}"]}
    return {"handler": "headers", "response": response}


def _body_limit(settings: EdgeSettings) -> Json:
    return {"handler": "request_body", "max_size": settings.max_body_bytes}


def _compression() -> Json:
    return {
        "handler": "encode",
        "encodings": {"gzip": {}, "zstd": {}},
        "prefer": ["zstd", "gzip"],
        "minimum_length": 512,
        "match": {"headers": {"Content-Type": list(_COMPRESSED)}},
    }


def error_routes(settings: EdgeSettings, paths: EdgePaths) -> list[Json]:
    """Return what answers when no application did: a second try, else a page."""
    large = too_large(settings.max_body_bytes // MIB)
    return [
        {"handle": [hide_software(settings.hsts_s)]},
        _second_try(settings, paths),
        _error_page("{http.error.status_code} == 413", 413, large),
        _error_page(f"{_AWAY} && {_IS_FORM} && {_UNREACHED}", 503, UNSENT),
        _error_page(f"{_AWAY} && {_IS_FORM}", 503, UNSURE),
        _error_page(_AWAY, 503, BUSY),
        _error_page("{http.error.status_code} >= 500", 500, BROKEN),
        _error_page("{http.error.status_code} >= 400", 400, NOT_FOUND),
    ]


def _error_page(test: str, status: int, page: Page) -> Json:
    match = {"expression": test}
    return {"match": [match], "handle": [answer_page(status, page)], "terminal": True}


def _second_try(settings: EdgeSettings, paths: EdgePaths) -> Json:
    """Carry a held request over to the next configuration.

    When Caddy loads a new configuration it ends the waiting of the old one's handlers at once.
    Such a request never reached an application (its error is a dial error and it is younger than
    the hold), so it is safe to give it, body and all, to our own socket, which the new
    configuration answers. The hop header counts, so that this can't go on for ever.
    """
    ended_early = " && ".join(
        (
            "{http.error.status_code} == 502",
            _UNREACHED,
            "{http.vars.kind} != 'panel'",
            f"{{http.request.duration_ms}} < {(settings.hold_s - 1) * 1000}.0",
            f"size({{http.request.header.{HOP_HEADER}}}) < {MOST_HOPS}",
        )
    )
    told = {
        "Host": ["{http.request.hostport}"],  # over TLS Caddy would put the socket's name there
        HOP_HEADER: [f"{{http.request.header.{HOP_HEADER}}}i"],
    }
    to_ourselves = {
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
    return {
        "match": [{"expression": ended_early}],
        "handle": [{"handler": "vars", "log_skip": True}, to_ourselves],
        "terminal": True,
    }
