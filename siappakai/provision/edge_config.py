"""Think: rows of routes become one Caddy configuration; equal rows give equal JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from siappakai.provision.edge_chain import (
    SECOND,
    entrance,
    error_routes,
    hidden_paths,
    hide_software,
    panel_rule,
    site_chain,
    site_rule,
)
from siappakai.provision.edge_copies import answers_copies, copy_rule
from siappakai.provision.edge_inside import inside_error_routes, inside_routes
from siappakai.provision.edge_pages import NOT_REGISTERED, answer_page
from siappakai.provision.edge_rows import EdgePaths, EdgeSettings, PanelRoute, Route, check_rows

__all__ = [
    "STAMP",
    "EdgePaths",
    "EdgeSettings",
    "PanelRoute",
    "Route",
    "config_sha256",
    "make_config",
    "make_empty_config",
    "serves",
]

Json = dict[str, Any]

STAMP = "@id"  # Caddy keeps this member and ignores it: our place for the checksum
LOCAL_CA = "local"
REDIRECT_SERVER = "redirect"
SITES_SERVER = "sites"
INSIDE_SERVER = "inside"
ACCESS_LOGS = (SITES_SERVER, "panel")


def make_config(
    settings: EdgeSettings,
    paths: EdgePaths,
    routes: Iterable[Route],
    panel: PanelRoute | None,
) -> Json:
    """Return Caddy's configuration for these rows; their order does not matter.

    Raises InvalidInput, naming every wrong row, before anything reaches Caddy.
    """
    ordered = sorted(set(routes), key=_longest_path_first)
    check_rows(ordered, panel)
    domains = sorted({route.domain for route in ordered} | ({panel.domain} if panel else set()))
    return {
        "admin": {"listen": f"unix/{paths.admin_socket}|{settings.admin_socket_mode}"},
        "storage": {"module": "file_system", "root": paths.storage},
        "logging": {"logs": _logs(settings, paths)},
        "apps": {
            "http": _http(settings, paths, ordered, panel, domains),
            "tls": _tls(settings, domains),
            "pki": {"certificate_authorities": {LOCAL_CA: _local_authority()}},
        },
    }


def make_empty_config(settings: EdgeSettings, paths: EdgePaths) -> Json:
    """Return what an edge starts with before it knows any row."""
    return make_config(settings, paths, (), None)


def config_sha256(config: Json) -> str:
    """Return the checksum of a configuration, whether it carries its stamp or not."""
    bare = {name: value for name, value in config.items() if name != STAMP}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def serves(config: Json, routes: Iterable[Route]) -> bool:
    """Say whether a (running) configuration already leads all these routes to their instances.

    One that an older panel built and that knows no copies doesn't count: it must be replaced.
    """
    try:
        rules = config["apps"]["http"]["servers"][SITES_SERVER]["routes"]
    except (KeyError, TypeError):
        return False
    return answers_copies(rules) and all(site_rule(route) in rules for route in routes)


def _longest_path_first(route: Route) -> tuple[str, int, str, str]:
    return (route.domain, -len(route.path_prefix), route.path_prefix, route.instance_key)


# --- who listens


def _http(
    settings: EdgeSettings,
    paths: EdgePaths,
    routes: Sequence[Route],
    panel: PanelRoute | None,
    domains: Sequence[str],
) -> Json:
    servers = {
        REDIRECT_SERVER: _redirect_server(settings, domains),
        SITES_SERVER: _sites_server(settings, paths, routes, panel),
    }
    if paths.inside:
        servers[INSIDE_SERVER] = _inside_server(settings, paths, routes)
    return {
        "http_port": settings.http_port,
        "https_port": settings.https_port,
        "grace_period": settings.request_s * SECOND,
        "servers": servers,
    }


def _server(settings: EdgeSettings, listen: list[str]) -> Json:
    return {
        "listen": listen,
        "protocols": ["h1", "h2"],
        "read_header_timeout": 10 * SECOND,
        "read_timeout": settings.request_s * SECOND,
        "write_timeout": settings.request_s * SECOND,
        "idle_timeout": 120 * SECOND,
        "max_header_bytes": 64 * 1024,
        "automatic_https": {"disable_redirects": True},
    }


def _redirect_server(settings: EdgeSettings, domains: Sequence[str]) -> Json:
    port = "" if settings.https_port == 443 else f":{settings.https_port}"
    address = f"https://{{http.request.host}}{port}{{http.request.uri}}"
    redirect = {
        "handler": "static_response",
        "status_code": 308,
        "headers": {"Location": [address]},
    }
    return _server(settings, [f"{settings.listen_address}:{settings.http_port}"]) | {
        "routes": [
            {"handle": [hide_software()]},
            *([{"match": [{"host": list(domains)}], "handle": [redirect]}] if domains else []),
            {"handle": [answer_page(404, NOT_REGISTERED)]},
        ],
    }


def _sites_server(
    settings: EdgeSettings,
    paths: EdgePaths,
    routes: Sequence[Route],
    panel: PanelRoute | None,
) -> Json:
    listen = [
        f"{settings.listen_address}:{settings.https_port}",
        f"unix/{paths.again_socket}|0600",
    ]
    return _server(settings, listen) | {
        "trusted_proxies_unix": True,
        "tls_connection_policies": [{}],
        "logs": {"default_logger_name": SITES_SERVER},
        "routes": [
            *entrance(settings),
            *([panel_rule(settings, panel)] if panel else []),
            *[site_rule(route) for route in routes],
            hidden_paths(),
            copy_rule(paths),
            site_chain(settings, paths),
            {"handle": [answer_page(421, NOT_REGISTERED)]},
        ],
        "errors": {"routes": error_routes(settings, paths)},
    }


def _inside_server(settings: EdgeSettings, paths: EdgePaths, routes: Sequence[Route]) -> Json:
    domains = sorted({route.domain for route in routes})
    return _server(settings, [f"unix/{paths.inside_socket}|0666"]) | {
        "tls_connection_policies": [{}],
        "routes": inside_routes(settings, paths, domains),
        "errors": {"routes": inside_error_routes()},
    }


# --- what is written down


def _logs(settings: EdgeSettings, paths: EdgePaths) -> Json:
    """One access log for all sites, each line with its village's code.

    A logger per village was measured: every request asks every logger, 8 ms more CPU at 852.
    """
    return {
        "default": {
            "level": "INFO",
            "encoder": _encoder(),
            "writer": _log_file(settings, paths, "edge"),
            "exclude": [f"http.log.access.{name}" for name in ACCESS_LOGS],
        }
    } | {name: _access_log(settings, paths, name) for name in ACCESS_LOGS}


def _access_log(settings: EdgeSettings, paths: EdgePaths, name: str) -> Json:
    return {
        "include": [f"http.log.access.{name}"],
        "encoder": _encoder(),
        "writer": _log_file(settings, paths, name),
    }


def _log_file(settings: EdgeSettings, paths: EdgePaths, name: str) -> Json:
    return {
        "output": "file",
        "filename": f"{paths.logs}/{name}.log",
        "mode": "0640",
        "roll_size_mb": settings.log_size_mib,
        "roll_keep": settings.log_keep,
        "roll_keep_days": settings.log_keep_days,
    }


def _encoder() -> Json:
    """Leave out query strings and headers: they carry tokens, citizens' numbers and searches."""
    dropped = ("request>headers", "request>tls", "resp_headers")
    return {
        "format": "filter",
        "wrap": {"format": "json", "time_format": "rfc3339"},
        "fields": {name: {"filter": "delete"} for name in dropped}
        | {"request>uri": {"filter": "regexp", "regexp": r"\?.*$", "value": "?…"}},
    }


# --- certificates


def _tls(settings: EdgeSettings, domains: Sequence[str]) -> Json:
    """One policy whose subjects are our domains: made at the first visit, refused for any other."""
    if not domains:
        return {"automation": {"policies": []}}
    policy = {"subjects": list(domains), "on_demand": True, "issuers": [_issuer(settings)]}
    return {"automation": {"policies": [policy]}}


def _issuer(settings: EdgeSettings) -> Json:
    if settings.certificate == "internal":
        return {"module": "internal", "ca": LOCAL_CA, "lifetime": 30 * 24 * 3600 * SECOND}
    asked = {
        "module": "acme",
        "ca": settings.acme_directory_url,
        "email": settings.acme_email,
        "trusted_roots_pem_files": [settings.acme_ca_root_file],
    }
    return {name: value for name, value in asked.items() if value not in ("", [""])}


def _local_authority() -> Json:
    return {
        "name": "SiapPakai",
        "root_common_name": "SiapPakai - CA lokal",
        "intermediate_common_name": "SiapPakai - CA antara",
        "intermediate_lifetime": 365 * 24 * 3600 * SECOND,
        "install_trust": False,
    }
