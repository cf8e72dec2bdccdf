"""Plants a marker in every village of a combined database and looks for it on everybody's pages."""

from __future__ import annotations

from typing import Any

import docker
from sqlalchemy import select

from siappakai.models import Instance, db
from siappakai.products import find_recipe
from siappakai.products.contract import Statement
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import server_facts
from siappakai.provision.verify import trusted_root
from tests.fleet import Fleet

PATHS = ("/", "/siteman", "/feed", "/sitemap", "/pbb/login", "/api/", "/api/healthcheck")
MUST_SHOW = ("/", "/feed")


def find_strangers(fleet: Fleet) -> dict[str, Any]:
    """How many pages were asked, which lack their own marker, which show another village's."""
    with fleet.app.app_context():
        rows = db.session.scalars(select(Instance).filter_by(product="opensid")).all()
        places = [(row.scope_code, row.config_id or 0, row.village.domain) for row in rows]
        database = rows[0].database_group.database_name
        server = server_facts(rows[0].server)
        root = trusted_root(server.paths)
        db.session.rollback()
    _plant(fleet, database, places)
    lacking, strange, wrong_codes, asked = [], [], [], 0
    for code, _, domain in places:
        for path in PATHS:
            answer = get_through_edge(
                server.edge_address, server.https_port, domain, path, ca_file=root, timeout_s=60
            )
            asked += 1
            if path in MUST_SHOW and marker(code) not in answer.text:
                lacking.append(f"{code} {path}: {answer.status}")
            others = [each for each, *_ in places if each != code and marker(each) in answer.text]
            strange += [f"{code} {path} shows {other}" for other in others]
            if path == "/api/healthcheck" and f'"kodeDesa":"{code}"' not in answer.text:
                wrong_codes.append(f"{code}: {answer.status} {answer.text[:200]}")
    return {
        "asked": asked,
        "own_marker_missing": lacking,
        "other_marker_seen": strange,
        "api_code_wrong": wrong_codes,
    }


def marker(code: str) -> str:
    return f"penanda{code}"


def _plant(fleet: Fleet, database: str, places: list[tuple[str, int, str]]) -> None:
    statements = [
        Statement(
            "INSERT INTO artikel (config_id, judul, isi, enabled, tgl_upload, id_kategori, slug) "
            "SELECT %s, %s, %s, 1, NOW(), MIN(id), %s FROM kategori WHERE config_id = %s",
            (config_id, f"Kabar {marker(code)}", marker(code), marker(code), config_id),
        )
        for code, config_id, _ in places
    ]
    fleet.tools.databases.run(database, statements)
    client = docker.from_env()
    commands = find_recipe("opensid").forget_commands()
    for code, *_ in places:
        filters = {"label": [f"siappakai.fleet={fleet.name}", f"siappakai.village={code}"]}
        for row in client.containers.list(filters=filters):
            if row.labels["siappakai.product"] == "opensid":
                for command in commands:
                    fleet.tools.engine.run_inside(row.name, command)
    client.close()
