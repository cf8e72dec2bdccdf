"""Touch: what an instance takes from other products of the same region."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from siappakai import vault
from siappakai.errors import StepErrored
from siappakai.models import ACTIVE, Instance, Operation, db
from siappakai.products import find_recipe
from siappakai.products.contract import Recipe
from siappakai.secret import Secret


@dataclass(frozen=True, slots=True)
class Need:
    """A product that must run first; `is_coming`: an operation is installing it now."""

    label: str
    is_installed: bool
    is_coming: bool


def find_peer(instance: Instance, product: str) -> Instance | None:
    """The instance of another product for the same village, district or regency."""
    return db.session.scalar(
        select(Instance).filter_by(product=product, scope_code=instance.scope_code)
    )


def needs_of(instance: Instance, recipe: Recipe) -> tuple[Need, ...]:
    return tuple(_need(product, find_peer(instance, product)) for product in recipe.needs)


def _need(product: str, peer: Instance | None) -> Need:
    label = find_recipe(product).label
    if peer is None:
        return Need(label, is_installed=False, is_coming=False)
    active = select(Operation.id).where(
        Operation.instance_id == peer.id, Operation.state.in_(ACTIVE)
    )
    return Need(label, peer.is_installed, db.session.scalar(active) is not None)


def uid_of(instance: Instance, recipe: Recipe) -> int:
    """The user id it runs as: its own, or that of the product whose files it shares."""
    if not recipe.runs_as:
        return instance.uid
    peer = find_peer(instance, recipe.runs_as)
    if peer is None:
        raise StepErrored(
            f"{recipe.label} memerlukan {find_recipe(recipe.runs_as).label} yang belum ada.",
            hint="Pasang produk itu dahulu, lalu tekan Coba lagi.",
        )
    return peer.uid


def peer_secrets(instance: Instance, recipe: Recipe) -> dict[str, Secret]:
    """`product.name` → secret, for those that exist already; the recipe says which it needs."""
    found = {}
    for key in recipe.peer_secrets:
        product, _, name = key.partition(".")
        peer = find_peer(instance, product)
        secret = vault.find_secret(f"instance:{peer.id}", name) if peer is not None else None
        if secret is not None:
            found[key] = secret
    return found
