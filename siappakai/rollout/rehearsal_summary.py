"""Touch: what a rehearsal found, in the figures and sentences that its page and the CLI show."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from siappakai.errors import NotFound
from siappakai.local_words import home_word
from siappakai.models import (
    Instance,
    Operation,
    OperationState,
    Rehearsal,
    RehearsalItem,
    RehearsalState,
    Verdict,
    db,
    utc_now,
)
from siappakai.rollout.fingerprint import Cause
from siappakai.rollout.verdicts import ItemView, causes, spoken_causes

SLOWEST = 5
OUTDATED = "Rilis dibangun ulang sesudah gladi ini; ulangi gladi."


@dataclass(frozen=True, slots=True)
class VillageLine:
    """One village of the rehearsal; `first_finding` is the gravest, with what would mend it.

    `is_retried` waits for, or is in, another attempt; its verdict of before is in force meanwhile.
    """

    instance_id: int
    name: str
    code: str
    verdict: Verdict
    is_running: bool
    operation_id: int | None
    findings: tuple[Mapping[str, Any], ...]
    measures: Mapping[str, Any]
    is_retried: bool = False

    @property
    def first_finding(self) -> Mapping[str, Any] | None:
        return self.findings[0] if self.findings else None

    @property
    def is_unopened(self) -> bool:
        """Others of its database stood for it: nobody asked this one's own pages."""
        return bool(self.measures.get("probed")) and not self.measures.get("is_probed", True)

    @property
    def hold_s(self) -> float:
        return float(self.measures.get("hold_s") or 0)


@dataclass(frozen=True, slots=True)
class RehearsalSummary:
    """`left_s` is None while nothing has been measured; holds are what visitors would wait.

    `home` is what one application serves (`desa`); `opened` says whose pages were asked when it
    was not everybody's. `outdated` says why its verdicts no longer count; empty while they do.
    `is_going`: something runs or will start by itself, also in a rehearsal that rests.
    """

    rehearsal_id: int
    product: str
    home: str
    version: str
    state: RehearsalState
    at_once: int
    blocked_because: str
    not_before_at: datetime | None
    total: int
    done: int
    running: int
    counts: Mapping[Verdict, int]
    red_causes: tuple[Cause, ...]
    yellow_causes: tuple[Cause, ...]
    unknown_causes: tuple[Cause, ...]
    slowest: tuple[VillageLine, ...]
    longest_hold_s: float
    left_s: float | None
    untouched: str
    opened: str
    outdated: str
    is_going: bool
    lines: tuple[VillageLine, ...]

    @property
    def in_words(self) -> str:
        """`31 hijau, 4 kuning, 2 merah; 2 gagal karena 1 sebab`."""
        shown = (Verdict.GREEN, Verdict.YELLOW, Verdict.RED, Verdict.UNKNOWN)
        counted = ", ".join(f"{self.counts[one]} {one}" for one in shown if self.counts.get(one))
        return "; ".join(part for part in (counted, spoken_causes(self.red_causes)) if part)

    @property
    def ends_at(self) -> datetime | None:
        return None if self.left_s is None else utc_now() + timedelta(seconds=self.left_s)


def summarise(rehearsal_id: int) -> RehearsalSummary:
    """The rehearsal as it stands now; ends its read transaction."""
    rehearsal = db.session.scalars(
        select(Rehearsal)
        .filter_by(id=rehearsal_id)
        .options(
            selectinload(Rehearsal.items).selectinload(RehearsalItem.operation),
            selectinload(Rehearsal.items)
            .selectinload(RehearsalItem.instance)
            .options(selectinload(Instance.village), selectinload(Instance.region)),
            selectinload(Rehearsal.release),
        )
    ).first()
    if rehearsal is None:
        raise NotFound("Gladi bersih itu tidak ada.")
    made = _summary(rehearsal, _seconds_each(rehearsal_id))
    db.session.rollback()
    return made


