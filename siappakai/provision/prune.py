"""Touch: images and dumps that nobody needs any more are looked up, shown, and taken away."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException
from sqlalchemy import select
from sqlalchemy.orm import defer

from siappakai.errors import NotFound, Unavailable
from siappakai.models import (
    Operation,
    OperationState,
    Release,
    Server,
    Step,
    StepState,
    TemplateDump,
    append_event,
    db,
    read_setting,
    transaction,
)
from siappakai.provision.catalogue import PRUNED_TAG
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.image_claims import claims_of
from siappakai.provision.job import ServerFacts, server_facts
from siappakai.provision.lifecycle import COMING_BACK
from siappakai.provision.programs import OnLine
from siappakai.provision.prune_needs import needed_releases, return_points
from siappakai.provision.prune_plan import (
    DumpFile,
    KeptImage,
    Pruning,
    ReleaseImage,
    UnusedFile,
    prunable,
    unused_dumps,
)
from siappakai.provision.release_settings import kept_images
from siappakai.provision.snapshots import changed_mark
from siappakai.provision.tools import tools_for
from siappakai.provision.warm_files import forget_list

KEEP_DUMP_DAYS = "salinan.simpan_hari"
KEEP_DUMP_DAYS_BY_DEFAULT = 30
YOUNG_S = 6 * 3600  # a template that is being made is no orphan
DAY_S = 86_400
_DUMP = re.compile(r"operasi-([0-9]{1,9})\.sql")


def plan_pruning(server_id: int, keep_n: int | None = None) -> Pruning:
    """What nobody needs on this server now; nothing is changed."""
    server = _server(server_id)
    engine = tools_for(server).engine
    needed, points = needed_releases(), return_points()
    keep_n = kept_images() if keep_n is None else keep_n
    rows = _built_releases()
    files = (*_old_dumps(server, points), *_orphan_templates(server))
    db.session.rollback()
    on_engine, bound = _on_engine(engine, rows)
    gone, kept = prunable(on_engine, needed, keep_n)
    bound |= {each.image.digest: "isi yang sama dengan rilis yang disimpan" for each in kept}
    return Pruning(
        tuple(each for each in gone if each.digest not in bound),
        files,
        (*kept, *(KeptImage(e, bound[e.digest]) for e in gone if e.digest in bound)),
    )


def prune_images(
    server_id: int, wanted: Pruning, *, by: str, on_line: OnLine, keep_n: int | None = None
) -> Pruning:
    """What of `wanted` nobody needs at this moment is gone; returns what went. Safe to repeat."""
    server = _server(server_id)
    engine = tools_for(server).engine
    images = []
    for image in wanted.images:
        still = {each.release_id for each in plan_pruning(server_id, keep_n).images}
        if image.release_id in still and _remove_image(engine, image, on_line):
            _forget_image(server, image, by)
            images.append(image)
    files = tuple(each for each in wanted.files if _remove_file(server, each, on_line))
    if files:
        with transaction():
            append_event("files_pruned", f"server:{server_id}", by=by, files=len(files))
    on_line(f"{len(images)} citra dan {len(files)} berkas dihapus.")
    return Pruning(tuple(images), files)


def _server(server_id: int) -> ServerFacts:
    row = db.session.get(Server, server_id)
    if row is None:
        raise NotFound("Server itu tidak ada.")
    facts = server_facts(row)
    db.session.rollback()
    return facts


def _built_releases() -> list[ReleaseImage]:
    rows = db.session.scalars(
        select(Release)
        .where(Release.digest != "", Release.image_tag != PRUNED_TAG)
        .options(defer(Release.components), defer(Release.notes))
    )
    return [
        ReleaseImage(
            row.id,
            row.product,
            str(row.edition),
            row.version,
            str(row.state),
            row.digest,
            row.size_bytes,
        )
        for row in rows
    ]


# --- images


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (RequestException, DockerException) as error:
        raise Unavailable(
            "Mesin Docker tidak menjawab.",
            hint="Jalankan `siappakai jalankan`, lalu coba lagi.",
            log_tail=str(error)[-2000:],
        ) from error


def _on_engine(
    engine: DockerEngine, rows: Iterable[ReleaseImage]
) -> tuple[list[ReleaseImage], dict[str, str]]:
    """The releases whose image is there, and the digests that may not go, with the reason."""
    with _asking():
        tags = {each["Id"]: each["RepoTags"] or [] for each in engine.client.api.images()}
        used = {each["ImageID"] for each in engine.client.api.containers(all=True)}
    there = [each for each in rows if each.digest in tags]
    bound = {each.digest: _bound(engine.fleet, tags[each.digest]) for each in there}
    bound |= {each.digest: "dipakai sebuah kontainer" for each in there if each.digest in used}
    return there, {digest: reason for digest, reason in bound.items() if reason}


def _bound(fleet: str, tags: list[str]) -> str:
    own, others = claims_of(tags, fleet)
    if not own and not others:
        return "tidak diketahui armada mana yang memakainya"
    return "" if own else "milik armada lain di mesin Docker yang sama"


def _remove_image(engine: DockerEngine, image: ReleaseImage, on_line: OnLine) -> bool:
    """This fleet keeps the image no more; it is gone from the engine unless others keep it."""
    with _asking():
        try:
            tags = engine.client.api.inspect_image(image.digest)["RepoTags"]
        except ImageNotFound:
            return True
        own, others = claims_of(tags, engine.fleet)
        on_line(f"Melepas citra {image.product} {image.version} …")
        try:
            for tag in own if others else [*(tag for tag in tags if tag not in own), *own]:
                engine.client.api.remove_image(tag)
        except ImageNotFound:
            return True
        except APIError as error:
            if not error.is_client_error():
                raise
            on_line(f"Citra {image.version} masih dipakai dan dibiarkan: {error.explanation}")
            return False
    return True


def _forget_image(server: ServerFacts, image: ReleaseImage, by: str) -> None:
    """The row keeps its digest and says that it must be built again; its template goes."""
    with transaction():
        release = db.session.get_one(Release, image.release_id)
        release.image_tag = PRUNED_TAG
        dumps = db.session.scalars(select(TemplateDump).filter_by(release_id=release.id)).all()
        names = [each.file_name for each in dumps if each.server_id == server.id]
        for each in dumps:
            db.session.delete(each)
        append_event(
            "image_pruned",
            f"release:{release.id}",
            by=by,
            version=f"{release.product} {release.version}",
            digest=image.digest,
        )
    for name in names:
        (server.paths.templates / name).unlink(missing_ok=True)
    forget_list(server.paths, image.digest)


# --- files


def _old_dumps(server: ServerFacts, points: frozenset[int]) -> list[UnusedFile]:
    found = _dump_files(server.paths.root / "salinan")
    keep_days = int(read_setting(KEEP_DUMP_DAYS, KEEP_DUMP_DAYS_BY_DEFAULT))
    return unused_dumps(found, points, keep_days)


def _dump_files(folder: Path) -> list[DumpFile]:
    paths = {
        path: int(match[1])
        for path in sorted(folder.glob("*/operasi-*.sql"))
        if (match := _DUMP.fullmatch(path.name)) and path.is_file() and not path.is_symlink()
    }
    ids = paths.values()
    succeeded = select(Operation.id).where(
        Operation.id.in_(ids), Operation.state == OperationState.SUCCEEDED
    )
    came_back = (
        select(Operation.id)
        .join(Step)
        .where(Operation.id.in_(ids), Operation.state == OperationState.FAILED)
        .where(Step.name == COMING_BACK, Step.state == StepState.DONE)
    )
    well = set(db.session.scalars(succeeded.union(came_back)))
    return [_dump_file(path, operation_id, well) for path, operation_id in paths.items()]


def _dump_file(path: Path, operation_id: int, well: set[int]) -> DumpFile:
    seen = path.stat()
    return DumpFile(
        str(path),
        operation_id,
        seen.st_size,
        (time.time() - seen.st_mtime) / DAY_S,
        operation_id in well,
    )


def _orphan_templates(server: ServerFacts) -> list[UnusedFile]:
    known = set(db.session.scalars(select(TemplateDump.file_name).filter_by(server_id=server.id)))
    return [
        UnusedFile(str(path), path.stat().st_size, "cetakan yang tidak dimiliki rilis mana pun")
        for path in sorted(server.paths.templates.glob("*.sql*"))
        if path.name not in known and time.time() - path.stat().st_mtime > YOUNG_S
    ]


def _remove_file(server: ServerFacts, wanted: UnusedFile, on_line: OnLine) -> bool:
    """Only a file that is unused at this moment too; a dump's mark goes before it."""
    still: dict[str, Any] = {
        each.path: each
        for each in (*_old_dumps(server, return_points()), *_orphan_templates(server))
    }
    db.session.rollback()
    if wanted.path not in still:
        return False
    changed_mark(Path(wanted.path)).unlink(missing_ok=True)
    Path(wanted.path).unlink(missing_ok=True)
    on_line(f"Dihapus: {wanted.path}")
    return True
