"""Touch: the template of a release: a fresh installation, made once, dumped for cloning."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siappakai.errors import NotFound, StepFailed
from siappakai.models import (
    Release,
    Server,
    TemplateDump,
    append_event,
    db,
    transaction,
)
from siappakai.products import find_recipe
from siappakai.products.contract import DatabaseAccess, Place, Recipe, RegionFacts
from siappakai.provision import files
from siappakai.provision.catalogue import explain_untested, mark_tested
from siappakai.provision.databases import DumpFacts
from siappakai.provision.install_files import lay_out_files
from siappakai.provision.job import ServerFacts, server_facts
from siappakai.provision.naming import InstancePaths
from siappakai.provision.step_context import last_object
from siappakai.provision.tools import Tools, tools_for
from siappakai.provision.wanted import ContainerSpec, make_container_spec
from siappakai.secret import random_token

TEMPLATE_UID = 199_999
OnLine = Callable[[str], None]
# A line of the application's log that may hold a secret; even a thrown-away one is not kept.
SECRET = re.compile(r"passw|app_key|secret|token", re.IGNORECASE)
PHP_ERROR = re.compile(r"fatal error|exception|SQLSTATE", re.IGNORECASE)
LONGEST_CAUSE = 130

NOBODY = RegionFacts(
    code="0000000000",
    name="Cetakan",
    district_code="000000",
    district_name="Cetakan",
    regency_code="0000",
    regency_name="Kabupaten Cetakan",
    province_code="00",
    province_name="Cetakan",
    domain="cetakan.invalid",
)


def ensure_template(
    release_id: int, server_id: int, *, by: str, on_line: OnLine
) -> TemplateDump | None:
    """The release's template is on the server; made by a real, headless installation if not.

    None for a product with no database of its own, whose image is tried instead.
    """
    release = db.session.get(Release, release_id)
    server_row = db.session.get(Server, server_id)
    if release is None or server_row is None:
        raise NotFound("Rilis atau server itu tidak ada.")
    server = server_facts(server_row)
    name = f"{release.product}-{release.content_sha256[:12]}"
    kept = db.session.scalar(
        select(TemplateDump).filter_by(release_id=release_id, server_id=server_id)
    )
    if kept is not None and _is_whole(kept, server, name):
        return kept
    recipe, digest = find_recipe(release.product), release.digest
    if recipe.database.shared_with:
        db.session.rollback()
        on_line(f"Mencoba citra {recipe.label} …")
        with _explained(release_id):
            _try_image(recipe, digest, server)
        _keep_trial(release_id, by)
        return None
    db.session.rollback()
    on_line(f"Membuat cetakan basis data {recipe.label} …")
    started = time.monotonic()
    with _explained(release_id):
        dump = _make(recipe, digest, server, name)
    seconds = time.monotonic() - started
    on_line(f"Cetakan jadi: {dump.table_count} tabel dalam {seconds:.1f} detik.")
    return _keep(release_id, server_id, dump, seconds, by)


def _is_whole(kept: TemplateDump, server: ServerFacts, name: str) -> bool:
    """Whether the dump is there, and of what the release holds now."""
    is_ours = kept.file_name.startswith(name)
    return is_ours and (server.paths.templates / kept.file_name).is_file()


@contextmanager
def _explained(release_id: int) -> Iterator[None]:
    """A release that can't be installed stays untested, and its row says why."""
    try:
        yield
    except StepFailed as error:
        explain_untested(release_id, error.message)
        raise


def _make(recipe: Recipe, digest: str, server: ServerFacts, name: str) -> DumpFacts:
    tools = tools_for(server)
    database = f"cetak_{name.replace('-', '_')}"
    place = _template_place(recipe, database)
    paths = server.paths.instance(f"cetakan-{name}")
    files.make_dir(server.paths.templates, uid=0, gid=0, mode=0o700)
    try:
        spec = _prepare(recipe, digest, place, paths, tools)
        for command in recipe.install_commands():
            _run(recipe, spec, command, paths, tools)
        return tools.databases.dump(database, server.paths.templates / f"{name}.sql")
    finally:
        tools.databases.drop_unused(database)
        shutil.rmtree(paths.home, ignore_errors=True)


