"""Think: do villages on the new release fail more than those still on the old one?

A `Watch` is kept for each wave: `begin` with what its villages' visitors got before the update,
`look` with what came since the last look, then `judge`. Five rules, any of which pauses:

* alarm: one instance answers at least half of its first ten or more requests with 5xx, or four of
  five since the last look;
* errors: the share of 5xx is higher than in the same minutes on the old release;
* late: more answers fail or take longer than twice what was usual (95th percentile);
* logs: more instances write errors than among those on the old release;
* when nobody is on the old release any more, or nobody visits those: errors against the wave's own
  past, whose highest likely share is taken.

Chance pauses at most one harmless wave in twenty over all looks together: 2 % errors, 1.5 % errors
against the past, 0.5 % late, 1 % logs (how: siappakai/rollout/evidence.py). A rise must also be
large enough to matter (`least_rise`), and not what the wave's own villages always had.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from siappakai.provision.traffic import Traffic, total
from siappakai.rollout.evidence import (
    NOTHING,
    Table,
    add_look,
    add_look_alone,
    fisher_greater,
    highest_likely_share,
    strength,
)
from siappakai.rollout.log_sight import LogSight

__all__ = [
    "GuardKind",
    "GuardRules",
    "GuardVerdict",
    "LogSight",
    "Watch",
    "begin",
    "judge",
    "judge_once",
    "look",
]


class GuardKind(StrEnum):
    CALM = "tenang"
    RISE = "naik"
    UNKNOWN = "belum cukup data"


@dataclass(frozen=True, slots=True)
class GuardRules:
    """`*_doubt` is the chance that a harmless wave is paused by that rule; shares are of 1."""

    least_requests: int = 30
    least_each: int = 3  # an instance with fewer is called quiet
    errors_doubt: float = 0.02
    alone_doubt: float = 0.015
    late_doubt: float = 0.005
    logs_doubt: float = 0.01
    least_rise: float = 0.01
    least_ratio: float = 1.5
    late_rise: float = 0.05
    least_late_s: float = 1.0
    alarm_requests: int = 10
    alarm_share: float = 0.5
    alarm_share_now: float = 0.8
    sick_share: float = 0.05  # the old ones fail so much that single instances prove nothing


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen of one wave up to now; kept as JSON between two looks.

    `new` and `latest` are per instance. `late_s` is None until there is something to set it by.
    """

    before: Mapping[str, Traffic] = field(default_factory=dict)
    new: Mapping[str, Traffic] = field(default_factory=dict)
    latest: Mapping[str, Traffic] = field(default_factory=dict)
    old: Traffic = field(default_factory=Traffic)
    looks: int = 0
    late_s: float | None = None
    late_new: int = 0
    late_old: int = 0
    late_of_new: int = 0
    late_of_old: int = 0
    errors: tuple[float, ...] = NOTHING
    errors_alone: tuple[float, ...] = NOTHING
    late: tuple[float, ...] = NOTHING

    def as_json(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in _PLAIN}
        kept |= {name: list(getattr(self, name)) for name in _WAGERS}
        for name in _BY_INSTANCE:
            kept[name] = {key: each.as_json() for key, each in getattr(self, name).items()}
        return kept | {"old": self.old.as_json()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Watch:
        values: dict[str, Any] = {name: kept[name] for name in _PLAIN}
        values |= {name: tuple(kept[name]) for name in _WAGERS}
        for name in _BY_INSTANCE:
            rows = kept[name].items()
            values[name] = {key: Traffic.from_json(each) for key, each in rows}
        return cls(**values, old=Traffic.from_json(kept["old"]))


_PLAIN = ("looks", "late_s", "late_new", "late_old", "late_of_new", "late_of_old")
_WAGERS = ("errors", "errors_alone", "late")
_BY_INSTANCE = ("before", "new", "latest")


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """What the guard thinks, in one sentence for the page, with the numbers behind it."""

    kind: GuardKind
    sentence: str
    numbers: Mapping[str, Any]

    @property
    def must_pause(self) -> bool:
        return self.kind == GuardKind.RISE


# --- looking


def begin(before: Mapping[str, Traffic] | None = None) -> Watch:
    """A watch over a wave that starts now; `before`: its instances' traffic on the old release."""
    return Watch(before=dict(before or {}))


def look(
    watch: Watch, new: Mapping[str, Traffic], old: Traffic, rules: GuardRules | None = None
) -> Watch:
    """The watch after one more interval: what came in it, per instance of the wave and on the old.

    The limit for "late" is set from what came before this interval, never from it.
    """
    rules = rules or GuardRules()
    fresh = total(new)
    merged = dict(watch.new)
    for key, each in new.items():
        merged[key] = merged.get(key, Traffic()).plus(each)
    seen = replace(
        watch,
        new=merged,
        latest=dict(new),
        old=watch.old.plus(old),
        looks=watch.looks + 1,
        late_s=watch.late_s or _late_limit(watch, rules),
        errors=add_look(
            watch.errors, Table(fresh.requests, fresh.errors, old.requests, old.errors)
        ),
        errors_alone=_alone(watch, fresh, rules),
    )
    return _count_late(seen, fresh, old) if seen.late_s else seen


def _late_limit(watch: Watch, rules: GuardRules) -> float | None:
    past = total(watch.before)
    usual = past if past.requests >= rules.least_requests else watch.old
    if usual.requests < rules.least_requests:
        return None
    return max(rules.least_late_s, 2 * (usual.percentile_s(0.95) or 0.0))


def _alone(watch: Watch, fresh: Traffic, rules: GuardRules) -> tuple[float, ...]:
    """Half of the doubt is for the past's share, half for the wager on top of it."""
    past = total(watch.before)
    if past.requests < rules.least_requests:
        return watch.errors_alone
    most = highest_likely_share(past.requests, past.errors, rules.alone_doubt / 2)
    if most >= 1.0:
        return watch.errors_alone
    return add_look_alone(watch.errors_alone, fresh.requests, fresh.errors, most)


def _count_late(watch: Watch, fresh: Traffic, old: Traffic) -> Watch:
    """A failure counts as late: a page that fails at once is not a fast page."""
    limit = watch.late_s or 0.0
    new_late, old_late = fresh.not_within(limit), old.not_within(limit)
    return replace(
        watch,
        late=add_look(watch.late, Table(fresh.requests, new_late, old.requests, old_late)),
        late_new=watch.late_new + new_late,
        late_old=watch.late_old + old_late,
        late_of_new=watch.late_of_new + fresh.requests,
        late_of_old=watch.late_of_old + old.requests,
    )


# --- judging


def judge(
    watch: Watch, rules: GuardRules | None = None, logs: LogSight | None = None
) -> GuardVerdict:
    """Whether the wave may go on; may be asked after every look without more false pauses."""
    rules, logs = rules or GuardRules(), logs or LogSight()
    numbers = _numbers(watch, rules, logs)
    for rule in (_alarm, _errors, _errors_alone, _late):
        if sentence := rule(watch, rules):
            return GuardVerdict(GuardKind.RISE, sentence, numbers)
    if sentence := _logs(watch, rules, logs):
        return GuardVerdict(GuardKind.RISE, sentence, numbers)
    if missing := _missing(watch, rules):
        return GuardVerdict(GuardKind.UNKNOWN, missing, numbers)
    return GuardVerdict(GuardKind.CALM, _calm(watch, numbers), numbers)


def judge_once(
    new: Traffic, old: Traffic, before: Traffic | None = None, rules: GuardRules | None = None
) -> GuardVerdict:
    """The same for one single look at counts of two whole groups."""
    watch = begin({"semua": before} if before else None)
    return judge(look(watch, {"semua": new}, old, rules), rules)


def _alarm(watch: Watch, rules: GuardRules) -> str:
    if watch.old.error_share >= rules.sick_share:
        return ""
    for key, seen in sorted(watch.new.items()):
        past = watch.before.get(key, Traffic())
        was_so = past.requests >= rules.alarm_requests and past.error_share >= rules.alarm_share / 2
        sudden = watch.latest.get(key, Traffic())
        fails = _fails(seen, rules.alarm_share, rules) or _fails(
            sudden, rules.alarm_share_now, rules
        )
        if fails and not was_so:
            worst = max((seen, sudden), key=lambda each: each.error_share)
            return f"{key} menjawab galat {worst.errors} dari {worst.requests} permintaan."
    return ""


def _fails(seen: Traffic, share: float, rules: GuardRules) -> bool:
    return seen.requests >= rules.alarm_requests and seen.error_share >= share


def _errors(watch: Watch, rules: GuardRules) -> str:
    new, old = total(watch.new), watch.old
    is_proven = strength(watch.errors) >= 1 / rules.errors_doubt
    if not (is_proven and _is_enough(new, old, rules) and _is_more_than_before(watch, new, rules)):
        return ""
    return f"Galat naik: {_share(new)} pada rilis baru, {_share(old)} pada rilis lama."


def _errors_alone(watch: Watch, rules: GuardRules) -> str:
    """Only where there is nobody to compare with: the hour of the day may play a part here."""
    new, past = total(watch.new), total(watch.before)
    if watch.old.requests >= rules.least_requests:
        return ""
    if strength(watch.errors_alone) < 2 / rules.alone_doubt or not _is_enough(new, past, rules):
        return ""
    return f"Galat naik: {_share(new)} sejak pembaruan, {_share(past)} sebelumnya."


def _is_enough(new: Traffic, old: Traffic, rules: GuardRules) -> bool:
    rise = new.error_share - old.error_share
    return rise >= rules.least_rise and new.error_share >= rules.least_ratio * old.error_share


def _is_more_than_before(watch: Watch, new: Traffic, rules: GuardRules) -> bool:
    """A village whose pages always failed so is no reason to stop the others."""
    past = total(watch.before)
    return past.requests < rules.least_requests or _is_enough(new, past, rules)


def _late(watch: Watch, rules: GuardRules) -> str:
    if strength(watch.late) < 1 / rules.late_doubt:
        return ""
    new_share = watch.late_new / max(1, watch.late_of_new)
    old_share = watch.late_old / max(1, watch.late_of_old)
    usual = max(old_share, _late_before(watch, rules))
    if new_share - usual < rules.late_rise or new_share < rules.least_ratio * usual:
        return ""
    return (
        f"Lebih lambat: {_percent(new_share)} jawaban rilis baru gagal atau lebih lama dari "
        f"{_number(watch.late_s or 0)} detik, {_percent(old_share)} pada rilis lama."
    )


def _late_before(watch: Watch, rules: GuardRules) -> float:
    past = total(watch.before)
    if past.requests < rules.least_requests:
        return 0.0
    return past.not_within(watch.late_s or 0.0) / past.requests


def _logs(watch: Watch, rules: GuardRules, logs: LogSight) -> str:
    """Instances are counted, not lines: one fault may write a thousand lines.

    The doubt is spread over all looks to come: 6/π² of it for the first, a quarter of that for the
    second, a ninth for the third.
    """
    if not logs.new_with_errors or not logs.old:
        return ""
    table = Table(logs.new, logs.new_with_errors, logs.old, logs.old_with_errors)
    doubt = rules.logs_doubt * 6 / (math.pi * max(1, watch.looks)) ** 2
    if fisher_greater(table) > doubt:
        return ""
    told = f": “{logs.most_frequent}”" if logs.most_frequent else ""
    return (
        f"Galat di log: {logs.new_with_errors} dari {logs.new} aplikasi pada rilis baru, "
        f"{logs.old_with_errors} dari {logs.old} pada rilis lama{told}."
    )


def _missing(watch: Watch, rules: GuardRules) -> str:
    new = total(watch.new).requests
    if new < rules.least_requests:
        return f"Baru {new} kunjungan ke rilis baru; perlu {rules.least_requests}."
    reference = max(watch.old.requests, total(watch.before).requests)
    if reference < rules.least_requests:
        return f"Baru {reference} kunjungan ke rilis lama; perlu {rules.least_requests}."
    return ""


def _calm(watch: Watch, numbers: Mapping[str, Any]) -> str:
    old = watch.old if watch.old.requests else total(watch.before)
    quiet = len(numbers["quiet"])
    rest = f" {quiet} aplikasi hampir tanpa pengunjung." if quiet else ""
    return f"Tenang: galat {_share(total(watch.new))}; pada rilis lama {_share(old)}.{rest}"


# --- numbers


def _numbers(watch: Watch, rules: GuardRules, logs: LogSight) -> dict[str, Any]:
    groups = {"new": total(watch.new), "old": watch.old, "before": total(watch.before)}
    seen = {name: _figures(each) for name, each in groups.items()}
    few = [key for key, each in watch.new.items() if each.requests < rules.least_each]
    unseen = [key for key in watch.before if key not in watch.new]
    return seen | {
        "instances": len(set(watch.new) | set(watch.before)),
        "quiet": sorted(few + unseen),
        "looks": watch.looks,
        "errors_strength": round(strength(watch.errors), 3),
        "errors_alone_strength": round(strength(watch.errors_alone), 3),
        "late_strength": round(strength(watch.late), 3),
        "late_s": watch.late_s,
        "late": [watch.late_new, watch.late_of_new, watch.late_old, watch.late_of_old],
        "logs": [logs.new_with_errors, logs.new, logs.old_with_errors, logs.old],
    }


def _figures(seen: Traffic) -> dict[str, float | int | None]:
    return {
        "requests": seen.requests,
        "errors": seen.errors,
        "refusals": seen.refusals,
        "p50_s": _rounded(seen.percentile_s(0.5)),
        "p95_s": _rounded(seen.percentile_s(0.95)),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _share(seen: Traffic) -> str:
    return f"{_percent(seen.error_share)} dari {_whole(seen.requests)} permintaan"


def _percent(share: float) -> str:
    return f"{_number(100 * share)} %"


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".").replace(".", ",")


def _whole(value: int) -> str:
    return f"{value:,}".replace(",", ".")
