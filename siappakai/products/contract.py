"""What every product declares: one small, typed recipe that the control plane can carry out.

A recipe only *says* things (which directories, which SQL, which answer proves health); Docker,
MariaDB and files are touched by `siappakai.provision`. How to add a product: docs/recipes.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from siappakai.errors import InvalidInput
from siappakai.models.instance import LicenceState
from siappakai.models.release import Edition
from siappakai.products.brand import BrandFile, BrandProof, BrandSlot, Wear
from siappakai.products.place import DatabaseAccess, Place, RegionFacts
from siappakai.secret import Secret

__all__ = [
    "BrandFile",
    "BrandProof",
    "BrandSlot",
    "ComposerNeeds",
    "DataMount",
    "DatabaseAccess",
    "DatabaseNeeds",
    "InstanceFile",
    "LicenceState",
    "Limits",
    "PageProbe",
    "Place",
    "Recipe",
    "RegionFacts",
    "ReleaseFacts",
    "Scope",
    "Statement",
    "refuse_tree",
]

CLI = ("php", "/opt/siappakai/cli.php")


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
class ComposerNeeds:
    """How a source without `vendor/` gets one (siappakai/provision/composer_build.py).

    `keep_over_vendor`: files of the source below vendor/ that win over what composer writes.
    """

    without_dev: bool = True
    keep_over_vendor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseNeeds:
    """Which databases a product works on.

    `prefix` names its own one and its account. `shared_with` is a product of the same region
    whose database it uses instead of one of its own. `reads` is a product whose combined database
    of the regency it may look into: every table but those `hidden`, for reading only.
    """

    prefix: str
    charset: str = "utf8mb4"
    collation: str = "utf8mb4_general_ci"
    shared_with: str = ""
    rights: tuple[str, ...] = ("ALL PRIVILEGES",)
    reads: str = ""
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataMount:
    """A file or directory of an instance's own tree, seen at `target` inside the container.

    `source` is relative to the instance's directory, or to that of the same region's `of_product`
    (whose files are then only mounted, never made); order matters: a parent before its child.
    `of_server`: `source` is relative to the server's root and the same for all instances.
    """

    source: str
    target: str
    read_only: bool = False
    is_file: bool = False
    mode: int = 0o750
    of_product: str = ""
    of_server: bool = False


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
class Statement:
    """One SQL statement with its values; `expects_one` fails the step if no row matches."""

    sql: str
    values: tuple[Any, ...] = ()
    expects_one: str = ""


@dataclass(frozen=True, slots=True)
class PageProbe:
    """A page as a visitor asks for it: exact status, no redirect followed, texts it must hold.

    `path` is the whole path on the domain, the product's web path included.
    """

    path: str
    must_contain: tuple[str, ...] = ()
    status: int = 200


class Recipe(ABC):
    """One product; a subclass a file in `siappakai/products/`."""

    product: str
    label: str
    scope: Scope
    database: DatabaseNeeds
    web_path: str = "/"
    needs: tuple[str, ...] = ()  # products of the same region that must be installed first
    runs_as: str = ""  # product of the same region whose uid this one takes, to share its files
    peer_secrets: tuple[str, ...] = ()  # "product.name": secrets of the same region's others
    needs_token: bool = False  # its licence is the village's subscription token
    takes_token: bool = False  # is given that token, licensed by it or not
    calls_own_domain: bool = False
    compiles_ahead: bool = False  # its pages were tried after their scripts were compiled ahead
    composer: ComposerNeeds | None = None
    shared_image_folder: str = ""  # a folder of images/ that its image is built with as well
    limits: Limits = Limits()
    first_admin: str = "admin"
    # Whole paths (web path included) below which no page is ever copied for visitors.
    private_paths: tuple[str, ...] = ()
    health_path: str = "/.siappakai/health"
    licence_path: str = ""  # asked apart from health: it waits for a far server
    brand_home: str = ""  # product of the same region in whose directory it wears its brand files
    brand_pictures: tuple[str, ...] = ()  # of the kit, shown beside its slots; "icons" is the set
    volatile: tuple[str, ...] = ()  # folders of its directory that no return has to bring back

    # --- the release

    @abstractmethod
    def read_release(self, tree: Path) -> ReleaseFacts:
        """Facts of a source tree; InvalidInput when it isn't a release of this product."""

    # --- the container

    @abstractmethod
    def mounts(self) -> Sequence[DataMount]: ...

    @abstractmethod
    def tmpfs(self, uid: int) -> Mapping[str, str]:
        """Container path → mount options of what lives in memory only."""

    def environment(self, place: Place) -> Mapping[str, str]:
        """Plain settings of the container; never a secret, for `docker inspect` shows them."""
        return {"SIAPPAKAI_TZ": place.local_time_zone}

    def outside_hosts(self, place: Place) -> Sequence[str]:
        """`host:port` of what the product may reach outside, when the regency's settings allow."""
        return ()

    # --- its secrets and files

    @abstractmethod
    def secret_makers(self) -> Mapping[str, Callable[[], Secret]]:
        """Name → function making a new Secret; each is made once and never rotated by itself.

        `database_password` is always among them.
        """

    @abstractmethod
    def files(self, place: Place) -> Sequence[InstanceFile]: ...

    # --- its database

    def install_commands(self) -> Sequence[tuple[str, ...]]:
        """Commands of one-off containers that fill an empty database (for the template)."""
        return ((*CLI, "install"),)

    def trial_command(self) -> tuple[str, ...]:
        """Command that proves that the image runs, for a product with no database of its own."""
        return (*CLI, "version")

    def adopt(self, place: Place) -> Sequence[Statement]:
        """SQL run once on a database just filled from the template, before `identity`."""
        return ()

    def village_row(self, place: Place) -> Statement | None:
        """In a combined database: the query for the id of this village's row, if it has one."""
        return None

    def join_commands(self) -> Sequence[tuple[str, ...]]:
        """Commands that add this village to a combined database that others live in already."""
        return ()

    def upgrade_command(self) -> tuple[str, ...]:
        """Command of the one-off container that migrates the database to its image's release."""
        return (*CLI, "migrate")

    def leave(self, place: Place) -> Sequence[Statement]:
        """SQL that takes a village which was never finished out of a combined database again."""
        return ()

    @abstractmethod
    def identity(self, place: Place) -> Sequence[Statement]:
        """SQL that turns a clone of the template into this region's own; safe to run again."""

    def prepare_commands(self) -> Sequence[tuple[str, ...]]:
        """Commands after identity that the product needs before it serves; safe to run again."""
        return ()

    def token_statements(self, place: Place) -> Sequence[Statement]:
        """SQL that gives the product the region's subscription token, where it keeps it there."""
        return ()

    def forget_commands(self) -> Sequence[tuple[str, ...]]:
        """Commands inside the serving container that make it read changed settings again."""
        return ()

    # --- its look

    def brand_slots(self, place: Place) -> Sequence[BrandSlot]:
        """Where the product keeps each value of the brand kit."""
        return ()

    def brand_files(self, place: Place, wear: Wear) -> Sequence[BrandFile]:
        """Files that follow from what is worn, and are written anew with it."""
        return ()

    def brand_proofs(self, place: Place, wear: Wear) -> Sequence[BrandProof]:
        """What the source of its pages holds once the brand is worn."""
        return ()

    # --- proof

    @abstractmethod
    def wrong_health(self, answer: Mapping[str, Any], place: Place, facts: ReleaseFacts) -> str:
        """Why a health answer does not prove this region and release; empty when it does."""

    def licence_state(self, answer: Mapping[str, Any]) -> LicenceState:
        """What the answer of `licence_path` says of the licence."""
        return LicenceState.NOT_NEEDED

    @abstractmethod
    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]: ...


def refuse_tree(label: str, reason: str) -> InvalidInput:
    """The error for a source tree that is not a release of the product called `label`."""
    return InvalidInput(
        f"Sumber ini bukan rilis {label}: {reason}.",
        hint=f"Periksa alamat atau berkasnya, lalu ulangi dengan sumber rilis {label} yang utuh.",
    )
