"""Think: what a file view is made of, and in which order its changes are brought to a tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from siappakai.errors import StepErrored
from siappakai.provision.wanted import BindMount, ContainerSpec

SET_ID = 0o6000
MAX_DEPTH = 60  # folders within folders; a tree deeper than this is nobody's honest work
UNSAFE_IN_MOUNT_OPTIONS = frozenset(',:\\"\n')


class ViewMethod(StrEnum):
    OVERLAY = "lapis"
    COPY = "salin"


@dataclass(frozen=True, slots=True)
class ViewPart:
    """One writable directory of the instance, and where the view keeps what is written to it.

    `upper` holds the changes only (overlay) or the whole directory (copy). `inner` are the
    places of other mounts in it: what lies there on the disk is never seen, nor applied.
    """

    real: Path
    target: str
    upper: Path
    work: Path
    volume: str
    inner: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """A file, directory or link as it is; `sha256` only where it has been read."""

    kind: str  # "file", "dir", "link"; "other" is what no product has a reason to make
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime_ns: int = 0
    size: int = 0
    link: str = ""
    xattrs: Mapping[str, str] = field(default_factory=dict)  # name → base64
    sha256: str = ""

    def without_set_id(self) -> Facts:
        return replace(self, mode=self.mode & ~SET_ID) if self.kind == "file" else self

    def is_like(self, other: Facts | None) -> bool:
        """Equal in everything but contents that nobody has read yet."""
        return other is not None and replace(self, sha256="") == replace(other, sha256="")

    @classmethod
    def read(cls, row: Mapping[str, Any] | None) -> Facts | None:
        return cls(**row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Change:
    """One path below a part's directory: what it is, and what the view makes of it."""

    part: int
    path: str  # relative; "" is the directory itself
    before: Facts | None
    after: Facts | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a view would change; directories whose only change is their time count apart.

    The paths of `added`, `changed`, `deleted` and `opaque` are those of the real directories.
    """

    entries: tuple[Change, ...]
    reals: tuple[Path, ...]
    opaque: tuple[str, ...]
    notes: tuple[str, ...]

    def _paths(self, entries: Iterable[Change]) -> tuple[str, ...]:
        return tuple(str(self.reals[one.part] / one.path) for one in entries)

    @property
    def added(self) -> tuple[str, ...]:
        return self._paths(one for one in self.entries if one.before is None)

    @property
    def deleted(self) -> tuple[str, ...]:
        return self._paths(one for one in self.entries if one.after is None)

    @property
    def changed(self) -> tuple[str, ...]:
        return self._paths(
            one for one in self.entries if one.before and one.after and not is_time_only(one)
        )


def is_time_only(change: Change) -> bool:
    """A directory that differs in nothing but its time: something in it was made or removed."""
    before, after = change.before, change.after
    if before is None or after is None or before.kind != "dir" or after.kind != "dir":
        return False
    return replace(before, mtime_ns=0) == replace(after, mtime_ns=0)


def removals(changes: Sequence[tuple[Change, Facts | None]]) -> list[tuple[Change, Facts | None]]:
    """Changes in the order in which things go: what is inside before what it is in."""
    return sorted(changes, key=lambda pair: _depth(pair[0]), reverse=True)


def makings(changes: Sequence[tuple[Change, Facts | None]]) -> list[tuple[Change, Facts | None]]:
    """Changes in the order in which things come: a directory before what is in it."""
    return sorted(changes, key=lambda pair: _depth(pair[0]))


def _depth(change: Change) -> tuple[int, int, str]:
    return change.part, change.path.count("/") + bool(change.path), change.path


def ancestors(path: str) -> list[str]:
    """`a/b/c` → `""`, `a`, `a/b`."""
    pieces = path.split("/") if path else []
    return ["/".join(pieces[:count]) for count in range(len(pieces))]


def is_within(path: str, folders: Iterable[str]) -> bool:
    """The path is one of the folders, or below one."""
    return any(path == one or path.startswith(one + "/") for one in folders)


def plan_parts(spec: ContainerSpec, folder: Path, volume_prefix: str) -> tuple[ViewPart, ...]:
    """A part for each writable mount of the spec, in its order."""
    targets = [each.target for each in spec.mounts]
    writable = [each for each in spec.mounts if isinstance(each, BindMount) and not each.read_only]
    return tuple(
        ViewPart(
            real=Path(mount.source),
            target=mount.target,
            upper=folder / str(number) / "upper",
            work=folder / str(number) / "work",
            volume=f"{volume_prefix}{number}",
            inner=tuple(
                each[len(mount.target) + 1 :]
                for each in targets
                if each.startswith(mount.target + "/")
            ),
        )
        for number, mount in enumerate(writable)
    )


def overlay_options(part: ViewPart) -> dict[str, str]:
    """What the engine's local driver is told; the kernel gives whole files and plain names."""
    paths = {"lowerdir": part.real, "upperdir": part.upper, "workdir": part.work}
    for path in paths.values():
        if UNSAFE_IN_MOUNT_OPTIONS & set(str(path)):
            raise StepErrored(
                "Nama folder data memuat tanda yang tidak dapat dipakai.",
                hint=f"Pakai folder tanpa koma, titik dua dan tanda kutip: {path}",
            )
    options = [f"{name}={path}" for name, path in paths.items()]
    options += ["redirect_dir=nofollow", "metacopy=off", "index=off"]
    return {"type": "overlay", "device": "overlay", "o": ",".join(options)}
