"""Touch: a throw-away instance of the new release on a clone: its files, its view, its container.

Everything it has carries the operation's number in its name, so that what a killed worker left can
be found and thrown away later: `gladi-7-…` folders, views and containers, `gladi_7_…` databases.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from siappakai.errors import StepErrored
from siappakai.products.contract import DatabaseAccess
from siappakai.provision import files
from siappakai.provision.clones import PREFIX, drop_clone, left_clones
from siappakai.provision.databases import Databases
from siappakai.provision.egress_config import WayOut
from siappakai.provision.file_view import FileView, ViewOrder, close_left_views, open_view
from siappakai.provision.file_view_open import work_folder
from siappakai.provision.install_files import make_server_folders
from siappakai.provision.job import Job
from siappakai.provision.naming import ServerPaths
from siappakai.provision.step_context import wanted_container
from siappakai.provision.tools import Tools
from siappakai.provision.wanted import LABEL, BindMount, ContainerSpec, run_mount

NUMBER = re.compile(r"gladi[-_](\d+)[-_]")
OF_CLONE = re.compile(r"GRANT [A-Z, ]+ ON `gladi\\_\d+\\_[^`]*`\.\*$")
READS = re.compile(r"GRANT SELECT ON [^*]+$")
SOCKET_NAME_LIMIT = 107  # bytes of a unix socket's path, linux/un.h


@dataclass(frozen=True, slots=True)
class Stand:
    """One instance as the new release would see it; `job` knows the clone, never production."""

    job: Job
    view: FileView
    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "run" / "http.sock"

    @property
    def run(self) -> BindMount:
        return run_mount(self.folder / "run")

    @property
    def spec(self) -> ContainerSpec:
        return self.view.spec

    @property
    def logs(self) -> Path | None:
        """Where the product's own log files of this rehearsal lie."""
        real = self.job.paths.home / "logs"
        return next((part.upper for part in self.view.parts if part.real == real), None)

    def container(self, word: str) -> str:
        return f"{self.view.engine.fleet}-{name_of(self.job)}-{word}"


def name_of(job: Job) -> str:
    """`gladi-7-31`: operation 7, instance 31."""
    return f"gladi-{job.operation_id}-{job.instance_id}"


def grant_clone(databases: Databases, access: DatabaseAccess, jobs: Iterable[Job]) -> None:
    """The clone's account has this password, all of the clone, and what the jobs may look into."""
    databases.ensure_account(access)
    for job in jobs:
        if job.place.reads is not None:
            databases.grant_reading(access.user, job.place.reads.name, job.recipe.database.hidden)


def make_stand(job: Job, tools: Tools, access: DatabaseAccess) -> Stand:
    """The instance's files point at the clone, and what it writes goes to a view.

    Made again it is the same, with what was written to its view. It has no way outside, unless the
    product needs another of its own region to prove itself.
    """
    job = _on_clone(job, access)
    folder = work_folder(job.server.paths) / f"{name_of(job)}-wadah"
    files.make_dir(folder.parent, uid=0, gid=0, mode=0o700)
    files.make_dir(folder, uid=0, gid=0, mode=0o700)
    files.make_dir(folder / "run", uid=job.uid, gid=0, mode=0o750)
    make_server_folders(job.recipe, job.server.paths)
    written = _write_files(job, folder / "berkas")
    spec = _with_files(wanted_container(job), written)
    labels = {
        LABEL + "rehearsal": str(job.operation_id),
        LABEL + "product": job.recipe.product,
        LABEL + "release": job.release.version,
    }
    order = ViewOrder(tools.engine, job.server.paths, name_of(job), replace(spec, labels=labels))
    stand = Stand(job, open_view(order), folder)
    _refuse_unsafe(stand)
    return stand


def _on_clone(job: Job, access: DatabaseAccess) -> Job:
    reads = job.place.reads
    if reads is not None:
        reads = DatabaseAccess(reads.name, access.user, access.password)
    way_out = job.way_out if job.recipe.calls_own_domain else WayOut()
    return replace(job, place=replace(job.place, database=access, reads=reads), way_out=way_out)


def _write_files(job: Job, home: Path) -> dict[str, str]:
    """The rendered files, in a place of their own; real path → where the container finds it."""
    files.make_dir(home, uid=0, gid=0, mode=0o711)
    rendered = job.recipe.files(job.place)
    instead = {}
    for mount in job.recipe.mounts():
        inner = [one for one in rendered if f"{one.path}/".startswith(f"{mount.source}/")]
        if not mount.read_only or mount.of_product or not inner:
            continue
        if not mount.is_file:
            files.make_dir(home / mount.source, uid=0, gid=job.uid, mode=mount.mode)
        for one in inner:
            files.write_file(
                home / one.path, one.content.reveal(), uid=job.uid, gid=job.uid, mode=one.mode
            )
        instead[str(job.paths.home / mount.source)] = str(home / mount.source)
    return instead


