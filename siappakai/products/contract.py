"""What every product declares: one small, typed recipe that the control plane can carry out.

A recipe only *says* things (which directories, which SQL, which answer proves health); Docker,
MariaDB and files are touched by `siappakai.provision`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from siappakai.errors import InvalidInput
from siappakai.models.release import Edition
from siappakai.secret import Secret


class Scope(StrEnum):
    VILLAGE = "desa"
    DISTRICT = "kecamatan"
    REGENCY = "kabupaten"


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What a source tree says of itself; `php_wanted` in order of preference."""

    version: str
    schema_version: str
    edition: Edition
    php_wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataMount:
    """A file or directory of the instance's own tree, seen at `target` inside the container.

    `source` is relative to the instance's directory; order matters (a parent before its child).
    """

    source: str
    target: str
    read_only: bool = False
    is_file: bool = False
    mode: int = 0o750


@dataclass(frozen=True, slots=True)
class InstanceFile:
    """A rendered file below the instance's directory, readable by its uid only."""

    path: str
    content: Secret
    mode: int = 0o400


@dataclass(frozen=True, slots=True)
class Limits:
    memory_bytes: int = 384 * 1024 * 1024
    pids: int = 64
    cpus: float = 1.0


@dataclass(frozen=True, slots=True)
class VillageFacts:
    """A village as the official list names it; codes are digits without dots."""

    code: str
    name: str
    district_code: str
    district_name: str
    regency_code: str
    regency_name: str
    province_code: str
    province_name: str
    domain: str
    email: str = ""
    office_address: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseAccess:
    """How an instance reaches its database: always by the server's unix socket."""

    name: str
    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Place:
    """Everything a recipe may know of the instance it is asked about."""

    village: VillageFacts
    database: DatabaseAccess
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    village_word: str = "desa"
    local_time_zone: str = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with its values; `expects_one` fails the step if no row matches."""

    sql: str
    values: tuple[Any, ...] = ()
    expects_one: str = ""


@dataclass(frozen=True, slots=True)
class PageProbe:
    """A page as a visitor asks for it: exact status, no redirect followed, texts it must hold."""

    path: str
    must_contain: tuple[str, ...] = ()
    status: int = 200


class Recipe(ABC):
    """One product; a subclass a file in `siappakai/products/`."""

    product: str
    label: str
    scope: Scope
    web_path: str = "/"
    database_prefix: str
    database_charset: str = "utf8mb4"
    database_collation: str = "utf8mb4_general_ci"
    limits: Limits = Limits()
    health_path: str = "/.siappakai/health"

    @abstractmethod
    def read_release(self, tree: Path) -> ReleaseFacts:
        """Facts of a source tree; InvalidInput when it isn't a release of this product."""

    @abstractmethod
    def mounts(self) -> Sequence[DataMount]: ...

    @abstractmethod
    def tmpfs(self, uid: int) -> Mapping[str, str]:
        """Container path → mount options of what lives in memory only."""

    @abstractmethod
    def secret_makers(self) -> Mapping[str, Any]:
        """Name → function making a new Secret; each is made once and never rotated by itself."""

    def environment(self, place: Place) -> Mapping[str, str]:
        """Plain settings of the container; never a secret, for `docker inspect` shows them."""
        return {"SIAPPAKAI_TZ": place.local_time_zone}

    @abstractmethod
    def files(self, place: Place) -> Sequence[InstanceFile]: ...

    @abstractmethod
    def install_command(self) -> tuple[str, ...]:
        """Command of the one-off container that fills an empty database (for the template)."""

    @abstractmethod
    def identity(self, place: Place) -> Sequence[Statement]:
        """SQL that turns a clone of the template into this village's own; safe to run again."""

    @abstractmethod
    def wrong_health(self, answer: Mapping[str, Any], place: Place, facts: ReleaseFacts) -> str:
        """Why a health answer does not prove this village and release; empty when it does."""

    @abstractmethod
    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]: ...


def refuse_tree(label: str, reason: str) -> InvalidInput:
    """The error for a source tree that is not a release of the product called `label`."""
    return InvalidInput(
        f"Sumber ini bukan rilis {label}: {reason}.",
        hint=f"Periksa alamat atau berkasnya, lalu ulangi dengan sumber rilis {label} yang utuh.",
    )
