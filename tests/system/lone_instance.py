"""One instance of a product by its recipe alone: no rows, no worker; real Docker and MariaDB."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from siappakai.errors import Unavailable
from siappakai.products.contract import DatabaseAccess, Place, Recipe, RegionFacts
from siappakai.provision import files
from siappakai.provision.http_probe import Answer, ask_over_socket, get_over_socket
from siappakai.provision.image_build import build_release_image
from siappakai.provision.install_files import lay_out_files
from siappakai.provision.naming import InstancePaths, database_name, instance_key
from siappakai.provision.tools import Tools
from siappakai.provision.wanted import ContainerSpec, make_container_spec, run_mount
from siappakai.secret import Secret
from tests.fleet import ROOT, Fleet

FIRST_UID = 236_000
LICENCE_URL = "https://layanan.invalid"


def build_image(tools: Tools, recipe: Any, version: str, tree: Path) -> str:
    """The id of the image of this tree, made as a release's is."""
    base = f"siappakai/php:{recipe.php_wanted[0]}"
    shared = ROOT / "images" / recipe.shared_image_folder
    folder = ROOT / "images" / recipe.product
    client = tools.engine.client
    labels = {"siappakai.uji": tools.engine.fleet}
    made = build_release_image(
        client, recipe.product, version, tree, folder, base, [], labels, print, shared
    )
    return made.image_id


@dataclass
class LoneInstance:
    fleet: Fleet
    tools: Tools
    recipe: Recipe
    place: Place
    paths: InstancePaths
    uid: int
    image: str = ""
    serving: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    # --- as an operation would do it

    def lay_out(self) -> None:
        lay_out_files(self.recipe, self.place, self.paths, self.uid)

    def create_database(self) -> None:
        access, needs = self.place.database, self.recipe.database
        self.tools.databases.create(access.name, needs.charset, needs.collation)
        self.tools.databases.ensure_account(access, needs.rights)

    def spec(self) -> ContainerSpec:
        return make_container_spec(
            self.recipe,
            self.paths,
            uid=self.uid,
            image_digest=self.image,
            labels={"uji": "ya"},
            files=tuple(self.recipe.files(self.place)),
            environment=self.recipe.environment(self.place),
        )

    def run(self, *command: str) -> tuple[int, dict[str, Any]]:
        """Exit code and JSON of a one-off command."""
        name = f"{self.fleet.name}-sekali-{self.paths.key}"
        result = self.tools.engine.run_once(name, self.spec(), tuple(command))
        assert result.output.strip(), result.errors
        return result.exit_code, json.loads(result.output.strip().splitlines()[-1])

    def install(self) -> tuple[int, dict[str, Any]]:
        return [self.run(*each) for each in self.recipe.install_commands()][-1]

    def upgrade(self) -> tuple[int, dict[str, Any]]:
        return self.run(*self.recipe.upgrade_command())

    def write_identity(self) -> None:
        recipe, place = self.recipe, self.place
        statements = [*recipe.adopt(place), *recipe.identity(place)]
        statements += recipe.token_statements(place)
        self.tools.databases.run(place.database.name, statements)

    def serve(self) -> Mapping[str, Any]:
        """The first health answer of a new serving container, whatever it says."""
        spec = self.spec()
        self.serving = self.paths.container(spec.sha256)
        run_dir = self.paths.run_of(spec.sha256)
        files.make_dir(self.paths.run, uid=0, gid=0, mode=0o755)
        files.make_dir(run_dir, uid=self.uid, gid=0, mode=0o750)
        self.tools.engine.ensure_running(self.serving, spec, run_mount(run_dir))
        for _ in range(200):
            try:
                return self.health()
            except Unavailable:
                time.sleep(0.05)
        raise AssertionError(self.tools.engine.last_log_lines(self.serving))

    def stop(self) -> None:
        if self.serving:
            self.tools.engine.remove(self.serving)
        self.serving = ""

    def remove(self) -> None:
        self.stop()
        self.tools.databases.drop_unused(self.place.database.name)
        shutil.rmtree(self.paths.home, ignore_errors=True)
        shutil.rmtree(self.paths.run, ignore_errors=True)

    # --- as a visitor, or the control plane, sees it

    @property
    def socket(self) -> Path:
        return self.paths.socket_of(self.spec().sha256)

    def health(self) -> Mapping[str, Any]:
        answer = get_over_socket(self.socket, self.recipe.health_path, host="sehat")
        return dict(json.loads(answer.text))

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(fields).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        domain = self.place.region.domain
        headers = {"Host": domain, "X-Forwarded-Host": domain, "X-Forwarded-Proto": "https"}
        headers["X-Forwarded-For"] = "127.0.0.1"
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"https://{domain}{self.recipe.web_path}/login"
        answer = ask_over_socket(
            self.socket, method, path, headers=headers, body=body, timeout_s=60
        )
        told = answer.headers.get("set-cookie", "")
        self.cookies |= dict(re.findall(r"(?:^|, )([A-Za-z0-9_-]+)=([^;,]+)", told))
        return answer

    def log_in(self, password: str) -> Answer:
        """The answer to the log-in form, sent once with its own token."""
        page = self.get(f"{self.recipe.web_path}/login")
        token = re.search(r'name="_token"[^>]*value="([^"]+)"', page.text)
        assert token, page.text[:2000]
        fields = {"_token": token[1], "username": self.recipe.first_admin, "password": password}
        return self.post(f"{self.recipe.web_path}/login", fields)

    def exec(self, *command: str) -> tuple[int, str]:
        container = self.tools.engine.client.containers.get(self.serving)
        done = container.exec_run(list(command))
        return int(done.exit_code), done.output.decode(errors="replace")

    def query(self, sql: str, *values: Any) -> Any:
        return self.tools.databases.query_one(self.place.database.name, sql, values)


@contextmanager
def lone_instances(
    fleet: Fleet,
    recipe: Recipe,
    regions: list[RegionFacts],
    image: str,
    licence_url: str = LICENCE_URL,
) -> Iterator[list[LoneInstance]]:
    """One instance a region, laid out, with an empty database; gone afterwards."""
    made: list[LoneInstance] = []
    try:
        for number, region in enumerate(regions):
            uid = FIRST_UID + int(region.code[-2:]) + number
            made.append(_make(fleet, recipe, region, uid, licence_url))
            made[-1].image = image
            made[-1].lay_out()
            made[-1].create_database()
        yield made
    finally:
        for instance in made:
            instance.remove()


def _make(
    fleet: Fleet, recipe: Recipe, region: RegionFacts, uid: int, licence_url: str
) -> LoneInstance:
    tools = fleet.tools
    secrets = {name: make() for name, make in recipe.secret_makers().items()}
    name = database_name(recipe.database.prefix, region.code)
    place = Place(
        region=region,
        database=DatabaseAccess(name, name, secrets["database_password"]),
        secrets=secrets,
        premium_token=Secret(f"contoh.token.{region.code}"),
        licence_url=licence_url,
    )
    paths = tools.databases.paths.instance(instance_key(recipe.product, region.code))
    return LoneInstance(fleet, tools, recipe, place, paths, uid)