def _with_files(spec: ContainerSpec, instead: dict[str, str]) -> ContainerSpec:
    mounts = tuple(
        replace(one, source=instead.get(one.source, one.source))
        if isinstance(one, BindMount)
        else one
        for one in spec.mounts
    )
    return replace(spec, mounts=mounts)


def _refuse_unsafe(stand: Stand) -> None:
    """No rehearsal starts with a way to write production: a fault of ours stops here."""
    database = stand.job.place.database
    work = work_folder(stand.job.server.paths)
    writable = [Path(one.source) for one in _binds(stand.spec) if not one.read_only]
    strange = [path for path in writable if not path.is_relative_to(work)]
    if strange or not (database.name.startswith(PREFIX) and database.user.startswith(PREFIX)):
        raise _unsafe([database.name, *map(str, strange)])
    if len(str(stand.socket).encode()) > SOCKET_NAME_LIMIT:
        raise StepErrored("Nama folder data terlalu panjang untuk soket gladi bersih.")


def _binds(spec: ContainerSpec) -> list[BindMount]:
    return [one for one in spec.mounts if isinstance(one, BindMount)]


def proof_of(stand: Stand, databases: Databases) -> dict[str, list[str]]:
    """What the stand can write to and log in to, as the server says it; kept with the verdict.

    StepErrored when the account could change anything but a clone.
    """
    user = stand.job.place.database.user
    with databases.connection("mysql") as connection, connection.cursor() as cursor:
        cursor.execute("SHOW GRANTS FOR %s@localhost", (user,))
        grants = [str(row[0]).partition(" TO ")[0] for row in cursor.fetchall()]
    grants = [each for each in grants if "GRANT USAGE ON *.*" not in each]
    wide = [each for each in grants if not (OF_CLONE.match(each) or READS.match(each))]
    if wide:
        raise _unsafe(wide)
    views = [
        one.target
        for one in stand.spec.mounts
        if not (isinstance(one, BindMount) and one.read_only)
    ]
    return {"views": views, "grants": grants}


def _unsafe(what: Iterable[str]) -> StepErrored:
    return StepErrored(
        "Gladi bersih ini dapat menulis ke data desa yang asli; tidak dijalankan.",
        hint="Laporkan ini kepada pengelola.",
        log_tail="\n".join(what),
    )


# --- the end


def throw_away(tools: Tools, server: ServerPaths, operation_id: int, database: str = "") -> None:
    """Nothing of the operation's rehearsal is left; safe to run at any moment, and again.

    `database` is the production database that it was cloned from, when it is known.
    """
    for name in _containers_of(tools, operation_id, database, server):
        tools.engine.remove(name)
    for clone in left_clones(tools.databases, str(operation_id)):
        drop_clone(tools.databases, clone)
    if database:  # an account without a database: killed between two statements
        drop_clone(tools.databases, f"{PREFIX}{operation_id}_{database}")
    for beginning in (f"gladi-{operation_id}-", f"{PREFIX}{operation_id}_"):
        close_left_views(tools.engine, server, beginning=beginning)


def _containers_of(
    tools: Tools, operation_id: int, database: str, server: ServerPaths
) -> list[str]:
    """Its own containers, and the dumping one whose worker was killed."""
    found = [each.name for each in tools.engine.list_containers(rehearsal=str(operation_id))]
    if database:
        target = work_folder(server) / f"{PREFIX}{operation_id}_{database}" / "isi.sql"
        mark = hashlib.sha256(str(target).encode()).hexdigest()[:6]
        found.append(f"{server.fleet}-salin-{database.replace('_', '-')}-{mark}")
    return found


def left_operations(tools: Tools, server: ServerPaths) -> set[int]:
    """Numbers of the operations of which a rehearsal's clone, folder or container is there."""
    names = left_clones(tools.databases)
    with suppress(FileNotFoundError):
        names += [each.name for each in work_folder(server).iterdir()]
    found = {int(match[1]) for name in names if (match := NUMBER.match(name))}
    labelled = (each.labels.get(LABEL + "rehearsal", "") for each in tools.engine.list_containers())
    return found | {int(number) for number in labelled if number.isdecimal()}
