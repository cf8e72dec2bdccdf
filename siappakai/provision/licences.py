"""Touch: what each product on a server is told of its licence; never part of its health."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from siappakai.errors import Unavailable
from siappakai.models import Instance, LicenceState, Server, db, transaction
from siappakai.products import RECIPES, find_recipe
from siappakai.provision.http_probe import get_over_socket
from siappakai.provision.job import server_facts
from siappakai.provision.naming import instance_key
from siappakai.provision.verify import read_object

AT_ONCE = 4
ANSWER_TIMEOUT_S = 15
GIVE_UP_AFTER = 8  # silences in a row: the far server is away, asking hundreds helps nobody


@dataclass(frozen=True, slots=True)
class _Target:
    instance_id: int
    product: str
    host: str
    socket: Path


def check_licences(server_id: int) -> dict[LicenceState, int]:
    """Ask every product that has a licence; how many are in which state now.

    When the first ones can't be checked, the rest are not asked: they count as unknown too.
    """
    targets = _targets(server_id)
    db.session.rollback()
    seen: dict[int, LicenceState] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(targets), GIVE_UP_AFTER):
            some = targets[start : start + GIVE_UP_AFTER]
            states = list(pool.map(_ask, some))
            seen |= {each.instance_id: state for each, state in zip(some, states, strict=True)}
            if set(states) == {LicenceState.UNKNOWN}:
                break
    all_of_them = {each.instance_id: LicenceState.UNKNOWN for each in targets} | seen
    _keep(all_of_them)
    return {state: list(all_of_them.values()).count(state) for state in LicenceState}


def _targets(server_id: int) -> list[_Target]:
    licensed = [name for name, recipe in RECIPES.items() if recipe.licence_path]
    paths = server_facts(db.session.get_one(Server, server_id)).paths
    rows = db.session.scalars(
        select(Instance)
        .where(
            Instance.server_id == server_id,
            Instance.product.in_(licensed),
            Instance.is_serving,
        )
        .order_by(Instance.id)
    )
    return [
        _Target(
            row.id,
            row.product,
            row.home.domain,
            paths.instance(instance_key(row.product, row.scope_code)).current,
        )
        for row in rows
    ]


def _ask(target: _Target) -> LicenceState:
    recipe = find_recipe(target.product)
    try:
        answer = get_over_socket(
            target.socket, recipe.licence_path, host=target.host, timeout_s=ANSWER_TIMEOUT_S
        )
    except Unavailable:
        return LicenceState.UNKNOWN
    return recipe.licence_state(read_object(answer) or {})


def _keep(states: dict[int, LicenceState]) -> None:
    with transaction():
        for instance_id, state in states.items():
            instance = db.session.get(Instance, instance_id)
            if instance is not None and instance.observed_licence != state:
                instance.observed_licence = state
