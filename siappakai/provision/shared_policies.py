"""Touch: whom a policy binds besides the instance it was given to: its whole combined database.

A combined database changes release as one, so the strictest wish of any member is everybody's
(`rollout.candidates`); who sets or reads a policy is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from siappakai.models import Instance, db
from siappakai.provision.group import moves_together
from siappakai.provision.policies import following_of, today


@dataclass(frozen=True, slots=True)
class Sharing:
    """`others`: how many more move with it; `kept_by`: the homes among them that keep it back."""

    others: int = 0
    kept_by: tuple[str, ...] = ()

    @property
    def is_shared(self) -> bool:
        return self.others > 0


def sharing_of(instance: Instance) -> Sharing:
    """Who else changes release with this instance; nobody beside a database of its own."""
    if not instance.is_serving:
        return Sharing()
    others = [each for each in moves_together(instance) if each.id != instance.id]
    return Sharing(len(others), tuple(each.home.name for each in others if is_kept(each.id)))


def is_kept(instance_id: int) -> bool:
    """Whether its own policy keeps it on its release today."""
    now = following_of(instance_id)
    return now.is_pinned or (now.held_until_on is not None and now.held_until_on >= today())


@dataclass(frozen=True, slots=True)
class Bound:
    """A combined database of which some were named: how many more it binds, who keeps it back."""

    name: str
    others: int
    kept_by: tuple[str, ...]


def bound_with(ids: Sequence[int]) -> list[Bound]:
    """The combined databases of these instances that hold more than these."""
    chosen = set(ids)
    found: dict[int, Bound] = {}
    for instance_id in ids:
        instance = db.session.get_one(Instance, instance_id)
        group = instance.database_group
        if group.id in found or not instance.is_serving:
            continue
        others = [each for each in moves_together(instance) if each.id not in chosen]
        kept = tuple(each.home.name for each in others if is_kept(each.id))
        if others:
            found[group.id] = Bound(group.label or group.database_name, len(others), kept)
    db.session.rollback()
    return list(found.values())
