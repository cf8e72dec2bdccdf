"""Touch: a copy-on-write view of an instance's writable directories is opened and thrown away."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from siappakai.errors import SiapPakaiError, StepErrored, StepFailed
from siappakai.products import RECIPES
from siappakai.products.contract import Recipe
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.file_view_changes import write_baseline
from siappakai.provision.file_view_plan import (
    ViewMethod,
    ViewPart,
    is_within,
    overlay_options,
    plan_parts,
)
from siappakai.provision.file_view_tree import (
    copy_out,
    dress,
    facts_of,
    on_disk,
    walk,
)
from siappakai.provision.naming import InstancePaths, ServerPaths
from siappakai.provision.stopwatch import outside
from siappakai.provision.wanted import BindMount, ContainerSpec, VolumeMount, home_of_mount

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
RECORD = "tampilan.json"
PROBE = "touch /uji/baru && rm /uji/lama"

_can_overlay: dict[tuple[str, str], bool] = {}


@dataclass(frozen=True, slots=True)
class ViewOrder:
    """Which container's files, and the name of the work they are seen for (`operasi-12`)."""

    engine: DockerEngine
    server: ServerPaths
    name: str
    spec: ContainerSpec


@dataclass(frozen=True, slots=True)
class FileView:
    """An open view; `spec` is the order's container, writing to the view instead."""

    engine: DockerEngine
    server: ServerPaths
    name: str
    method: ViewMethod
    folder: Path
    parts: tuple[ViewPart, ...]
    spec: ContainerSpec


def work_folder(server: ServerPaths) -> Path:
    return server.root / "kerja"


def volatile_paths(recipe: Recipe, paths: InstancePaths) -> tuple[Path, ...]:
    """The real directories whose contents no return has to bring back, shared ones included."""
    own = [paths.home / one for one in recipe.volatile]
    shared = [
        home_of_mount(paths, mount) / one
        for mount in recipe.mounts()
        if mount.of_product
        for one in RECIPES[mount.of_product].volatile
        if is_within(one, [mount.source])
    ]
    return tuple(dict.fromkeys([*own, *shared]))


def open_view(order: ViewOrder) -> FileView:
    """What the container writes goes to the view; the real directories are only read.

    Opened again under its name it is the same view, with what was written to it. Close it first
    to begin anew.
    """
    if not NAME.fullmatch(order.name):
        raise ValueError(f"not a view's name: {order.name!r}")
    with outside(), on_disk("Menyiapkan tampilan berkas"):
        folder = work_folder(order.server) / order.name
        parts = plan_parts(order.spec, folder, f"{order.engine.fleet}-kerja-{order.name}-")
        method = _recorded_method(folder, parts)
        if method is None:
            _throw_away(order.engine, order.server, order.name)
            method = ViewMethod.OVERLAY if can_overlay(order) else ViewMethod.COPY
            _prepare(folder, parts, method)
        if method is ViewMethod.OVERLAY:
            for part in parts:
                order.engine.create_volume(part.volume, overlay_options(part), {"view": order.name})
        spec = _with_view(order.spec, parts, method)
        return FileView(order.engine, order.server, order.name, method, folder, parts, spec)


def _recorded_method(folder: Path, parts: tuple[ViewPart, ...]) -> ViewMethod | None:
    """How this view was made; None when it isn't, or not wholly."""
    try:
        row = json.loads((folder / RECORD).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    if row["parts"] != _described(parts):
        raise StepErrored(
            f"Tampilan berkas {folder.name} dibuat untuk aplikasi lain.",
            hint="Tutup dulu tampilan itu, lalu coba lagi.",
        )
    return ViewMethod(row["method"])


def _described(parts: tuple[ViewPart, ...]) -> list[list[str]]:
    return [[str(part.real), part.target] for part in parts]


def _prepare(folder: Path, parts: tuple[ViewPart, ...], method: ViewMethod) -> None:
    """Below a folder that only root may enter; the record is the last thing written."""
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700, exist_ok=True)
        one.chmod(0o700)
    for number, part in enumerate(parts):
        part.upper.parent.mkdir(mode=0o700)
        part.work.mkdir(mode=0o700)
        if not stat.S_ISDIR(part.real.lstat().st_mode):
            raise StepErrored(f"{part.real.name} bukan folder: tidak dapat dibuat tampilannya.")
        if method is ViewMethod.COPY:
            copy_tree(part.real, part.upper)
            write_baseline(folder, number, part.upper)
        else:
            _make_like(part.real, "", part.upper)
    temporary = folder / f".{RECORD}.baru"
    record = {"method": method, "parts": _described(parts)}
    temporary.write_text(json.dumps(record), encoding="ascii")
    temporary.replace(folder / RECORD)


def _with_view(
    spec: ContainerSpec, parts: tuple[ViewPart, ...], method: ViewMethod
) -> ContainerSpec:
    instead: dict[str, BindMount | VolumeMount] = {
        part.target: VolumeMount(part.volume, part.target)
        if method is ViewMethod.OVERLAY
        else BindMount(str(part.upper), part.target, False)
        for part in parts
    }
    return replace(spec, mounts=tuple(instead.get(one.target, one) for one in spec.mounts))


# --- the whole copy, where the kernel has no overlay for us