def _summary(rehearsal: Rehearsal, each_s: float | None) -> RehearsalSummary:
    lines = tuple(_line(item) for item in rehearsal.items)
    home = home_word(rehearsal.product)
    views = [ItemView(one.name, one.verdict, one.findings) for one in lines]
    known = [one for one in lines if one.measures]
    done = sum(_is_done(item) for item in rehearsal.items)
    return RehearsalSummary(
        rehearsal_id=rehearsal.id,
        product=rehearsal.product,
        home=home,
        version=rehearsal.release.version,
        state=rehearsal.state,
        at_once=rehearsal.at_once,
        blocked_because=rehearsal.blocked_because,
        not_before_at=rehearsal.not_before_at,
        total=len(lines),
        done=done,
        running=sum(one.is_running for one in lines),
        counts=Counter(one.verdict for one in lines),
        red_causes=tuple(causes(views)),
        yellow_causes=tuple(causes(views, Verdict.YELLOW)),
        unknown_causes=tuple(causes(views, Verdict.UNKNOWN)),
        slowest=tuple(sorted(known, key=lambda one: -one.hold_s)[:SLOWEST]),
        longest_hold_s=max((one.hold_s for one in lines), default=0.0),
        left_s=_left_s(rehearsal, each_s),
        untouched=_untouched(known, home),
        opened=_opened(known, home),
        outdated=OUTDATED if rehearsal.is_outdated else "",
        is_going=rehearsal.state is RehearsalState.RUNNING
        or any(one.is_running for one in lines)
        or any(item.is_again for item in rehearsal.items),
        lines=lines,
    )


def _line(item: RehearsalItem) -> VillageLine:
    operation = item.operation
    return VillageLine(
        item.instance_id,
        item.instance.home.name,
        item.instance.scope_code,
        item.verdict,
        operation is not None and not operation.is_finished,
        item.operation_id,
        tuple(item.findings),
        item.measures,
        is_retried=item.verdict is not Verdict.UNKNOWN and not _is_done(item),
    )


def _is_done(item: RehearsalItem) -> bool:
    return item.finished_at is not None and (item.operation is None or item.operation.is_finished)


def _seconds_each(rehearsal_id: int) -> float | None:
    """The median of what its operations took so far."""
    rows = db.session.execute(
        select(Operation.started_at, Operation.finished_at).where(
            Operation.rehearsal_id == rehearsal_id, Operation.state == OperationState.SUCCEEDED
        )
    )
    took = [(row[1] - row[0]).total_seconds() for row in rows if row[0] and row[1]]
    return statistics.median(took) if took else None


def _left_s(rehearsal: Rehearsal, each_s: float | None) -> float | None:
    """Seconds until the last one ends at this pace; databases count, not villages."""
    left = {item.group_id for item in rehearsal.items if not _is_done(item)}
    if each_s is None or rehearsal.state is not RehearsalState.RUNNING:
        return None
    return round(each_s * len(left) / rehearsal.at_once, 1)


def _untouched(known: Sequence[VillageLine], home: str) -> str:
    """What was proven of each rehearsal before its new release was let loose."""
    proofs = [one.measures["proof"] for one in known if one.measures.get("proof")]
    if not proofs:
        return ""
    return (
        f"Data asli tidak disentuh pada {len(proofs)} {home}: setiap gladi memakai akun yang hanya "
        "berhak atas salinannya, menulis ke lapisan berkas yang dibuang, dan tidak dapat "
        "dijangkau pengunjung."
    )


def _opened(known: Sequence[VillageLine], home: str) -> str:
    """Whose pages were opened, when a sample stood for a whole combined database."""
    tried = [one for one in known if one.measures.get("probed")]
    opened = [one for one in tried if not one.is_unopened]
    if len(opened) == len(tried):
        return ""
    return (
        f"Halaman dibuka {len(opened)} dari {len(tried)} {home}: di basis data gabungan yang besar "
        "dibuka contoh yang tersebar merata. Pemindahan dan neraca diperiksa untuk semuanya."
    )
