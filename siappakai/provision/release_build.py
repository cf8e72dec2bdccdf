"""Touch: a release comes in: fetched, recognised, mended, built, listed, and its template made."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import or_, select

from siappakai.config import Settings
from siappakai.errors import InvalidInput
from siappakai.models import (
    Edition,
    Instance,
    Release,
    ReleaseState,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products import find_recipe
from siappakai.products.contract import Recipe, ReleaseFacts
from siappakai.provision.base_images import ensure_base_image
from siappakai.provision.catalogue import move_release
from siappakai.provision.components import component_list, php_requirement
from siappakai.provision.composer_build import (
    ComposerFacts,
    ComposerJob,
    ComposerOptions,
    bases_for_lock,
    ensure_vendor,
    has_vendor,
)
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.git_source import LONGEST_TEXT
from siappakai.provision.image_build import BuiltImage, build_release_image
from siappakai.provision.image_claims import claim_image
from siappakai.provision.patches import AppliedPatch, apply_patches, load_patches
from siappakai.provision.php_versions import AVAILABLE, choose_php
from siappakai.provision.prune_needs import ways_back
from siappakai.provision.release_notes import notes_file, notes_of
from siappakai.provision.sources import FetchedSource, fetch_source

OnLine = Callable[[str], None]
WORKSHOP = "rilis-"


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """What the admin asked for: which version of which product, and where it comes from.

    `tag` is the tag or branch to take when its name isn't the version that the code states: tag
    v2606.0.1 of the mobile API holds code that says 2606.0.0. `release_id` is the row to build,
    when the release was discovered before.
    """

    product: str
    version: str
    origin: str
    by: str
    token_file: Path | None = None
    edition: Edition | None = None
    composer: ComposerOptions = ComposerOptions()
    tag: str = ""
    release_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Built:
    facts: ReleaseFacts
    source: FetchedSource
    php: str
    image: BuiltImage
    size_bytes: int
    components: str
    patches: list[AppliedPatch]
    composed: ComposerFacts | None
    notes: str


@dataclass(frozen=True, slots=True)
class _Rooms:
    """Where a build reads and works."""

    settings: Settings
    workshop: Path

    @property
    def tree(self) -> Path:
        return self.workshop / "sumber"


def add_release(order: ReleaseOrder, engine: DockerEngine, on_line: OnLine) -> int:
    """The release is in the catalogue with its image; returns its id.

    The same release again gives the same content and no second image. Nothing half-built stays.
    """
    settings: Settings = current_app.extensions["siappakai_settings"]
    recipe = find_recipe(order.product)
    settings.sources_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear_left_behind(settings.sources_dir)
    prefix = f"{WORKSHOP}{os.getpid()}-"
    workshop = Path(tempfile.mkdtemp(prefix=prefix, dir=settings.sources_dir))
    try:
        built = _build(order, recipe, engine, _Rooms(settings, workshop), on_line)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return _keep(order, built)


def _clear_left_behind(folder: Path) -> None:
    """Workshops of processes that were killed are gone."""
    for left in folder.glob(f"{WORKSHOP}*"):
        owner = left.name.removeprefix(WORKSHOP).partition("-")[0]
        if not Path("/proc", owner, "stat").exists():
            shutil.rmtree(left, ignore_errors=True)


def _build(
    order: ReleaseOrder,
    recipe: Recipe,
    engine: DockerEngine,
    rooms: _Rooms,
    on_line: OnLine,
) -> _Built:
    on_line(f"Mengambil sumber {recipe.label} {order.version} …")
    source = fetch_source(
        order.origin,
        order.tag or order.version,
        token_file=order.token_file,
        into=rooms.tree,
        on_line=on_line,
    )
    facts = recipe.read_release(source.tree)
    _check_version(order, facts, source, recipe)
    php, composed = _complete(order, recipe, facts, rooms, engine, on_line)
    image_folder = rooms.settings.images_dir / recipe.product
    patches = _mend(source, facts, image_folder, on_line)
    base = ensure_base_image(engine.client, php, rooms.settings.images_dir, on_line)
    on_line(f"Membangun citra di atas PHP {php} …")
    shared = recipe.shared_image_folder
    image = build_release_image(
        engine.client,
        recipe.product,
        facts.version,
        source.tree,
        image_folder,
        base.tag,
        patches,
        {"siappakai.composer_lock_sha256": composed.lock_sha256} if composed else {},
        on_line,
        rooms.settings.images_dir / shared if shared else None,
    )
    claim_image(engine, image.image_id, recipe.product, facts.version)
    on_line("Citra sudah ada, dipakai lagi." if image.reused else f"Citra jadi: {image.tag}")
    size = int(engine.client.api.inspect_image(image.image_id)["Size"])
    components = component_list(source.tree).decode()
    notes = _read_notes(source.tree, facts.version)
    return _Built(facts, source, php, image, size, components, patches, composed, notes)


def _read_notes(tree: Path, version: str) -> str:
    name = notes_file(each.name for each in tree.iterdir() if each.is_file())
    if name is None:
        return ""
    with (tree / name).open(encoding="utf-8", errors="replace") as stream:
        return notes_of(stream.read(LONGEST_TEXT), version)


def _complete(
    order: ReleaseOrder,
    recipe: Recipe,
    facts: ReleaseFacts,
    rooms: _Rooms,
    engine: DockerEngine,
    on_line: OnLine,
) -> tuple[str, ComposerFacts | None]:
    """The PHP to build on, and the tree with its vendor/ (before patches: they may mend it too)."""
    required, needs, tree = php_requirement(rooms.tree), recipe.composer, rooms.tree
    if needs is None or facts.edition == Edition.SAMPLE:
        return choose_php(required, preferred=facts.php_wanted), None
    fitting = AVAILABLE if has_vendor(tree) else bases_for_lock(tree, needs)
    php = choose_php(required, fitting, facts.php_wanted)
    settings = rooms.settings
    ensure_base_image(engine.client, php, settings.images_dir, on_line)
    job = ComposerJob(
        recipe.product,
        tree,
        rooms.workshop,
        php,
        needs,
        order.composer,
        settings.images_dir,
        settings.home / "kunci-composer",
    )
    return php, ensure_vendor(job, engine, on_line)


def _mend(
    source: FetchedSource, facts: ReleaseFacts, image_folder: Path, on_line: OnLine
) -> list[AppliedPatch]:
    """The known faults of this very release mended; our samples have none of them."""
    if facts.edition == Edition.SAMPLE:
        return []
    folder = image_folder / "patches" / f"v{facts.version}"
    applied = apply_patches(source.tree, load_patches(folder))
    for patch in applied:
        on_line(f"Tambalan diterapkan: {patch.name}")
    return applied


def _check_version(
    order: ReleaseOrder, facts: ReleaseFacts, source: FetchedSource, recipe: Recipe
) -> None:
    """A tag named 2410 whose code says 2409 is a mistake somewhere; better told than installed."""
    asked = order.version.removeprefix("v")
    if asked[:4].isdigit() and asked != facts.version:
        raise InvalidInput(
            f"Diminta {recipe.label} {asked}, tetapi sumbernya berisi {facts.version}.",
            hint=f"Periksa {source.origin_shown}. Bila kodenya memang menyebut {facts.version}, "
            f"tulis versi itu dan tambahkan: --tag {order.version}",
        )


def _keep(order: ReleaseOrder, built: _Built) -> int:
    with transaction():
        release = _row(order, built)
        if release.digest and release.content_sha256 != built.image.content_sha256:
            _take_other_content(release, order.by)
        _describe(release, built)
        if release.state == ReleaseState.NEW:
            move_release(release, ReleaseState.BUILT, by=order.by)
        append_event(
            "release_built",
            f"{order.product}:{built.facts.version}",
            by=order.by,
            digest=built.image.image_id,
            reused=built.image.reused,
            tag=order.tag,
            **_composer_fields(built.composed),
        )
        db.session.flush()
        return release.id


def _row(order: ReleaseOrder, built: _Built) -> Release:
    """The row that was ordered, or the one of this version and edition, or a new one."""
    facts = built.facts
    row = db.session.get(Release, order.release_id) if order.release_id else None
    if row is not None and row.state != ReleaseState.NEW:
        return row
    told = row.edition if row is not None else order.edition
    # The code knows a sample or a premium release; an ordinary one may be told to be premium.
    edition = facts.edition if row and facts.edition != Edition.GENERAL else told or facts.edition
    wanted = {"product": order.product, "version": facts.version, "edition": edition}
    known = db.session.scalar(select(Release).filter_by(**wanted))
    if row is None:
        row = known or Release(**wanted, state=ReleaseState.NEW, added_by=order.by)
    elif known is not None and known is not row:
        raise InvalidInput(
            f"Rilis {facts.version} ({edition}) sudah ada di katalog.",
            hint="Pakai rilis yang sudah ada itu.",
        )
    row.version, row.edition = facts.version, edition
    db.session.add(row)
    db.session.flush()
    return row


def _composer_fields(composed: ComposerFacts | None) -> dict[str, object]:
    if composed is None:
        return {}
    return {
        "composer_lock_sha256": composed.lock_sha256,
        "composer_lock_was_made": composed.lock_was_made,
        "composer_packages": composed.package_count,
    }


def _take_other_content(release: Release, by: str) -> None:
    """One image each, for ever: a release in use must not change under its villages."""
    is_used = db.session.scalar(
        select(Instance.id)
        .where(
            or_(
                Instance.recorded_release_id == release.id,
                Instance.wanted_release_id == release.id,
            )
        )
        .limit(1)
    )
    if release.state in (ReleaseState.OFFERED, ReleaseState.TESTED) or is_used:
        raise InvalidInput(
            f"Rilis {release.version} sudah ada dengan isi lain.",
            hint="Rilis yang sudah ditawarkan tidak diganti. Pakai nomor revisi baru, atau tarik "
            "dahulu rilis itu bila belum dipakai.",
        )
    if release.id in ways_back():
        raise InvalidInput(
            f"Rilis {release.version} adalah tempat kembali sebuah aplikasi; isinya tidak diganti.",
            hint="Yang mundur harus mendapat isi yang dahulu melayaninya. Pakai nomor revisi baru.",
        )
    if release.state == ReleaseState.WITHDRAWN:
        move_release(release, ReleaseState.BUILT, by=by, reason="dibangun ulang dengan isi lain")


def _describe(release: Release, built: _Built) -> None:
    """What was built stands in the row; the same content built once more is no younger."""
    if release.built_at is None or release.content_sha256 != built.image.content_sha256:
        release.built_at = utc_now()
    release.schema_version = built.facts.schema_version
    release.php_version = built.php
    release.origin = built.source.origin_shown[:255]
    release.revision = built.source.revision[:64]
    release.image_tag = built.image.tag
    release.digest = built.image.image_id
    release.content_sha256 = built.image.content_sha256
    release.size_bytes = built.size_bytes
    release.components = built.components
    release.component_count = len(json.loads(built.components).get("components", []))
    release.patches = [asdict(patch) for patch in built.patches]
    release.notes = built.notes or release.notes or ""
