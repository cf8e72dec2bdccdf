"""Touch: what a release adds to its product's balance contract: kept, taken away, in force.

An operation measures and compares by one text: what stood in the release's row when it counted
first. Its step keeps that text, so a change in between neither fails an update nor lets one pass.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from siappakai.errors import InvalidInput, Refused
from siappakai.models import (
    Rollout,
    RolloutState,
    Server,
    TemplateDump,
    append_event,
    db,
    transaction,
)
from siappakai.products.balance import (
    BalanceContract,
    find_contract,
    merge_contract,
    read_addition,
)
from siappakai.provision.catalogue import get_release
from siappakai.provision.data_checks import shape_of_template
from siappakai.provision.naming import ServerPaths

LONGEST = 20_000  # characters: the text is kept with every operation that it judged
UNDER_WAY = (
    RolloutState.PLANNED,
    RolloutState.APPROVED,
    RolloutState.RUNNING,
    RolloutState.PAUSED,
    RolloutState.HALTED,
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an update to a release is measured by: the release's own text, and all of it merged."""

    addition: str
    contract: BalanceContract


def balance_of(release_id: int) -> Balance:
    """The contract in force for updates to the release. Ends its read transaction."""
    release = get_release(release_id)
    product, addition = release.product, release.balance_toml
    db.session.rollback()
    return Balance(addition, contract_with(product, addition))


def contract_with(product: str, addition: str) -> BalanceContract:
    """The product's contract and such an addition; InvalidInput when that can't be read."""
    contract = find_contract(product)
    return merge_contract(contract, addition) if addition.strip() else contract


def set_addition(release_id: int, text: str, *, by: str) -> bool:
    """The release's own text is this one from now on, whole; whether it changed."""
    if len(text) > LONGEST:
        raise InvalidInput(
            f"Berkas neraca terlalu panjang: {len(text)} huruf.",
            hint=f"Tulis hanya tambahan rilis ini, paling panjang {LONGEST} huruf.",
        )
    read_addition(text, find_contract(get_release(release_id).product))
    return _write(release_id, text, "release_balance_set", by)


def drop_addition(release_id: int, *, by: str) -> None:
    """Updates to the release are held to its product's contract alone; Refused when they are."""
    if not _write(release_id, "", "release_balance_dropped", by):
        raise Refused(
            "Rilis ini tidak punya tambahan neraca.", hint="Tidak ada yang perlu dihapus."
        )


def _write(release_id: int, text: str, word: str, by: str) -> bool:
    with transaction():
        release = get_release(release_id)
        if release.balance_toml == text:
            return False
        append_event(
            word,
            f"release:{release_id}",
            by=by,
            version=f"{release.product} {release.version}",
            was_sha256=_sha256(release.balance_toml),
            sha256=_sha256(text),
        )
        release.balance_toml = text
        return True


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def rollouts_judged(release_id: int) -> list[tuple[int, str]]:
    """Number and state of the rollouts whose coming updates a change of the contract concerns."""
    rows = db.session.execute(
        select(Rollout.id, Rollout.state)
        .where(Rollout.release_id == release_id, Rollout.state.in_(UNDER_WAY))
        .order_by(Rollout.id)
    )
    return [(number, str(state)) for number, state in rows]


def never_found(release_id: int, text: str) -> list[str]:
    """Tables and columns that the text counts and the release's own template lacks: mistyped?

    Empty too when this machine has no template of it.
    """
    contract = find_contract(get_release(release_id).product)
    terms = read_addition(text, contract).everything()
    columns = _template_columns(release_id)
    if not columns:
        return []
    missing = {each.select.missing(columns) for each in terms.invariants}
    cells = {cell.partition(">")[0] for cell in terms.cells()}
    there = {f"{table}.{name}" for table, names in columns.items() for name in names}
    return sorted({*missing, *(cells - there)} - {""})


def _template_columns(release_id: int) -> dict[str, frozenset[str]]:
    kept = db.session.execute(
        select(TemplateDump.file_name, Server.data_root, Server.fleet)
        .join(Server, Server.id == TemplateDump.server_id)
        .where(TemplateDump.release_id == release_id)
    )
    paths = [ServerPaths(Path(root), fleet).templates / name for name, root, fleet in kept]
    there = next((path for path in paths if path.is_file()), None)
    shape = shape_of_template(there) if there else {}
    return {name: frozenset(table.columns) for name, table in shape.items()}
