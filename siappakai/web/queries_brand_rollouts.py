"""Rollouts that bring a look: the list of them, and one of them with its version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from siappakai.errors import NotFound
from siappakai.models import BrandVersion, ItemState, Rollout, db
from siappakai.web.paging import Page

# The words of release day speak of releases and databases; a look has its own.
ITEM_WORDS = {
    ItemState.STARTED: "Sedang berganti wajah",
    ItemState.FAILED: "Gagal, wajah lama tetap",
    ItemState.RETURN_WAITING: "Menunggu dikembalikan",
    ItemState.RETURNING: "Sedang dikembalikan",
    ItemState.RETURNED: "Wajah lama kembali",
    ItemState.RETURN_FAILED: "Gagal dikembalikan",
}


def recent_brand_rollouts(number: int, size: int) -> Page:
    """One page of them, newest first."""
    of_brands = Rollout.brand_version_id.is_not(None)
    total = db.session.scalar(select(func.count(Rollout.id)).where(of_brands)) or 0
    number = min(number, max(1, -(-total // size)))
    query = (
        select(Rollout)
        .where(of_brands)
        .options(defer(Rollout.plan), defer(Rollout.guard), _version())
        .order_by(Rollout.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(list(db.session.scalars(query)), number, size, total)


def get_brand_rollout(rollout_id: int) -> Rollout:
    """The rollout, if it brings a look; its plan is read only when asked for."""
    found = db.session.scalars(
        select(Rollout)
        .where(Rollout.id == rollout_id, Rollout.brand_version_id.is_not(None))
        .options(
            defer(Rollout.plan),
            defer(Rollout.guard),
            _version(),
            selectinload(Rollout.waves),
        )
    ).first()
    if found is None:
        raise NotFound("Penerapan itu tidak ada.", hint="Buka Penerapan dan pilih dari sana.")
    return found


def is_of_a_brand(rollout_id: int) -> bool:
    query = select(Rollout.id).where(
        Rollout.id == rollout_id, Rollout.brand_version_id.is_not(None)
    )
    return db.session.scalar(query) is not None


def _version() -> Any:
    """The version's name, without all its layers."""
    return joinedload(Rollout.brand_version).options(defer(BrandVersion.layers))
