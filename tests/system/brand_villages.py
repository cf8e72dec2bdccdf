"""Villages that wear a brand: their admin at OpenSID's own forms, and all that they wear."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import select

from siappakai.branding.assets import keep_asset
from siappakai.models import (
    Instance,
    InstanceBrand,
    Operation,
    Server,
    Theme,
    ThemeState,
    ThemeVersion,
    Village,
    db,
    transaction,
)
from siappakai.provision.job import server_facts
from siappakai.provision.naming import instance_key
from siappakai.provision.order_brand import order_brand
from siappakai.provision.verify import trusted_root
from siappakai.vault import find_secret
from tests.fleet import SAMPLES, Fleet

TABLES = ("config", "setting_aplikasi", "media_sosial")


def png(colour: str, side: int = 1300) -> bytes:
    """A picture of one colour."""
    target = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(target, "PNG")
    return target.getvalue()


def keep_picture(fleet: Fleet, colour: str) -> str:
    """The picture is in the kit; its value."""
    with fleet.app.app_context():
        return keep_asset(png(colour), f"{colour.strip('#')}.png", "uji").sha256


class Forms(HTMLParser):
    """The forms of a page: action and fields as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._select = self._area = ""
        self.feed(page)

    def with_field(self, name: str) -> tuple[str, dict[str, str]]:
        return next((action, dict(each)) for action, each in self.found if name in each)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "form":
            self.found.append((told.get("action", ""), {}))
        if not self.found:
            return
        fields = self.found[-1][1]
        if tag == "input" and name:
            fields.setdefault(name, "" if told.get("type") == "file" else told.get("value", ""))
        elif tag == "select":
            self._select = name
            fields.setdefault(name, "")
        elif tag == "option" and self._select and ("selected" in told or not fields[self._select]):
            fields[self._select] = told.get("value", "")
        elif tag == "textarea":
            self._area = name
            fields.setdefault(name, "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[-1][1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._area = ""


class Dressed:
    """One village's instance: its pages, its admin, its rows and files."""

    def __init__(self, fleet: Fleet, code: str, product: str = "opensid") -> None:
        self.fleet, self.code, self.product = fleet, code, product
        with fleet.app.app_context():
            row = self._row()
            self.id, self.database = row.id, row.database_group.database_name
            self.domain = db.session.get_one(Village, code).domain
            server = server_facts(db.session.get_one(Server, fleet.server_id))
            self.paths = server.paths.instance(instance_key(product, code))
            self.port, root = server.https_port, trusted_root(server.paths)
            secret = find_secret(f"instance:{row.id}", "admin_password")
            self.password = secret.reveal() if secret else ""
        trust = ssl.create_default_context(cafile=str(root))
        self.client = httpx.Client(
            verify=trust,
            base_url=f"https://127.0.0.1:{self.port}",
            timeout=60,
            limits=httpx.Limits(max_keepalive_connections=0),  # nothing to close afterwards
        )

    def _row(self) -> Instance:
        return db.session.scalars(
            select(Instance).filter_by(scope_code=self.code, product=self.product)
        ).one()

    # --- a visitor, and the village's admin

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        host = f"{self.domain}:{self.port}"
        headers = {"Host": host, "Referer": f"https://{host}/siteman", **more.pop("headers", {})}
        path = re.sub(r"^https://[^/]+", "", path)
        return self.client.request(
            method, path, headers=headers, extensions={"sni_hostname": self.domain}, **more
        )

    def page(self, path: str = "/") -> str:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def log_in(self) -> None:
        self.client.cookies.clear()
        form = Forms(self.page("/siteman")).with_field("username")[1]
        sent = {**form, "username": "admin", "password": self.password}
        answer = self.ask("POST", "/siteman/auth", data=self._with_token(sent))
        assert answer.status_code in (302, 303), answer.text[:500]
        self.page("/beranda")

    def send(
        self,
        page: str,
        field: str,
        changes: Mapping[str, str],
        uploads: Mapping[str, bytes] | None = None,
        *,
        to: str = "",
    ) -> httpx.Response:
        """The form of that page with that field, sent with these changes and nothing else."""
        action, fields = Forms(self.page(page)).with_field(field)
        files = {name: (f"{name}.png", data, "image/png") for name, data in (uploads or {}).items()}
        named = {name: f"{name}.png" for name in files}
        fields = {name: text for name, text in fields.items() if name not in files}
        data = self._with_token({**fields, **named, **changes})
        return self.ask("POST", to or action, data=data, files=files or None)

    def _with_token(self, fields: Mapping[str, str]) -> dict[str, str]:
        token = self.client.cookies.get("sidcsrf") or fields.get("sidcsrf", "")
        return {**fields, "sidcsrf": token}

    # --- what it holds

    def setting(self, key: str) -> str | None:
        return self.value("SELECT value FROM setting_aplikasi WHERE `key` = %s", key)

    def value(self, sql: str, *values: str) -> str | None:
        return self.fleet.tools.databases.query_one(self.database, sql, values)

    def run(self, sql: str, *values: str) -> None:
        with self.fleet.tools.databases._cursor(self.database) as cursor:
            cursor.execute(sql, values)

    def look(self) -> dict[str, str]:
        """Every file that is served or read, and every row but its time, by hash; no caches."""
        return {**self.files(), **{name: self._rows_of(name) for name in TABLES}}

    def files(self) -> dict[str, str]:
        found = {}
        for root in ("desa", "config"):
            for path in sorted((self.paths.home / root).rglob("*")):
                name = str(path.relative_to(self.paths.home))
                if name.startswith(("desa/cache", "desa/arsip")):
                    continue
                if path.is_symlink():
                    found[name] = os.readlink(path)
                elif path.is_file():
                    found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def _rows_of(self, table: str) -> str:
        with self.fleet.tools.databases._cursor(self.database) as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [each[0] for each in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for row in rows:
            row.pop("updated_at", None)
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def file(self, path: str) -> Path:
        return self.paths.home / path

    def containers(self) -> list[str]:
        found = self.fleet.tools.engine.list_containers(instance=str(self.id))
        return sorted(each.name for each in found)

    def brand(self) -> InstanceBrand:
        with self.fleet.app.app_context():
            row = db.session.get_one(InstanceBrand, self.id)
            db.session.expunge(row)
            return row


def wear(fleet: Fleet, villages: list[Dressed], version_id: int | None) -> list[Operation]:
    """They wear it, all of them; the operations, ended well."""
    with fleet.app.app_context():
        ids = [order_brand(each.id, version_id, by="uji") for each in villages]
    fleet.wait_finished(ids)
    return [operation(fleet, each) for each in ids]


def operation(fleet: Fleet, operation_id: int) -> Operation:
    with fleet.app.app_context():
        row = db.session.get_one(Operation, operation_id)
        assert [step.name for step in row.steps]
        assert row.instance.id
        db.session.expunge_all()
        return row


def results(row: Operation) -> dict[str, Any]:
    return {step.name: step.result for step in row.steps}


def add_theme(fleet: Fleet, slug: str, version: str, home: str = "") -> str:
    """A package like the release's natra, on the server and in the catalogue; its value.

    `home` takes the place of its home page's template.
    """
    folder = fleet.root / "tema" / "baru"
    shutil.rmtree(folder, ignore_errors=True)
    _natra(folder)
    for path in folder.rglob("*.php"):
        path.write_text(path.read_text().replace("vendor/themes/natra", f"desa/themes/{slug}"))
    if home:
        (folder / "template.php").write_text(home)
    (folder / "tanda.txt").write_text(f"{slug} {version}")
    sha256 = hashlib.sha256(f"{slug}@{version}{home}".encode()).hexdigest()
    target = fleet.root / "tema" / sha256
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    _add_rows(fleet, slug, version, sha256)
    return f"{slug}@{version}"


def _natra(folder: Path) -> None:
    """The theme natra of the source that these tests run on."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = os.environ.get("SIAPPAKAI_SUMBER_OPENSID")
    if not source:
        shutil.copytree(SAMPLES / "v2410.0.0/vendor/themes/natra", folder)
        return
    tag = os.environ.get("SIAPPAKAI_RILIS_OPENSID", "v2410.0.0")
    line = ["git", f"--git-dir={source}", "archive", tag, "vendor/themes/natra"]
    packed = subprocess.run(line, check=True, capture_output=True).stdout
    folder.mkdir()
    subprocess.run(["tar", "-x", "--strip-components=3"], cwd=folder, input=packed, check=True)


def _add_rows(fleet: Fleet, slug: str, version: str, sha256: str) -> None:
    with fleet.app.app_context(), transaction():
        theme = db.session.scalars(select(Theme).filter_by(slug=slug)).first() or Theme(slug=slug)
        db.session.add(theme)
        db.session.flush()
        db.session.add(
            ThemeVersion(theme_id=theme.id, version=version, state=ThemeState.READY, sha256=sha256)
        )


@contextmanager
def working(fleet: Fleet, count: int = 1) -> Iterator[None]:
    for _ in range(count):
        fleet.start_worker()
    try:
        yield
    finally:
        fleet.stop_workers()
