"""Think: what a container of an instance should be, and the hash that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from siappakai.products.contract import DataMount, InstanceFile, Limits, Recipe
from siappakai.provision.naming import (
    DATABASE_SOCKET_DIR_IN_CONTAINER,
    RUN_IN_CONTAINER,
    InstancePaths,
)

LABEL = "siappakai."


@dataclass(frozen=True, slots=True)
class BindMount:
    source: str
    target: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class VolumeMount:
    """A named volume of the engine, seen at `target`; only throw-away containers have any."""

    volume: str
    target: str


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container to the last detail; equal specs have equal `sha256` and so equal names."""

    image: str
    uid: int
    mounts: tuple[BindMount | VolumeMount, ...]
    tmpfs: Mapping[str, str]
    limits: Limits
    labels: Mapping[str, str]
    files_sha256: str
    command: tuple[str, ...] = ()  # empty: what the image starts by itself
    environment: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)  # name → address, for /etc/hosts

    @property
    def sha256(self) -> str:
        described = asdict(self)
        if not self.hosts:
            del described["hosts"]  # a spec without any keeps the name it had before hosts existed
        text = json.dumps(described, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def make_container_spec(
    recipe: Recipe,
    paths: InstancePaths,
    *,
    uid: int,
    image_digest: str,
    labels: Mapping[str, str],
    files: tuple[InstanceFile, ...],
    environment: Mapping[str, str],
) -> ContainerSpec:
    """The spec of an instance's serving container; its run directory is added once named."""
    data = tuple(
        BindMount(str(home_of_mount(paths, mount) / mount.source), mount.target, mount.read_only)
        for mount in recipe.mounts()
    )
    database = BindMount(
        str(paths.server.mariadb_socket.parent), DATABASE_SOCKET_DIR_IN_CONTAINER, True
    )
    return ContainerSpec(
        image=image_digest,
        uid=uid,
        mounts=(*data, database),
        tmpfs=dict(recipe.tmpfs(uid)),
        limits=recipe.limits,
        labels={LABEL + name: value for name, value in labels.items()},
        files_sha256=hash_files(files),
        environment=dict(environment),
    )


def home_of_mount(paths: InstancePaths, mount: DataMount) -> Path:
    """The directory the mount's source is relative to: its own, another product's, the server's."""
    if mount.of_server:
        return paths.server.root
    return paths.home_of(mount.of_product) if mount.of_product else paths.home


def hash_files(files: tuple[InstanceFile, ...]) -> str:
    """One hash over names and contents; the contents hold keys far too long to guess from it."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.path):
        digest.update(f"{file.path}\0{file.mode:o}\0".encode())
        digest.update(hashlib.sha256(file.content.reveal().encode()).digest())
    return digest.hexdigest()


def run_mount(run_dir: Path) -> BindMount:
    """Where the container opens its socket; the directory is named after the spec's hash."""
    return BindMount(str(run_dir), RUN_IN_CONTAINER, False)
