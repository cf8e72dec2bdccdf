"""Touch: the candidates of a product, built from the rows with a fixed number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, raiseload

from siappakai.errors import NotFound
from siappakai.models import Instance, ObservedState, Release, Server, db
from siappakai.rollout.candidate import Candidate, Member, Wanted
from siappakai.rollout.candidate_facts import Facts, Policy, read_facts
from siappakai.rollout.candidate_label import label_of, member_of

HasImage = Callable[[Server, str], bool]
_FINE = frozenset({ObservedState.HEALTHY, ObservedState.UNKNOWN})
_SLOWEST_LAST = ("cepat", "biasa", "lambat")


@dataclass(frozen=True, slots=True)
class _Unit:
    """The instances of one candidate; `serving` are those that an update moves."""

    instances: tuple[Instance, ...]
    serving: tuple[Instance, ...]

    @property
    def shown(self) -> tuple[Instance, ...]:
        return self.serving or self.instances

    @property
    def lead(self) -> Instance:
        return self.shown[0]

    @property
    def is_combined(self) -> bool:
        return _moves_as_group(self.lead)


def wanted_of(release_id: int) -> Wanted:
    """The release as a plan wants it; NotFound when there is none."""
    release = db.session.get(Release, release_id)
    if release is None:
        raise NotFound("Rilis itu tidak ada.")
    return Wanted(
        release_id=release.id,
        version=release.version,
        edition=str(release.edition),
        product=release.product,
        offered_at=release.offered_at,
        digest=release.digest,
    )


def candidates_for(
    release_id: int,
    has_image: HasImage,
    *,
    traffic: Mapping[int, Sequence[float]] | None = None,
) -> list[Candidate]:
    """One candidate for each unit of the release's product: what moves by one operation.

    That is an instance, or all instances of a combined database whose product owns it.
    `has_image(server, digest)` is asked once a server. `traffic` are requests per hour of the day
    by instance. Ends its read transaction.
    """
    release = db.session.get_one(Release, release_id)
    instances = _instances(release.product)
    facts = read_facts(release, instances, {each: tuple(t) for each, t in (traffic or {}).items()})
    servers = {each.server_id: each.server for each in instances}
    there = {server_id: has_image(server, release.digest) for server_id, server in servers.items()}
    common = Counter(each.home.name for each in instances)
    found = [_candidate(unit, facts, there, common) for unit in _units(instances)]
    db.session.rollback()
    return found


def _instances(product: str) -> list[Instance]:
    loaded = (
        Instance.village,
        Instance.region,
        Instance.server,
        Instance.database_group,
        Instance.recorded_release,
    )
    query = (
        select(Instance)
        .filter_by(product=product)
        .options(*(joinedload(each) for each in loaded), raiseload("*"))
        .order_by(Instance.id)
    )
    return list(db.session.scalars(query))


def _moves_as_group(instance: Instance) -> bool:
    """Whether it changes release with its whole database (see provision.members)."""
    group = instance.database_group
    return group.is_combined and instance.product == group.product


def _units(instances: Sequence[Instance]) -> list[_Unit]:
    gathered: dict[tuple[str, int], list[Instance]] = defaultdict(list)
    for each in instances:
        key = ("group", each.database_group_id) if _moves_as_group(each) else ("one", each.id)
        gathered[key].append(each)
    return [
        _Unit(tuple(some), tuple(each for each in some if each.is_serving))
        for some in gathered.values()
    ]


def _candidate(
    unit: _Unit, facts: Facts, there: Mapping[int, bool], common: Mapping[str, int]
) -> Candidate:
    lead = unit.lead
    release = lead.recorded_release
    policy = _joint_policy(unit, facts)
    ids = tuple(each.id for each in unit.instances)
    failed = [facts.failed[each] for each in ids if each in facts.failed]
    return Candidate(
        group_id=lead.database_group_id,
        instance_id=lead.id,
        members=tuple(member_of(each) for each in unit.shown),
        product=lead.product,
        label=label_of(lead, unit.is_combined, common),
        release_id=lead.recorded_release_id,
        version=release.version if release else "",
        edition=str(release.edition) if release else "",
        digest=",".join(sorted({each.recorded_digest for each in unit.shown})),
        is_combined=unit.is_combined,
        server_id=lead.server_id,
        has_image=all(there[each.server_id] for each in unit.shown),
        is_removed=not unit.serving and any(each.is_installed for each in unit.instances),
        channel=policy.channel,
        is_pinned=policy.is_pinned,
        pin_reason=policy.reason,
        held_until_on=policy.held_until_on,
        observed=_observed(unit),
        busy_with=next((facts.busy[each] for each in ids if each in facts.busy), ""),
        locked_because=facts.locked.get(lead.database_group_id, ""),
        token_barrier=_barrier(unit, facts),
        trouble=_trouble(unit),
        removed=_removed(unit),
        db_bytes=facts.sizes.get(lead.database_group_id, 0),
        rehearsed=facts.rehearsal_of(unit.shown),
        failed_count=sum(count for count, _ in failed),
        last_failed_at=max((at for _, at in failed if at is not None), default=None),
        traffic=facts.traffic_of(unit.shown),
        measured=facts.durations.own.get(lead.database_group_id),
        usual=facts.durations.usual.get(unit.is_combined),
    )


def _joint_policy(unit: _Unit, facts: Facts) -> Policy:
    """The strictest wish of any member is the group's; it names the village when it is not all."""
    wishes = [(each, facts.policies.get(each.id, Policy())) for each in unit.shown]
    held = [wish.held_until_on for _, wish in wishes if wish.held_until_on]
    reasons = [
        f"{each.home.name}: {wish.reason}".rstrip(": ") if unit.is_combined else wish.reason
        for each, wish in wishes
        if wish.is_pinned or wish.held_until_on
    ]
    return Policy(
        channel=max((wish.channel for _, wish in wishes), key=_SLOWEST_LAST.index),
        is_pinned=any(wish.is_pinned for _, wish in wishes),
        held_until_on=max(held, default=None),
        reason="; ".join(reason for reason in reasons if reason),
    )


def _observed(unit: _Unit) -> str:
    bad = [each for each in unit.serving if each.observed_state not in _FINE]
    if not bad:
        return ""
    word = str(bad[0].observed_state)
    return f"{bad[0].home.name} {word}" if unit.is_combined else word


def _barrier(unit: _Unit, facts: Facts) -> str:
    for each in unit.shown:
        if why := facts.barriers.get(each.village_code or ""):
            return f"{each.home.name}: {why}" if unit.is_combined else why
    return ""


def _trouble(unit: _Unit) -> str:
    versions = sorted({each.recorded_release.version for each in unit.serving})
    releases = {each.recorded_release_id for each in unit.serving}
    if len(releases) < 2:
        return ""
    return f"Versi yang berbagi basis data tidak sama: {', '.join(versions)}."


def _removed(unit: _Unit) -> tuple[str, ...]:
    out = [each for each in unit.instances if each not in unit.serving and each.is_installed]
    return tuple(sorted(each.home.name for each in out)) if unit.serving else ()


__all__ = ["HasImage", "Member", "candidates_for", "wanted_of"]
