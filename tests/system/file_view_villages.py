"""Two villages' files laid out as OpenSID has them, and containers that write to their views."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from siappakai.products import find_recipe
from siappakai.products.contract import DatabaseAccess, Place, RegionFacts
from siappakai.provision.docker_engine import DockerEngine, OneOffResult
from siappakai.provision.file_view import (
    FileView,
    Manifest,
    ViewMethod,
    ViewOrder,
    close_left_views,
    tree_manifest,
    volatile_paths,
)
from siappakai.provision.install_files import lay_out_files
from siappakai.provision.naming import InstancePaths, ServerPaths, database_name, instance_key
from siappakai.provision.wanted import ContainerSpec, make_container_spec
from siappakai.secret import Secret

IMAGE = "siappakai/php:8.2"
CODES = ("7305012001", "7305042007")
FIRST_UID = 238_001
DESA = "/var/www/app/desa"


@dataclass(frozen=True)
class Village:
    """One village's OpenSID on the disk; nothing of it runs."""

    engine: DockerEngine
    paths: InstancePaths
    uid: int
    spec: ContainerSpec

    @property
    def desa(self) -> Path:
        return self.paths.home / "desa"

    @property
    def volatile(self) -> tuple[Path, ...]:
        return volatile_paths(find_recipe("opensid"), self.paths)

    def order(self, name: str) -> ViewOrder:
        return ViewOrder(self.engine, self.paths.server, name, self.spec)

    def write(self, files: Mapping[str, str], mode: int = 0o640) -> None:
        """As the village itself did it, some time ago."""
        for name, content in files.items():
            path = self.desa / name
            for folder in reversed(path.relative_to(self.desa).parents[:-1]):
                (self.desa / folder).mkdir(exist_ok=True)
                os.chown(self.desa / folder, self.uid, self.uid)
            path.write_text(content)
            os.chown(path, self.uid, self.uid)
            path.chmod(mode)
            os.utime(path, ns=(1_700_000_000_123_456_789, 1_700_000_000_123_456_789))

    def manifest(self) -> Manifest:
        return tree_manifest([self.paths.home])

    def times(self) -> dict[str, tuple[int, int, int]]:
        """Path → (mtime_ns, gid, mode) of all there is, directories and links too."""
        found = {}
        for path in [self.paths.home / "desa", *sorted(self.desa.rglob("*"))]:
            status = path.lstat()
            found[str(path)] = (status.st_mtime_ns, status.st_gid, status.st_mode)
        return found


def run_in(view: FileView, script: str) -> OneOffResult:
    """What a migration would do: a throw-away container of the village, its files the view's."""
    return view.engine.run_once(f"{view.engine.fleet}-{view.name}", view.spec, ("sh", "-c", script))


@contextmanager
def two_villages(method: ViewMethod) -> Iterator[list[Village]]:
    """A data root of their own; on an overlay file system, which can't be another one's upper,
    when the whole copy is what is wanted."""
    fleet = f"ujitampil{secrets.token_hex(2)}"
    base = Path(tempfile.mkdtemp(prefix=fleet, dir="/var/tmp"))
    root = base / "srv"
    is_mounted = False
    try:
        root.mkdir()
        if method is ViewMethod.COPY:
            _mount_overlay(base, root)
            is_mounted = True
        engine = DockerEngine("unix:///var/run/docker.sock", fleet)
        server = ServerPaths(root, fleet)
        server.mariadb_socket.parent.mkdir(parents=True)
        try:
            yield [_lay_out(engine, server, code, n) for n, code in enumerate(CODES)]
        finally:
            close_left_views(engine, server)
            engine.client.close()
    finally:
        if is_mounted:
            subprocess.run(["umount", str(root)], check=True)
        shutil.rmtree(base)


def _mount_overlay(base: Path, root: Path) -> None:
    layers = {name: base / name for name in ("lower", "upper", "work")}
    for layer in layers.values():
        layer.mkdir()
    options = ",".join(f"{name}dir={layer}" for name, layer in layers.items())
    command = ["mount", "-t", "overlay", "overlay", "-o", options, str(root)]
    subprocess.run(command, check=True)


def _lay_out(engine: DockerEngine, server: ServerPaths, code: str, number: int) -> Village:
    recipe = find_recipe("opensid")
    made = {name: make() for name, make in recipe.secret_makers().items()}
    name = database_name("sid", code)
    region = RegionFacts(
        code=code,
        name=f"Desa {code[-4:]}",
        regency_code=code[:4],
        regency_name="Takalar",
        province_code=code[:2],
        province_name="Sulawesi Selatan",
        domain=f"{code}.contoh.test",
    )
    place = Place(
        region=region,
        database=DatabaseAccess(name, name, made["database_password"]),
        secrets=made,
        premium_token=Secret(""),
        licence_url="",
    )
    paths, uid = server.instance(instance_key("opensid", code)), FIRST_UID + number
    lay_out_files(recipe, place, paths, uid)
    spec = make_container_spec(
        recipe,
        paths,
        uid=uid,
        image_digest=IMAGE,
        labels={"uji": "ya"},
        files=tuple(recipe.files(place)),
        environment={},
    )
    return Village(engine, paths, uid, spec)