def copy_tree(source: Path, target: Path) -> None:
    """Directories, files and links with owner, mode, attributes and time; nothing else.

    `cp -a` goes by path: a village could put a link in its way while it copies as root.
    """
    _make_like(source, "", target)
    directories = [""]
    for path, _, _, _ in walk(source):
        facts = facts_of(source, path)
        if facts is None or not os.path.lexists((target / path).parent):
            continue  # gone meanwhile
        if facts.kind == "dir":
            (target / path).mkdir(mode=0o700)
            directories.append(path)
        elif facts.kind == "link":
            os.symlink(facts.link, target / path)
            os.chown(target / path, facts.uid, facts.gid, follow_symlinks=False)
            time_ns = (facts.mtime_ns, facts.mtime_ns)
            os.utime(target / path, ns=time_ns, follow_symlinks=False)
        elif facts.kind == "file":
            with suppress(FileNotFoundError):
                copy_out(source, path, target / path)
                _dress_path(target / path, source, path)
    for path in reversed(directories):
        _dress_path(target / path, source, path)


def _make_like(source: Path, path: str, target: Path) -> None:
    target.mkdir(mode=0o700)
    _dress_path(target, source, path)


def _dress_path(target: Path, source: Path, path: str) -> None:
    facts = facts_of(source, path)
    if facts is None:
        return
    descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        dress(descriptor, facts)
    finally:
        os.close(descriptor)


# --- what this server can do


def can_overlay(order: ViewOrder) -> bool:
    """Whether the engine mounts an overlay below this data root, tried once a process for real."""
    key = (str(order.engine.client.api.base_url), str(order.server.root))
    if key not in _can_overlay:
        _can_overlay[key] = _try_overlay(order)
    return _can_overlay[key]


def _try_overlay(order: ViewOrder) -> bool:
    """A file made and one removed in an overlay; a refusal counts if all else would have worked."""
    name = f"uji-{secrets.token_hex(4)}"
    folder = work_folder(order.server) / name
    real, part = folder / "asli", folder / "0"
    _make_open_folders(order, folder, (real, part / "upper"))
    (part / "work").mkdir(mode=0o700)
    (real / "lama").touch()
    one = ViewPart(real, "/uji", part / "upper", part / "work", f"{order.engine.fleet}-{name}", ())
    try:
        order.engine.create_volume(one.volume, overlay_options(one), {"view": name})
        try:
            _run_probe(order, one.volume, VolumeMount(one.volume, one.target))
        except SiapPakaiError:
            _run_probe(order, one.volume, BindMount(str(real), one.target, False))
            return False
        has_whiteout = stat.S_ISCHR((one.upper / "lama").lstat().st_mode)
        return has_whiteout and (real / "lama").exists() and not (real / "baru").exists()
    finally:
        _throw_away(order.engine, order.server, name)


def _make_open_folders(order: ViewOrder, folder: Path, inner: tuple[Path, ...]) -> None:
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700, exist_ok=True)
    for one in inner:
        one.mkdir(mode=0o700, parents=True)
        os.chown(one, order.spec.uid, order.spec.uid)


def _run_probe(order: ViewOrder, name: str, mount: BindMount | VolumeMount) -> None:
    spec = replace(order.spec, mounts=(mount,), hosts={}, labels={})
    result = order.engine.run_once(name, spec, ("sh", "-c", PROBE), timeout_s=60)
    if result.exit_code:
        raise StepFailed("Percobaan tampilan berkas gagal.", log_tail=result.errors[-2000:])


# --- the end


def close_view(view: FileView) -> None:
    """Volumes, folders and what was written to them are gone; the real directories stay."""
    with outside(), on_disk("Menutup tampilan berkas"):
        _throw_away(view.engine, view.server, view.name)


def close_left_views(
    engine: DockerEngine, server: ServerPaths, *, beginning: str = "", older_than_s: float = 0
) -> list[str]:
    """Views that a crash left open are closed; returns their names.

    Those whose name begins so (`gladi-7-`) and, by the age of their folder, all that are old.
    """
    closed = []
    with outside(), on_disk("Menutup tampilan berkas"):
        for name in sorted(_left_names(engine, server)):
            folder = work_folder(server) / name
            with suppress(FileNotFoundError):
                if time.time() - folder.lstat().st_mtime < older_than_s:
                    continue
            if name.startswith(beginning):
                _throw_away(engine, server, name)
                closed.append(name)
    return closed


def _left_names(engine: DockerEngine, server: ServerPaths) -> set[str]:
    volumes = engine.list_volumes()
    named = {labels["siappakai.view"] for labels in volumes.values() if "siappakai.view" in labels}
    folder = work_folder(server)
    return named | {one.name for one in folder.iterdir()} if folder.is_dir() else named


def _throw_away(engine: DockerEngine, server: ServerPaths, name: str) -> None:
    for volume in engine.list_volumes(view=name):
        engine.remove_volume(volume)
    folder = work_folder(server) / name
    if folder.is_dir():
        _remove_tree(folder)


def _remove_tree(folder: Path) -> None:
    """`rm` goes by descriptor and knows no limit of depth; a view may hold a tree of any depth."""
    rm = shutil.which("rm") or "/bin/rm"
    command = [rm, "--recursive", "--force", "--one-file-system", "--", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StepErrored(f"Folder kerja {folder.name} tidak terhapus.", log_tail=done.stderr)


@contextmanager
def opened_view(order: ViewOrder) -> Iterator[FileView]:
    """A fresh view, thrown away at the end in any case."""
    _throw_away(order.engine, order.server, order.name)
    try:
        yield open_view(order)
    finally:
        _throw_away(order.engine, order.server, order.name)