def _try_image(recipe: Recipe, digest: str, server: ServerFacts) -> None:
    """The image's own program answers in a throw-away container."""
    tools = tools_for(server)
    key = f"cobaan-{recipe.product.replace('_', '-')}"
    paths = server.paths.instance(key)
    spec = ContainerSpec(
        image=digest,
        uid=TEMPLATE_UID,
        mounts=(),
        tmpfs=recipe.tmpfs(TEMPLATE_UID),
        limits=recipe.limits,
        labels={},
        files_sha256="",
    )
    _run(recipe, spec, recipe.trial_command(), paths, tools)


def _keep_trial(release_id: int, by: str) -> None:
    with transaction():
        release = db.session.get_one(Release, release_id)
        mark_tested(release, by=by)
        append_event("image_tried", f"{release.product}:{release.version}", by=by)


def _template_place(recipe: Recipe, database: str) -> Place:
    """A place with secrets of its own, thrown away with it; a clone gets its village's."""
    secrets = {name: make() for name, make in recipe.secret_makers().items()}
    access = DatabaseAccess(database, database, random_token())
    return Place(region=NOBODY, database=access, secrets=secrets)


def _prepare(
    recipe: Recipe, digest: str, place: Place, paths: InstancePaths, tools: Tools
) -> ContainerSpec:
    access = place.database
    tools.databases.drop_unused(access.name)
    tools.databases.create(access.name, recipe.database.charset, recipe.database.collation)
    tools.databases.ensure_account(access)
    shutil.rmtree(paths.home, ignore_errors=True)
    lay_out_files(recipe, place, paths, TEMPLATE_UID)
    spec = make_container_spec(
        recipe,
        paths,
        uid=TEMPLATE_UID,
        image_digest=digest,
        labels={"product": recipe.product},
        files=tuple(recipe.files(place)),
        environment=recipe.environment(place),
    )
    return replace(spec, limits=replace(recipe.limits, memory_bytes=1024**3))


def _run(
    recipe: Recipe,
    spec: ContainerSpec,
    command: tuple[str, ...],
    paths: InstancePaths,
    tools: Tools,
) -> None:
    name = f"{tools.engine.fleet}-{paths.key}"
    result = tools.engine.run_once(name, spec, command)
    answer = last_object(result.output)
    if result.exit_code or not answer.get("ok"):
        cause = _cause(answer, result.output + result.errors)
        raise StepFailed(
            f"Pemasangan percobaan {recipe.label} gagal (kode {result.exit_code}){cause}.",
            hint="Rilis ini tidak dapat dipasang; baca keterangan di bawah dan laporkan.",
            log_tail=_without_secrets(result.output + "\n" + result.errors + _own_log(paths.home)),
        )


def _cause(answer: dict[str, Any], said: str = "") -> str:
    """What our command inside the image, or else PHP itself, said was wrong: a sentence's end."""
    told = [str(answer[name]) for name in ("error", "state", "detail") if answer.get(name)]
    fatal = [line for line in said.splitlines() if PHP_ERROR.search(line)]
    words = ": ".join(told) if told else fatal[-1] if fatal else ""
    words = re.sub(r"\s*@/\S+|\s+", " ", words).strip().rstrip(".")
    return f": {words[:LONGEST_CAUSE]}" if words and not SECRET.search(words) else ""


def _without_secrets(text: str) -> str:
    lines = (line for line in text[-6000:].splitlines() if not SECRET.search(line))
    return "\n".join(lines)


def _own_log(home: Path) -> str:
    """What the application itself wrote during the installation, newest file only."""
    logs = sorted((home / "logs").glob("*"), key=lambda each: each.stat().st_mtime)
    return "\n" + logs[-1].read_text(errors="replace")[-3000:] if logs else ""


def _keep(
    release_id: int, server_id: int, dump: DumpFacts, seconds: float, by: str
) -> TemplateDump:
    with transaction():
        row = db.session.scalar(
            select(TemplateDump).filter_by(release_id=release_id, server_id=server_id)
        ) or TemplateDump(release_id=release_id, server_id=server_id)
        row.file_name, row.sha256 = dump.file_name, dump.sha256
        row.size_bytes, row.table_count = dump.size_bytes, dump.table_count
        row.seconds = round(seconds, 2)
        db.session.add(row)
        release = db.session.get_one(Release, release_id)
        mark_tested(release, by=by)
        append_event(
            "template_made",
            f"{release.product}:{release.version}",
            by=by,
            tables=dump.table_count,
            seconds=row.seconds,
        )
        return row
