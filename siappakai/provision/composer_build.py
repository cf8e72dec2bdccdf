"""Touch: a source without vendor/ gets one, from its lock, before it becomes an image."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from siappakai.errors import InvalidInput, Refused, StepFailed
from siappakai.products.contract import ComposerNeeds
from siappakai.provision import files
from siappakai.provision.archive import copy_folder
from siappakai.provision.build_context import tree_sha256
from siappakai.provision.composer_failure import explain_failure, is_hopeless, trim_line
from siappakai.provision.composer_image import ensure_composer_image
from siappakai.provision.composer_lock import (
    PACKAGES_TARGET,
    Json,
    PackageKey,
    content_hash,
    fitting_php,
    json_text,
    local_packages,
    missing_packages,
    named,
    offline_lock,
    read_object,
    run_lock,
    run_project,
    settled_installed,
    wanted_packages,
)
from siappakai.provision.composer_packages import find_packages, lay_out_packages
from siappakai.provision.composer_run import (
    COMPOSER_UID,
    HOME,
    TREE,
    WORK,
    ComposerMount,
    ComposerRun,
    run_composer,
)
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.programs import OnLine

# Composer takes an emptied vendor/ away, which it can't here: it is a mount.
MARK = ".siappakai"
PACKAGES_HINT = "Lengkapi folder itu, atau pakai arsip rilis yang sudah memuat vendor/."


@dataclass(frozen=True, slots=True)
class ComposerOptions:
    """What the admin gives: a folder of packages instead of a network, keys to private ones."""

    packages_dir: Path | None = None
    auth_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ComposerJob:
    """One source to complete; `locks_dir` keeps the locks that were made here."""

    product: str
    tree: Path
    workshop: Path
    php: str
    needs: ComposerNeeds
    options: ComposerOptions
    images_dir: Path
    locks_dir: Path


@dataclass(frozen=True, slots=True)
class ComposerFacts:
    """What was installed; recorded with the release."""

    lock_sha256: str
    lock_was_made: bool
    package_count: int
    seconds: float


def has_vendor(tree: Path) -> bool:
    """Whether the source brings a vendor/ that composer finished, not just files laid over one."""
    vendor = tree / "vendor"
    described = [vendor / "composer" / f"installed.{kind}" for kind in ("json", "php")]
    return (vendor / "autoload.php").is_file() and any(one.is_file() for one in described)


def bases_for_lock(tree: Path, needs: ComposerNeeds) -> tuple[str, ...]:
    """The PHP bases on which this source's locked packages may run."""
    lock = _object(tree / "composer.lock", "composer.lock") or {}
    return fitting_php(lock, with_dev=not needs.without_dev)


def ensure_vendor(job: ComposerJob, engine: DockerEngine, on_line: OnLine) -> ComposerFacts | None:
    """The tree has its vendor/, whole; None when it brought one, which is left as it is.

    Nothing reaches the tree before composer has finished. No script and no plugin of any package
    runs. Raises InvalidInput, Refused, StepFailed, Unavailable.
    """
    if has_vendor(job.tree):
        on_line("Sumber sudah memuat vendor/; dipakai apa adanya.")
        return None
    begun = time.monotonic()
    build = _Build(job, engine, on_line)
    on_line("Menyusun vendor/ dengan composer …")
    lock, was_made = build.find_lock()
    build.install(lock)
    build.take_over(lock)
    if was_made:
        build.keep_lock(lock)
    count = len(wanted_packages(lock, with_dev=not job.needs.without_dev))
    seconds = time.monotonic() - begun
    on_line(f"vendor/ jadi: {count} paket dalam {seconds:.1f} detik.")
    return ComposerFacts(hashlib.sha256(json_text(lock)).hexdigest(), was_made, count, seconds)


