"""Think: what a plan knows of one database group, and of the release it should move to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """The release that is to be rolled out; `digest` names its image."""

    release_id: int
    version: str
    edition: str
    product: str
    offered_at: datetime | None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One instance of a group, by the village (or district, regency) it serves."""

    instance_id: int
    code: str
    name: str
    district_code: str = ""
    district_name: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds that an update takes: medians of `count` times that it ran.

    `hold_s` is how long visitors wait, `total_s` the whole operation. `spread` is the standard
    deviation of the logarithm of `total_s` (0.3: two of three runs within a third of the median);
    None when too few runs are known.
    """

    dump_s: float
    migrate_s: float
    hold_s: float
    total_s: float
    count: int = 1
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The newest rehearsal of just this move: verdict word, when, first finding, its seconds."""

    verdict: str
    finished_at: datetime | None = None
    finding: str = ""
    dump_s: float | None = None
    migrate_s: float | None = None
    hold_s: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One database group of a product: one instance, or all of a combined database together.

    What holds of any member holds of the group: pinned, held, slow, unhealthy, busy. `observed`
    is empty while all is well, else what was seen; `busy_with`, `locked_because`, `trouble` and
    `token_barrier` are empty or say why. `removed` are names whose rows move along although their
    instance is out of service. `traffic` are requests per hour of the day (24), or empty.
    `measured` are updates of its own, `usual` those of the same product to the same release.
    """

    group_id: int
    instance_id: int
    members: tuple[Member, ...]
    product: str
    label: str
    release_id: int | None
    version: str
    edition: str
    digest: str = ""
    is_combined: bool = False
    server_id: int = 0
    has_image: bool = True
    is_removed: bool = False
    channel: str = "biasa"
    is_pinned: bool = False
    pin_reason: str = ""
    held_until_on: date | None = None
    observed: str = ""
    busy_with: str = ""
    locked_because: str = ""
    token_barrier: str = ""
    trouble: str = ""
    removed: tuple[str, ...] = ()
    db_bytes: int = 0
    rehearsed: Rehearsed | None = None
    failed_count: int = 0
    last_failed_at: datetime | None = None
    traffic: tuple[float, ...] = ()
    measured: Measured | None = None
    usual: Measured | None = None

    @property
    def verdict(self) -> str:
        """The rehearsal's verdict; `belum` when this move was not rehearsed."""
        return self.rehearsed.verdict if self.rehearsed else "belum"

    @property
    def members_sorted(self) -> tuple[Member, ...]:
        return tuple(sorted(self.members, key=lambda each: (each.code, each.instance_id)))

    @property
    def member_ids(self) -> tuple[int, ...]:
        return tuple(sorted(each.instance_id for each in self.members))

    @property
    def districts(self) -> tuple[str, ...]:
        return tuple(sorted({each.district_code for each in self.members}))

    @property
    def key(self) -> tuple[str, int]:
        """Sorts candidates the same way whatever order they come in."""
        return (min((each.code for each in self.members), default=""), self.instance_id)
