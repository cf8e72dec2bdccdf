"""Think: what became of one village on release day, and of all of them, in words people sign.

Whoever knows the rows fills `Receipt` and `RolloutReport`; page, PDF and spreadsheet are made of
nothing else, so all three say the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from siappakai.rollout import words
from siappakai.rollout.words import Amount

DEFAULT_ZONE = ZoneInfo("Asia/Jakarta")


class Outcome(StrEnum):
    """How it ended for one village."""

    DONE = "berhasil"
    RETURNED = "kembali ke versi lama"
    SKIPPED = "dilewati"
    NOT_YET = "belum"
    NOT_BEGUN = "tidak jadi dimulai"
    STUCK = "perlu ditangani"


COLOURS = {
    Outcome.DONE: "green",
    Outcome.RETURNED: "orange",
    Outcome.SKIPPED: "azure",
    Outcome.NOT_YET: "secondary",
    Outcome.NOT_BEGUN: "orange",
    Outcome.STUCK: "red",
}
ICONS = {
    Outcome.DONE: "circle-check",
    Outcome.RETURNED: "history",
    Outcome.SKIPPED: "circle-minus",
    Outcome.NOT_YET: "circle-dashed",
    Outcome.NOT_BEGUN: "circle-minus",
    Outcome.STUCK: "alert-triangle",
}


FAILURES = frozenset({Outcome.RETURNED, Outcome.NOT_BEGUN, Outcome.STUCK})
NAMED_WHEN_ANY = frozenset({Outcome.NOT_BEGUN, Outcome.STUCK})


class Verdict(StrEnum):
    """What the conservation check says of one count."""

    SAME = "tetap"
    GREW = "bertambah"
    EXPLAINED = "berkurang, dijelaskan rilis"
    LOST = "berkurang"
    UNCHECKED = "tidak diperiksa"


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One count or sum of a village's data, before and after."""

    label: str
    before: Amount | None
    after: Amount | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Receipt:
    """One village's part of a rollout; times are aware, `hold_s` is how long visitors waited.

    `cause` groups failures that have one reason (rehearsal's fingerprint in words); without it
    `reason` does. `pictures_note` says why there is no picture. `serving_version` is the one on
    record now; `is_database_back` is whether its database was changed, and then brought back too.
    """

    village_name: str
    village_code: str
    product_label: str
    from_version: str
    to_version: str
    outcome: Outcome
    edition: str = "umum"
    village_word: str = "desa"
    district_name: str = ""
    district_word: str = "kecamatan"
    domain: str = ""
    server_name: str = ""
    wave: int | None = None
    started_at: datetime | None = None
    switched_at: datetime | None = None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    serving_version: str = ""
    is_database_back: bool = True
    hold_s: float | None = None
    dump_s: float | None = None
    migrate_s: float | None = None
    balance: tuple[BalanceLine, ...] = ()
    findings: tuple[str, ...] = ()
    reason: str = ""
    cause: str = ""
    ordered_by: str = ""
    approved_by: tuple[str, ...] = ()
    plan_hash: str = ""
    operation_id: int | None = None
    digest: str = ""
    picture_before: Path | None = None
    picture_after: Path | None = None
    pictures_note: str = ""

    @property
    def full_name(self) -> str:
        return words.named(self.village_word, self.village_name)

    @property
    def losses(self) -> tuple[BalanceLine, ...]:
        return tuple(line for line in self.balance if line.verdict is Verdict.LOST)

    @property
    def running_version(self) -> str:
        """The version that serves after all this."""
        if self.outcome is Outcome.STUCK:
            return "belum terbukti"
        ended_at = self.to_version if self.outcome is Outcome.DONE else self.from_version
        return self.serving_version or ended_at


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes to the plan, and when."""

    name: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave as it went; `label` is what the plan calls it."""

    number: int
    label: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Villages that failed for one reason."""

    reason: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolloutReport:
    """A whole rollout as it is at `made_at`."""

    title: str
    product_label: str
    release_version: str
    plan_hash: str
    receipts: tuple[Receipt, ...]
    made_at: datetime
    edition: str = "umum"
    regency_name: str = ""
    office_name: str = ""
    state_word: str = ""
    ordered_by: str = ""
    made_by: str = ""
    approvals: tuple[Approval, ...] = ()
    waves: tuple[Wave, ...] = ()
    started_at: datetime | None = None
    finished_at: datetime | None = None
    zone: ZoneInfo = DEFAULT_ZONE

    def count(self, outcome: Outcome) -> int:
        return sum(receipt.outcome is outcome for receipt in self.receipts)

    @property
    def longest_hold(self) -> Receipt | None:
        """The village whose visitors waited longest; None when none waited."""
        held = [receipt for receipt in self.receipts if receipt.hold_s is not None]
        return max(held, key=lambda receipt: receipt.hold_s or 0.0, default=None)

    def hold_at(self, share: float) -> float | None:
        """The hold that this share of the updated villages stayed within, by nearest rank."""
        held = sorted(receipt.hold_s for receipt in self.receipts if receipt.hold_s is not None)
        return held[max(0, math.ceil(share * len(held)) - 1)] if held else None

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Failures by reason, the most frequent first."""
        groups: dict[str, list[str]] = {}
        for receipt in self.receipts:
            if receipt.outcome in FAILURES:
                reason = receipt.cause or receipt.reason or "sebab tidak tercatat"
                groups.setdefault(reason, []).append(receipt.full_name)
        ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        return tuple(Cause(reason, tuple(villages)) for reason, villages in ordered)

    def receipts_of(self, wave: Wave) -> tuple[Receipt, ...]:
        return tuple(receipt for receipt in self.receipts if receipt.wave == wave.number)


def summary_facts(report: RolloutReport) -> list[tuple[str, str]]:
    """The rollout in pairs of name and value, in the order they are read."""
    zone, longest = report.zone, report.longest_hold
    hold = f"{words.seconds(longest.hold_s)} ({longest.full_name})" if longest else words.NOTHING
    facts = [
        ("Aplikasi", report.product_label),
        ("Rilis", f"{report.release_version} (edisi {report.edition})"),
        ("Wilayah", report.regency_name),
        ("Keadaan", report.state_word),
        ("Mulai", words.moment(report.started_at, zone)),
        ("Selesai", words.moment(report.finished_at, zone)),
        ("Dijalankan oleh", report.ordered_by),
        ("Disetujui oleh", _approvals_text(report)),
        ("Penahanan terlama", hold),
        ("95% tertahan paling lama", words.seconds(report.hold_at(0.95))),
        ("Sidik rencana", report.plan_hash),
    ]
    return [(name, value) for name, value in facts if value]


def _approvals_text(report: RolloutReport) -> str:
    lines = [
        f"{given.name} ({words.moment(given.at, report.zone)}{', ' * bool(given.note)}{given.note})"
        for given in report.approvals
    ]
    return "; ".join(lines) or words.NOTHING


def totals(report: RolloutReport) -> list[tuple[Outcome, int]]:
    """How many villages ended how; what is rare only when there are any."""
    counted = [(outcome, report.count(outcome)) for outcome in Outcome]
    return [pair for pair in counted if pair[1] or pair[0] not in NAMED_WHEN_ANY]