class _Build:
    """The stages of one job, over one private folder of the workshop."""

    def __init__(self, job: ComposerJob, engine: DockerEngine, on_line: OnLine) -> None:
        self._job, self._engine, self._on_line = job, engine, on_line
        self._with_dev = not job.needs.without_dev
        project = _object(job.tree / "composer.json", "composer.json")
        if project is None or (job.tree / "vendor").is_symlink():
            raise InvalidInput(
                "Sumber ini tidak memuat vendor/ dan tidak dapat disusun dengan composer.",
                hint="Pakai sumber rilis yang utuh: dengan composer.json, atau dengan vendor/.",
            )
        self._project = project
        self._folder = job.workshop / "composer"
        self._kept_lock = job.locks_dir / _lock_name(job)
        self._secrets: tuple[str, ...] = ()
        self._lay_out()
        self._image = ensure_composer_image(engine.client, job.php, job.images_dir, on_line)

    @property
    def _offline(self) -> bool:
        return self._job.options.packages_dir is not None

    def _lay_out(self) -> None:
        uid = COMPOSER_UID
        self._folder.mkdir(mode=0o700)
        for name in ("kerja", "vendor"):
            files.make_dir(self._folder / name, uid=uid, gid=uid, mode=0o700)
        files.write_file(self._vendor / MARK, "", uid=uid, gid=uid, mode=0o400)
        self._packages: dict[PackageKey, str] = {}
        if folder := self._job.options.packages_dir:
            self._packages = lay_out_packages(find_packages(folder), self._folder / "paket")
        if self._job.options.auth_file and not self._offline:
            text, self._secrets = _checked_auth(self._job.options.auth_file)
            files.write_file(self._folder / "auth.json", text, uid=uid, gid=uid, mode=0o400)

    @property
    def _vendor(self) -> Path:
        return self._folder / "vendor"

    # --- the lock

    def find_lock(self) -> tuple[Json, bool]:
        """The source's own lock, or the one made for this very source; and whether we made it."""
        if lock := _object(self._job.tree / "composer.lock", "composer.lock"):
            return lock, False
        kept = self._kept_lock
        if kept.is_file():
            self._on_line(f"Kunci paket yang dibuat dahulu dipakai lagi: {kept.name}")
            return read_object(kept.read_bytes(), kept.name), True
        return self._make_lock(), True

    def _make_lock(self) -> Json:
        self._on_line("Rilis ini tidak membawa composer.lock; dibuat sekali dan disimpan …")
        project = run_project(self._project, offline=self._offline, require_dev=self._with_dev)
        self._write("composer.json", project)
        self._write_home({})
        self._run("update", "--no-progress", "--no-install", "--no-audit")
        made = _object(self._folder / "kerja" / "composer.lock", "composer.lock")
        if made is None:
            raise StepFailed("Composer tidak menulis composer.lock.", hint="Ulangi.")
        return {**made, "content-hash": content_hash(self._project)}

    def keep_lock(self, lock: Json) -> None:
        """The lock is on disk for every later build of this source, and goes into the release."""
        me = {"uid": os.geteuid(), "gid": os.getegid()}
        files.make_dir(self._kept_lock.parent, mode=0o700, **me)
        files.write_file(self._kept_lock, json_text(lock).decode(), mode=0o600, **me)
        (self._job.tree / "composer.lock").write_bytes(json_text(lock))

    # --- the packages

    def install(self, lock: Json) -> None:
        """vendor/ of the workshop holds every package of the lock, and its autoloader."""
        self._check_reachable(lock)
        project = run_project(self._project, offline=self._offline)
        fresh = run_lock(lock, self._project, project)
        self._write("composer.json", project)
        self._write("composer.lock", offline_lock(fresh, self._packages))
        suffix = hashlib.sha256(json_text(lock)).hexdigest()[:32]
        self._write_home({"config": {"autoloader-suffix": suffix}})
        dev = () if self._with_dev else ("--no-dev",)
        self._run("install", "--no-progress", "--prefer-dist", "--no-autoloader", *dev)
        # Written by `install` it would list packages in the order their unzips happened to end.
        self._run("dump-autoload", "--optimize", *dev)

    def _check_reachable(self, lock: Json) -> None:
        if not self._offline:
            if names := local_packages(lock, with_dev=self._with_dev):
                raise Refused(
                    f"Kunci paket rilis ini dibuat dari folder paket luring: {named(names)}.",
                    hint="Sebutkan folder itu lagi dengan --paket-composer.",
                )
            return
        if missing := missing_packages(lock, self._packages, with_dev=self._with_dev):
            raise StepFailed(
                f"{len(missing)} paket tidak ada di folder paket luring: {named(missing)}.",
                hint=PACKAGES_HINT,
                log_tail="\n".join(missing),
            )

    def _run(self, *arguments: str) -> None:
        run = ComposerRun(self._image, arguments, self._mounts(), network=not self._offline)
        end = run_composer(self._engine, run, self._see)
        if end.code != 0 or end.was_cut:
            shown = [text for line in end.lines if (text := trim_line(line, self._secrets))]
            raise explain_failure(shown, self._job.php, offline=self._offline)

    def _see(self, line: str) -> bool:
        if text := trim_line(line, self._secrets):
            self._on_line(text)
        return not is_hopeless(line)

    def _mounts(self) -> tuple[ComposerMount, ...]:
        (self._job.tree / "vendor").mkdir(exist_ok=True)
        optional = [("paket", PACKAGES_TARGET), ("auth.json", f"{HOME}/auth.json")]
        return (
            ComposerMount(self._job.tree, TREE),
            ComposerMount(self._vendor, f"{TREE}/vendor", read_only=False),
            ComposerMount(self._folder / "kerja", WORK, read_only=False),
            ComposerMount(self._folder / "config.json", f"{HOME}/config.json"),
            *(
                ComposerMount(self._folder / name, target)
                for name, target in optional
                if (self._folder / name).exists()
            ),
        )

    def _write(self, name: str, content: Json) -> None:
        text = json_text(content).decode()
        files.write_file(
            self._folder / "kerja" / name, text, uid=COMPOSER_UID, gid=COMPOSER_UID, mode=0o600
        )

    def _write_home(self, content: Json) -> None:
        """Composer's own settings: offline, the folder is the only repository there is."""
        if self._offline:
            artifact = {"type": "artifact", "url": PACKAGES_TARGET}
            content = {**content, "repositories": [artifact, {"packagist.org": False}]}
        text = json_text(content).decode()
        files.write_file(
            self._folder / "config.json", text, uid=COMPOSER_UID, gid=COMPOSER_UID, mode=0o400
        )

    # --- into the tree

    def take_over(self, lock: Json) -> None:
        """The tree's vendor/ is composer's, checked like an archive, and the source's own files."""
        if not has_vendor(self._folder):
            raise StepFailed("Composer selesai tanpa vendor/ yang utuh.", hint="Ulangi.")
        (self._vendor / MARK).unlink()
        self._settle_installed(lock)
        fresh, place = self._folder / "jadi", self._job.tree / "vendor"
        try:
            copy_folder(self._vendor, fresh)
        except InvalidInput as error:
            raise StepFailed(
                f"Isi salah satu paket composer ditolak: {error.message}",
                hint="Laporkan nama paket itu; rilis tidak dibangun.",
            ) from error
        self._lay_over(place, fresh)
        shutil.rmtree(place)
        fresh.rename(place)
        shutil.rmtree(self._folder)

    def _settle_installed(self, lock: Json) -> None:
        path = self._vendor / "composer" / "installed.json"
        installed = read_object(path.read_bytes(), "installed.json")
        path.write_bytes(json_text(settled_installed(installed, lock)))

    def _lay_over(self, shipped: Path, fresh: Path) -> None:
        kept = self._job.needs.keep_over_vendor
        for path in sorted(one for one in shipped.rglob("*") if one.is_file()):
            name = path.relative_to(shipped).as_posix()
            if name not in kept:
                self._on_line(f"Berkas vendor/{name} milik sumber tidak dipakai.")
                continue
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, fresh / name)
            self._on_line(f"Berkas vendor/{name} milik sumber dipertahankan.")


def _lock_name(job: ComposerJob) -> str:
    """One name for one source, PHP and kind of installation."""
    kind = "" if job.needs.without_dev else "-dev"
    return f"{job.product}-{tree_sha256(job.tree)[:24]}-php{job.php}{kind}.lock"


def _object(path: Path, name: str) -> Json | None:
    try:
        return read_object(path.read_bytes(), name)
    except FileNotFoundError:
        return None


def _checked_auth(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of an auth.json only its owner can read, and every secret in it."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) or mode & 0o077:
        raise Refused(
            "Berkas auth composer dapat dibaca akun lain.",
            hint=f"Jalankan: chmod 600 {path}",
        )
    text = path.read_text(encoding="utf-8")
    return text, tuple(_strings(read_object(text.encode(), "auth.json")))


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [found for one in value.values() for found in _strings(one)]
    return [value] if isinstance(value, str) and len(value) >= 6 else []
