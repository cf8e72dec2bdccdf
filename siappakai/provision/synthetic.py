"""Touch: visit the public pages of quiet villages, so that the guard has something to see.

Our visits go the way of any visitor, through the edge, and say who they are: `SiapPakai-probe`.
The edge's log keeps no such header: there they count like every other request, which is their use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from siappakai.errors import Unavailable
from siappakai.models import Instance, db, transaction
from siappakai.products import find_recipe
from siappakai.products.contract import PageProbe
from siappakai.provision.http_probe import get_through_edge
from siappakai.provision.job import release_facts, server_facts
from siappakai.provision.naming import instance_key
from siappakai.provision.place import make_place
from siappakai.provision.verify import trusted_root, wrong_answer

AT_ONCE = 2
TIMEOUT_S = 30
MOST_EACH = 12  # visits of ours to one instance during one bake time


@dataclass(frozen=True, slots=True)
class Target:
    """One instance's pages and the edge they are reached through."""

    instance_key: str
    domain: str
    edge_address: str
    https_port: int
    ca_file: Path
    probes: tuple[PageProbe, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """What came back; `wrong` is empty when the page was as it should be."""

    instance_key: str
    path: str
    status: int
    seconds: float
    wrong: str


def visits_wanted(
    seen: Mapping[str, int], paid: Mapping[str, int], enough: int, most_each: int = MOST_EACH
) -> dict[str, int]:
    """How many visits each instance still lacks: `seen` requests of it, `paid` of them ours.

    None for those with visitors enough, and none above the limit of one bake time.
    """
    wanted = {}
    for key, requests in seen.items():
        lacking = min(enough - requests, most_each - paid.get(key, 0))
        if lacking > 0:
            wanted[key] = lacking
    return wanted


def find_target(instance_id: int) -> Target:
    """The pages that prove the instance's recorded release, as visitors reach them."""
    with transaction():
        instance = db.session.get_one(Instance, instance_id)
        recipe = find_recipe(instance.product)
        place = make_place(instance, recipe)
        server = server_facts(instance.server)
        probes = tuple(recipe.page_probes(place, release_facts(instance.recorded_release)))
        key = instance_key(instance.product, instance.scope_code)
        domain = instance.home.domain
    root = trusted_root(server.paths)
    return Target(key, domain, server.edge_address, server.https_port, root, probes)


def visit(targets: Sequence[Target], wanted: Mapping[str, int]) -> list[Visit]:
    """Visit each target's pages in turn, as often as wanted, two villages at a time at most."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rounds = pool.map(lambda each: _visit(each, wanted.get(each.instance_key, 0)), targets)
        return [made for each in rounds for made in each]


def _visit(target: Target, times: int) -> list[Visit]:
    if not target.probes:
        return []
    return [_ask(target, target.probes[number % len(target.probes)]) for number in range(times)]


def _ask(target: Target, probe: PageProbe) -> Visit:
    try:
        answer = get_through_edge(
            target.edge_address,
            target.https_port,
            target.domain,
            probe.path,
            ca_file=target.ca_file,
            timeout_s=TIMEOUT_S,
        )
    except Unavailable as error:
        return Visit(target.instance_key, probe.path, 0, float(TIMEOUT_S), error.message)
    wrong = wrong_answer(probe, answer)
    return Visit(target.instance_key, probe.path, answer.status, answer.seconds, wrong)
