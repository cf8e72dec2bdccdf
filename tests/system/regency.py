"""A regency with villages in one combined database, Satu Data API and OpenKab, as tests use it."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pymysql
from sqlalchemy import select

from siappakai.models import DatabaseGroup, Instance, Operation, OperationState, Server, db
from siappakai.products import find_recipe
from siappakai.provision.http_probe import Answer, ask_over_socket, get_over_socket
from siappakai.provision.job import server_facts
from siappakai.provision.naming import database_name, instance_key
from siappakai.provision.region_start import RegionOrder, install_for_region
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.start import StartChoice
from siappakai.provision.template_dump import ensure_template
from siappakai.provision.verify import trusted_root
from siappakai.vault import find_secret
from tests.fleet import Fleet
from tests.system.test_combined_villages import start, villages_of

CODE, NAME = "7305", "Kabupaten Takalar"
DOMAIN = "takalarkab.go.id"  # curl never asks /etc/hosts for a name below .localhost
LABEL = "Gabungan Kabupaten Uji"
API = "/satu-data-api/api/v1"


def add_product(fleet: Fleet, product: str, version: str, origin: str) -> int:
    """The release is built, and installed once for its template, with no combined database."""
    with fleet.app.app_context():
        order = ReleaseOrder(product, version, origin, by="uji")
        release_id = add_release(order, fleet.tools.engine, print)
        ensure_template(release_id, fleet.server_id, by="uji", on_line=print)
        return release_id


def start_villages(fleet: Fleet, release_id: int, first: int) -> list[tuple[str, str, str]]:
    """(code, domain, name) of three villages that now share a new combined database."""
    ids = start(fleet, first, 3, StartChoice((release_id,), new_group=LABEL))
    fleet.wait_finished(ids, 600)
    assert_succeeded(fleet, ids)
    return villages_of(fleet, ids)


def install_products(fleet: Fleet, *release_ids: int) -> list[int]:
    """The operations that installed these products of the regency, all of them done."""
    with fleet.app.app_context():
        group_id = db.session.scalars(select(DatabaseGroup.id).filter_by(label=LABEL)).one()
        order = RegionOrder(CODE, DOMAIN, release_ids, group_id)
        ids = install_for_region(order, by="uji")
    fleet.wait_finished(ids, 300)
    assert_succeeded(fleet, ids)
    return ids


def assert_succeeded(fleet: Fleet, operation_ids: list[int]) -> None:
    with fleet.app.app_context():
        done = [db.session.get_one(Operation, one) for one in operation_ids]
        stopped = [one for one in done if one.state != OperationState.SUCCEEDED]
        assert not stopped, [(one.error_message, one.error_log_tail) for one in stopped]


@dataclass
class Regency:
    """One visitor's view of the regency's domain, with the cookies they collected."""

    fleet: Fleet
    villages: list[tuple[str, str, str]]
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [name for _, _, name in self.villages]

    # --- as a visitor sees it

    def visit(
        self,
        path: str,
        method: str = "GET",
        fields: Mapping[str, str] | None = None,
        token: str = "",
    ) -> httpx.Response:
        """The answer through the edge, its certificate checked; no redirect followed."""
        with self.fleet.app.app_context():
            server = server_facts(db.session.get_one(Server, self.fleet.server_id))
            trust = ssl.create_default_context(cafile=str(trusted_root(server.paths)))
        headers = {"Host": f"{DOMAIN}:{server.https_port}", "Accept": "text/html"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if token:
            headers |= {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        with httpx.Client(transport=httpx.HTTPTransport(verify=trust), timeout=60) as client:
            answer = client.request(
                method,
                f"https://127.0.0.1:{server.https_port}{path}",
                headers=headers,
                data=dict(fields) if fields else None,
                extensions={"sni_hostname": DOMAIN},
            )
        self.cookies |= dict(answer.cookies)
        return answer

    def api(self, path: str, method: str = "GET", **fields: str) -> httpx.Response:
        """The Satu Data API, asked with OpenKab's token."""
        token = self.secret("satu_data_api", "api_token")
        return self.visit(f"{API}/{path}", method, fields, token)

    def post_from(self, address: str, path: str, **fields: str) -> Answer:
        """The Satu Data API's answer to a visitor of this address, as the edge would tell it."""
        paths = self.fleet.tools.databases.paths.instance(instance_key("satu_data_api", CODE))
        headers = {"Host": DOMAIN, "X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        body = json.dumps(fields).encode()
        return ask_over_socket(paths.current, "POST", path, headers=headers, body=body)

    def log_in(self, username: str, password: str) -> httpx.Response:
        page = self.visit("/login")
        token = re.search(r'name="_token" value="([^"]+)"', page.text)
        assert token, page.text[:2000]
        fields = {"_token": token[1], "login": username, "password": password}
        return self.visit("/login", "POST", fields)

    # --- as the control plane sees it

    def instance_id(self, product: str) -> int:
        with self.fleet.app.app_context():
            row = select(Instance.id).filter_by(product=product, scope_code=CODE)
            return db.session.scalars(row).one()

    def secret(self, product: str, name: str) -> str:
        with self.fleet.app.app_context():
            found = find_secret(f"instance:{self.instance_id(product)}", name)
            assert found is not None
            return found.reveal()

    def health(self, product: str) -> dict[str, Any]:
        paths = self.fleet.tools.databases.paths.instance(instance_key(product, CODE))
        answer = get_over_socket(paths.current, find_recipe(product).health_path, host=DOMAIN)
        return dict(json.loads(answer.text))

    def combined_name(self) -> str:
        with self.fleet.app.app_context():
            group = db.session.scalars(select(DatabaseGroup).filter_by(label=LABEL)).one()
            return group.database_name

    def rows(self, product: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the product's own account gets from MariaDB."""
        user = database_name(find_recipe(product).database.prefix, CODE)
        link = pymysql.connect(
            unix_socket=str(self.fleet.tools.databases.paths.mariadb_socket),
            user=user,
            password=self.secret(product, "database_password"),
            database=user,
            autocommit=True,
        )
        with link, link.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())
