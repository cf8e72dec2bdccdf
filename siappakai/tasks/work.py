"""Touch: what each kind of task does; all of it may be done again from the beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from siappakai.branding.distribute import distribute_brand
from siappakai.branding.sent import ready_themes
from siappakai.errors import Refused, StepFailed
from siappakai.models import (
    Event,
    Release,
    ReleaseState,
    Server,
    ServerState,
    TaskKind,
    ThemeState,
    ThemeVersion,
    db,
)
from siappakai.provision.catalogue import get_release
from siappakai.provision.discovery import discover
from siappakai.provision.distribute import distribute_release
from siappakai.provision.job import server_facts
from siappakai.provision.programs import OnLine
from siappakai.provision.prune import plan_pruning, prune_images
from siappakai.provision.prune_plan import Pruning
from siappakai.provision.release_build import ReleaseOrder, add_release
from siappakai.provision.release_settings import source_of
from siappakai.provision.template_dump import ensure_template
from siappakai.provision.tools import tools_for
from siappakai.themes.keep import ThemeOrder, add_theme
from siappakai.themes.source import SourceOrder

THEME_FIELDS = ("origin", "tag", "folder", "slug", "version", "title")


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A claimed task, read once."""

    id: int
    kind: TaskKind
    product: str
    release_id: int | None
    by: str
    parameters: Mapping[str, Any]

    @property
    def release(self) -> int:
        if self.release_id is None:
            raise StepFailed("Pekerjaan ini tidak menyebut rilisnya.")
        return self.release_id


def _discover(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
    origin = str(task.parameters.get("origin", ""))
    found = discover(task.product, origin, by=task.by, on_line=on_line)
    return {
        "origin": found.origin,
        "found": [f"{each.version} ({each.edition})" for each in found.found],
        "new": [each.version for each in found.new],
        "strange": list(found.strange),
        "older": len(found.older),
    }


def _build(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
    order = build_order(task.release, by=task.by)
    server = ready_local_server()
    server_id, engine = server.id, tools_for(server_facts(server)).engine
    db.session.rollback()
    release_id = add_release(order, engine, on_line)
    ensure_template(release_id, server_id, by=task.by, on_line=on_line)
    state = str(get_release(release_id).state)
    db.session.rollback()
    on_line(f"Selesai: rilis {order.version} sekarang {state}.")
    return {"release_id": release_id, "state": state}


def _distribute(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
    ready = select(Server.id).filter_by(state=ServerState.READY).order_by(Server.id)
    server_ids = list(task.parameters.get("servers") or db.session.scalars(ready))
    db.session.rollback()
    results = distribute_release(task.release, server_ids, by=task.by, on_line=on_line)
    lacking = [each for each in results if not each.is_present]
    if lacking:
        raise StepFailed(
            f"{len(lacking)} dari {len(results)} server belum memegang citra rilis ini.",
            hint="Baca sebabnya di bawah, perbaiki, lalu tekan Coba lagi; yang sudah ada dilewati.",
            log_tail="\n".join(f"{each.server}: {each.error}" for each in lacking),
        )
    return {"servers": [each.server for each in results]}


def _distribute_themes(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
    themes = sorted(set(db.session.scalars(ready_themes())))
    ready = select(Server.id).filter_by(state=ServerState.READY).order_by(Server.id)
    server_ids = list(db.session.scalars(ready))
    db.session.rollback()
    results = distribute_brand(server_ids, themes, (), on_line, by=task.by)
    lacking = [each for each in results if not each.is_present]
    if lacking:
        raise StepFailed(
            f"{len(lacking)} dari {len(results)} server belum memegang semua tema.",
            hint="Baca sebabnya di bawah, perbaiki, lalu tekan Coba lagi; yang sudah ada dilewati.",
            log_tail="\n".join(each.sentence for each in lacking),
        )
    return {"servers": [each.server for each in results], "themes": themes}


def _add_theme(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
    said = {name: str(task.parameters.get(name) or "") for name in THEME_FIELDS}
    source = SourceOrder(said["origin"], said["tag"], said["folder"])
    order = ThemeOrder(source, task.by, said["slug"], said["version"], said["title"])
    version_id = add_theme(order, on_line)
    row = db.session.get_one(ThemeVersion, version_id)
    name = f"{row.theme.title or row.theme.slug} {row.version}"
    found = {"version_id": version_id, "state": str(row.state)}
    is_ready = row.state == ThemeState.READY
    db.session.rollback()
    if is_ready:
        on_line(f"{name} diterima dan siap dipilih.")
    else:
        on_line(f"{name} belum diterima; temuannya ada di halaman versinya.")
    return found


def _prune(task: TaskFacts, on_line: OnLine) -> dict[str, Any]:
    server_id = ready_local_server().id
    db.session.rollback()
    shown = Pruning.of(task.parameters.get("chosen") or {})
    is_dry = bool(task.parameters.get("dry_run", True))
    plan = plan_pruning(server_id)
    if is_dry:
        on_line(f"{len(plan.images)} citra dan {len(plan.files)} berkas tidak diperlukan lagi.")
        return {"dry_run": True, **asdict(plan)}
    done = prune_images(server_id, plan.only(shown), by=task.by, on_line=on_line)
    return {"dry_run": False, **asdict(done)}


WORK: dict[TaskKind, Callable[[TaskFacts, OnLine], dict[str, Any]]] = {
    TaskKind.DISCOVER: _discover,
    TaskKind.BUILD: _build,
    TaskKind.DISTRIBUTE: _distribute,
    TaskKind.PRUNE: _prune,
    TaskKind.DISTRIBUTE_THEMES: _distribute_themes,
    TaskKind.ADD_THEME: _add_theme,
}


def build_order(release_id: int, *, by: str) -> ReleaseOrder:
    """How to build a release that stands in the catalogue, for the first time or again."""
    release = get_release(release_id)
    source = source_of(release.product, release.origin)
    order = ReleaseOrder(
        release.product,
        release.version,
        source.origin,
        by,
        token_file=source.token_file,
        edition=release.edition,
        composer=source.composer,
        tag=tag_of(release),
        release_id=release.id,
    )
    db.session.rollback()
    return order


def tag_of(release: Release) -> str:
    """The tag to build from: as it was discovered, or as it was built the last time."""
    if release.state == ReleaseState.NEW:
        return release.revision
    event = db.session.scalars(
        select(Event)
        .filter_by(word="release_built", subject=f"{release.product}:{release.version}")
        .order_by(Event.id.desc())
        .limit(1)
    ).first()
    return str(event.fields.get("tag") or "") if event else ""


def ready_local_server() -> Server:
    """The machine that builds; Refused while it isn't prepared."""
    server = db.session.scalars(select(Server).filter_by(name="local")).first()
    if server is None or server.state != ServerState.READY:
        raise Refused("Server ini belum disiapkan.", hint="Jalankan: siappakai server siapkan")
    return server
