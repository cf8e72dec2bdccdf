"""What only the real OpenSID can show: its own log-in, its assets, its own words on its pages."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from siappakai.models import Instance, Server, Village, db
from siappakai.provision.job import server_facts
from siappakai.provision.verify import trusted_root
from siappakai.secret import Secret
from siappakai.vault import find_secret
from tests.fleet import Fleet
from tests.system.villages import install, village_list

pytestmark = [pytest.mark.system, pytest.mark.real_source, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def village(fleet: Fleet, real_release: int) -> Iterator[tuple[str, Secret]]:
    """The domain and first admin password of one of two real, freshly installed villages."""
    fleet.start_worker()
    _, ids = install(fleet, village_list("7305", 30, 2), real_release)
    fleet.wait_finished(ids)
    with fleet.app.app_context():
        code = village_list("7305", 30, 1).decode().splitlines()[1][:13].replace(".", "")
        row = db.session.get_one(Village, code)
        instance = db.session.scalars(select(Instance).filter_by(scope_code=code)).one()
        password = find_secret(f"instance:{instance.id}", "admin_password")
    assert password is not None
    yield row.domain, password
    fleet.stop_workers()


class Visitor:
    """A browser-like client that reaches the village through the edge, certificate checked."""

    def __init__(self, domain: str, port: int, root: Path) -> None:
        self.address = f"https://{domain}:{port}"
        context = ssl.create_default_context(cafile=str(root))
        self.client = httpx.Client(verify=context, base_url=f"https://127.0.0.1:{port}", timeout=60)
        self.named = {"headers": {"Host": f"{domain}:{port}"}, "sni": {"sni_hostname": domain}}

    @property
    def cookies(self) -> httpx.Cookies:
        return self.client.cookies

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers=self.named["headers"], extensions=self.named["sni"])

    def post(self, path: str, fields: dict[str, str | None]) -> httpx.Response:
        headers = {**self.named["headers"], "Referer": self.address + "/siteman"}
        return self.client.post(path, data=fields, headers=headers, extensions=self.named["sni"])


@pytest.fixture
def visitor(fleet: Fleet, village: tuple[str, Secret]) -> Iterator[Visitor]:
    with fleet.app.app_context():
        server = server_facts(db.session.get_one(Server, fleet.server_id))
        root = trusted_root(server.paths)
    made = Visitor(village[0], server.https_port, root)
    yield made
    made.client.close()


def log_in(visitor: Visitor, password: str) -> httpx.Response:
    page = visitor.get("/siteman")
    assert page.status_code == 200
    token = visitor.cookies.get("sidcsrf")
    return visitor.post(
        "/siteman/auth", {"username": "admin", "password": password, "sidcsrf": token}
    )


def test_the_first_admin_logs_in_with_the_random_password(
    visitor: Visitor, village: tuple[str, Secret]
) -> None:
    answer = log_in(visitor, village[1].reveal())
    assert answer.status_code in (302, 303) and answer.headers["location"].endswith("/main")
    inside = visitor.get("/beranda")
    assert inside.status_code == 200 and "Administrator" in inside.text


def test_the_shipped_password_opens_nothing(visitor: Visitor) -> None:
    answer = log_in(visitor, "sid304")
    assert not answer.headers.get("location", "").endswith("/main")
    assert visitor.get("/beranda").status_code != 200


def test_every_stylesheet_and_picture_of_the_home_page_loads(visitor: Visitor) -> None:
    page = visitor.get("/")
    pattern = rf'(?:src|href)="{re.escape(visitor.address)}(/[^"]+\.(?:css|js|png|jpg|ico)[^"]*)"'
    assets = set(re.findall(pattern, page.text))
    assert len(assets) > 10
    broken = {path: visitor.get(path).status_code for path in assets}
    assert {path: code for path, code in broken.items() if code != 200} == {}


@pytest.mark.parametrize(
    "path",
    [
        "/desa/app_key",
        "/desa/config/database.php",
        "/desa/config/config.php",
        "/storage/logs/",
        "/donjo-app/config/config.php",
        "/vendor/autoload.php",
        "/composer.json",
        "/backup_inkremental/",
        "/.htaccess",
        "/.siappakai/health",
        "/app/Models/Config.php",
    ],
)
def test_no_private_file_is_served(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code in (403, 404)
