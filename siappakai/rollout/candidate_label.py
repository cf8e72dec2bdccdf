"""Think: how an instance or a combined database is called in a plan."""

from __future__ import annotations

from collections.abc import Mapping

from siappakai.models import Instance
from siappakai.rollout.candidate import Member


def member_of(instance: Instance) -> Member:
    """Whom the instance serves, with the district when there is one."""
    village, region = instance.village, instance.region
    if village is not None:
        return Member(
            instance.id, village.code, village.name, village.district_code, village.district_name
        )
    is_district = len(region.code) == 6
    return Member(
        instance.id,
        region.code,
        region.name,
        region.code if is_district else "",
        region.name if is_district else "",
    )


def label_of(instance: Instance, is_combined: bool, common: Mapping[str, int]) -> str:
    """A name that tells it from the others: the district is added when two share their name."""
    if is_combined:
        group = instance.database_group
        return f"Gabungan {group.label or group.database_name}"
    name = instance.home.name
    village = instance.village
    if common.get(name, 0) < 2 or village is None:
        return name
    return f"{name} ({village.district_name})"
