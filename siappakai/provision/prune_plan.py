"""Think: which images and files nobody needs any more, and why the others stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siappakai.models.release import INSTALLABLE, ReleaseState, version_key


@dataclass(frozen=True, slots=True)
class ReleaseImage:
    """A release whose image is on the engine now."""

    release_id: int
    product: str
    edition: str
    version: str
    state: str
    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class UnusedFile:
    """`reason` says in Indonesian what it was and why nobody needs it."""

    path: str
    size_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class KeptImage:
    image: ReleaseImage
    reason: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What may go; `kept` only tells."""

    images: tuple[ReleaseImage, ...] = ()
    files: tuple[UnusedFile, ...] = ()
    kept: tuple[KeptImage, ...] = ()

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> Pruning:
        """What a page showed, as JSON kept it."""
        images = tuple(ReleaseImage(**each) for each in shown.get("images", ()))
        return cls(images, tuple(UnusedFile(**each) for each in shown.get("files", ())))

    def only(self, shown: Pruning) -> Pruning:
        """What may still go of what was shown and agreed to."""
        images = {(each.release_id, each.digest) for each in shown.images}
        files = {each.path for each in shown.files}
        return Pruning(
            tuple(each for each in self.images if (each.release_id, each.digest) in images),
            tuple(each for each in self.files if each.path in files),
        )

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in (*self.images, *self.files))


def prunable(
    images: Iterable[ReleaseImage], needed: Mapping[int, str], keep_n: int
) -> tuple[list[ReleaseImage], list[KeptImage]]:
    """The images that may go, oldest version first, and those that stay with the reason.

    `needed`: release ids that something runs, wants or may return to, with the reason. Of the
    others, `keep_n` newest of each product and edition stay.
    """
    gone: list[ReleaseImage] = []
    kept: list[KeptImage] = []
    spare: dict[tuple[str, str], int] = {}
    ordered = sorted(images, key=lambda e: (e.product, e.edition, version_key(e.version)))
    for each in reversed(ordered):
        kind = (each.product, each.edition)
        reason = needed.get(each.release_id) or _by_state(each.state)
        if not reason and spare.get(kind, 0) < keep_n:
            spare[kind] = spare.get(kind, 0) + 1
            reason = f"salah satu dari {keep_n} citra sebelumnya yang disimpan"
        if reason:
            kept.append(KeptImage(each, reason))
        else:
            gone.append(each)
    return gone[::-1], kept


def _by_state(state: str) -> str:
    if state in {str(each) for each in INSTALLABLE}:
        return "teruji atau ditawarkan" if state == ReleaseState.TESTED else "sedang ditawarkan"
    return ""


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A dump that an operation made: how old it is, and how that operation ended.

    It ended well when it succeeded, or failed and came back: tried again, it would begin with a
    dump of its own. The mark "the database may differ" beside it speaks no more then.
    """

    path: str
    operation_id: int
    size_bytes: int
    age_days: float
    ended_well: bool


def unused_dumps(
    dumps: Sequence[DumpFile], return_points: frozenset[int], keep_days: int
) -> list[UnusedFile]:
    """The dumps that nothing returns to: old, of operations that ended well."""
    return [
        UnusedFile(
            each.path,
            each.size_bytes,
            f"salinan operasi {each.operation_id}, {each.age_days:.0f} hari, bukan titik kembali",
        )
        for each in dumps
        if each.ended_well and each.age_days > keep_days and each.operation_id not in return_points
    ]
