"""The list of operations: filters that an address carries, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import defer, joinedload
from werkzeug.datastructures import MultiDict

from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationKind,
    OperationState,
    Release,
    db,
)
from siappakai.web.live import Stamp
from siappakai.web.paging import Page

STATES: dict[str, tuple[str, frozenset[OperationState]]] = {
    "berjalan": ("Berjalan", frozenset({OperationState.RUNNING})),
    "antre": ("Menunggu", frozenset({OperationState.QUEUED})),
    "gagal": ("Gagal", frozenset({OperationState.FAILED, OperationState.ERRORED})),
    "berhasil": ("Berhasil", frozenset({OperationState.SUCCEEDED})),
    "batal": ("Dibatalkan", frozenset({OperationState.CANCELLED})),
}


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """What the admin asked for; every field may be empty."""

    kind: str = ""
    state: str = ""
    product: str = ""

    def as_args(self) -> dict[str, str]:
        """The filter as it stands in an address."""
        named = {"jenis": self.kind, "keadaan": self.state, "aplikasi": self.product}
        return {name: value for name, value in named.items() if value}

    def rules(self) -> list[ColumnElement[bool]]:
        rules: list[ColumnElement[bool]] = []
        if self.kind:
            rules.append(Operation.kind == OperationKind(self.kind))
        if self.state:
            rules.append(Operation.state.in_(STATES[self.state][1]))
        if self.product:
            of_product = select(Instance.id).where(Instance.product == self.product)
            rules.append(Operation.instance_id.in_(of_product))
        return rules


def read_filter(args: MultiDict[str, str]) -> OperationFilter:
    """The filter of an address; unknown values are left out."""
    kind, product = args.get("jenis", ""), args.get("aplikasi", "")
    return OperationFilter(
        kind=kind if kind in set(OperationKind) else "",
        state=args.get("keadaan", "") if args.get("keadaan") in STATES else "",
        product=product if product.isidentifier() and len(product) <= 32 else "",
    )


def find_operations(wanted: OperationFilter, number: int, size: int) -> Page:
    """One page of operations, newest first."""
    total = db.session.scalar(select(func.count(Operation.id)).where(*wanted.rules())) or 0
    number = min(number, max(1, -(-total // size)))
    query = (
        select(Operation)
        .where(*wanted.rules())
        .options(
            joinedload(Operation.instance).joinedload(Instance.village),
            joinedload(Operation.instance).joinedload(Instance.region),
            joinedload(Operation.release).options(defer(Release.components)),
        )
        .order_by(Operation.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page(list(db.session.scalars(query)), number, size, total)


def operations_stamp(wanted: OperationFilter) -> Stamp:
    """Changes with the states of the filter's operations."""
    rows = db.session.execute(
        select(Operation.state, func.count(), func.max(Operation.id))
        .where(*wanted.rules())
        .group_by(Operation.state)
        .order_by(Operation.state)
    ).all()
    return Stamp(repr(rows), not any(state in ACTIVE for state, _, _ in rows))


def active_count() -> int:
    """How many operations wait or run now."""
    query = select(func.count(Operation.id)).where(Operation.state.in_(ACTIVE))
    return db.session.scalar(query) or 0
