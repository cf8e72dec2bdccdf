"""Touch: an instance's way outside, from its recipe, the regency's settings and the rows."""

from __future__ import annotations

from sqlalchemy import select

from siappakai.models import Instance, WantedState, db, read_setting
from siappakai.products import find_recipe
from siappakai.products.contract import DatabaseAccess, Place, Recipe, RegionFacts
from siappakai.provision.edge import EdgeClient
from siappakai.provision.egress import EgressApplied, apply_egress, lay_out_sets, write_trust
from siappakai.provision.egress_config import (
    EgressConfig,
    EgressPaths,
    EgressSet,
    WayOut,
    instance_way_out,
    make_egress,
    make_set,
    set_name,
    wanted_hosts,
)
from siappakai.provision.egress_hosts import OutsideHost
from siappakai.provision.egress_settings import EgressSettings, read_egress
from siappakai.provision.naming import ServerPaths
from siappakai.secret import Secret

LICENCE_URL = "https://layanan.opendesa.id"


def egress_settings() -> EgressSettings:
    return read_egress(read_setting("egress", {}))


def licence_url() -> str:
    """Where products ask for their licence."""
    return str(read_setting("licence_url", LICENCE_URL))


def way_out_of(recipe: Recipe, place: Place, paths: ServerPaths) -> WayOut:
    """What the instance's container gets of names, listeners and mounts; empty for most."""
    wanted = _wanted(recipe, place)
    own = (OutsideHost(place.region.domain, place.public_port),) if recipe.calls_own_domain else ()
    return instance_way_out(EgressPaths(paths.root), wanted, own)


def open_way_out(recipe: Recipe, place: Place, server_id: int, paths: ServerPaths) -> bool:
    """The ways this instance's container will mount are there; returns whether it has any."""
    out, wanted = EgressPaths(paths.root), _wanted(recipe, place)
    if not wanted and not recipe.calls_own_domain:
        return False
    root = EdgeClient(paths.edge_admin_socket).internal_root_certificate()
    write_trust(out, root)
    if wanted:
        lay_out_sets(out, [set_name(wanted)])
        apply_server_egress(server_id, paths)
    return True


def _wanted(recipe: Recipe, place: Place) -> tuple[OutsideHost, ...]:
    return wanted_hosts(recipe.product, recipe.outside_hosts(place), egress_settings())


def apply_server_egress(server_id: int, paths: ServerPaths) -> EgressApplied:
    """The server's way out leads where its products may go now, and nowhere else."""
    return apply_egress(EgressPaths(paths.root), lambda: _build(server_id))


def _build(server_id: int) -> EgressConfig:
    db.session.rollback()
    settings = egress_settings()
    sets = [each for product in _products(server_id) if (each := _set_of(product, settings)).name]
    db.session.rollback()
    return make_egress(sets, settings)


def _products(server_id: int) -> list[str]:
    rows = db.session.scalars(
        select(Instance.product)
        .where(Instance.server_id == server_id, Instance.wanted_state == WantedState.RUNNING)
        .distinct()
    )
    return sorted(rows)


def hosts_of_product(product: str, settings: EgressSettings) -> tuple[OutsideHost, ...]:
    """What all instances of a product wish for: it depends on the regency's settings only."""
    return wanted_hosts(product, find_recipe(product).outside_hosts(_bare_place()), settings)


def _set_of(product: str, settings: EgressSettings) -> EgressSet:
    return make_set(hosts_of_product(product, settings), settings)


def _bare_place() -> Place:
    nowhere = RegionFacts("0000", "", "", "", "", "", "nowhere.invalid")
    return Place(nowhere, DatabaseAccess("", "", Secret("")), licence_url=licence_url())
