"""Think: what an operation changes on an instance's look, and what it says of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siappakai.products.brand import (
    THEME_FOLDER,
    BrandFile,
    BrandSlot,
    SlotKind,
    SlotState,
)
from siappakai.provision.brand_plan import files_of, is_fresh, theme_folder

States = Mapping[str, SlotState]
UNCHANGED = "tetap"


@dataclass(frozen=True, slots=True)
class Settled:
    """The instance's own base after a look at it; addresses that were adopted and put back.

    `replaced` are keys that a person has set for the village in the place of its own choice.
    """

    base: States
    adopted: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


def first_base(slots: Sequence[BrandSlot], present: States) -> dict[str, SlotState]:
    """What the instance wore before its first brand; what an installation leaves is no choice."""
    return {
        slot.address: _as_base(slot, present[slot.address])
        for slot in slots
        if slot.address in present
    }


def settle(
    slots: Sequence[BrandSlot],
    present: States,
    worn: States,
    base: States,
    locked: frozenset[str],
    *,
    is_nobodys: bool = False,
) -> Settled:
    """What changed since the last time, by whom it is to be taken.

    Locked values and those no village can choose are put back; a free one that the village chose
    is its own from now on. `is_nobodys`: the database was restored, so nothing was chosen.
    """
    new_base, adopted, returned = dict(base), [], []
    for slot in slots:
        now, last = present.get(slot.address), worn.get(slot.address)
        if now is None:
            continue
        if last is None:
            new_base.setdefault(slot.address, _as_base(slot, now))
        elif not is_alike(now, last) and not is_moved(slot, now, last, present, worn, slots):
            lost = slot.kind is not SlotKind.TEXT and not now.value
            if is_nobodys or lost or slot.key in locked or not slot.is_choice:
                returned.append(slot.address)
            else:
                new_base[slot.address] = replace(now, is_own=True)
                adopted.append(slot.address)
    return Settled(new_base, tuple(adopted), tuple(returned))


def give_way(settled: Settled, keys: Collection[str]) -> Settled:
    """What was there stays remembered under these keys, but as nobody's choice."""
    gone = {address for address, each in settled.base.items() if each.key in keys and each.is_own}
    base = {
        address: replace(each, is_own=False) if address in gone else each
        for address, each in settled.base.items()
    }
    return replace(
        settled,
        base=base,
        adopted=tuple(each for each in settled.adopted if each not in gone),
        replaced=tuple(sorted({settled.base[address].key for address in gone})),
    )


def is_alike(now: SlotState, last: SlotState) -> bool:
    """The same to people: a form that sends an empty field turns no text into an empty one."""
    return replace(now, text=now.text or "").holds(replace(last, text=last.text or ""))


def is_moved(
    slot: BrandSlot,
    now: SlotState,
    last: SlotState,
    present: States,
    worn: States,
    slots: Sequence[BrandSlot],
) -> bool:
    """A picture that lies with its theme: its row is the same, only the theme is another one."""
    if THEME_FOLDER not in slot.folder or now.text != last.text:
        return False
    address = next(each.address for each in slots if each.kind is SlotKind.THEME)
    return theme_folder(present.get(address)) != theme_folder(worn.get(address))


def _as_base(slot: BrandSlot, state: SlotState) -> SlotState:
    return replace(state, is_own=slot.is_choice and not is_fresh(slot, state))


def wanted_files(
    slots: Sequence[BrandSlot], states: States, files: Sequence[tuple[BrandFile, str]]
) -> dict[str, str]:
    """The file map of everything worn; each derived file comes with the hash of its content."""
    wanted = {slot.file: "" for slot in slots if slot.kind is SlotKind.FILE}
    wanted |= {file.path: what for file, what in files}
    return wanted | files_of(states)


def content_hash(states: States, files: Mapping[str, str]) -> str:
    """One hash over all that is worn."""
    rows = {address: state.to_row() for address, state in states.items()}
    text = json.dumps([rows, dict(files)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def make_note(slots: Sequence[BrandSlot], settled: Settled, overridden: Sequence[str]) -> str:
    """One sentence each for what was put back, adopted, replaced, and covered by a lock."""
    labels = {slot.address: slot.label for slot in slots}

    def named(addresses: Sequence[str]) -> str:
        return ", ".join(labels[each] for each in addresses)

    told = []
    if settled.returned:
        told.append(f"Dikembalikan ke yang ditetapkan: {named(settled.returned)}.")
    if settled.adopted:
        told.append(f"Diakui sebagai pilihan desa sendiri: {named(settled.adopted)}.")
    if settled.replaced:
        replaced = [each.address for each in slots if each.key in settled.replaced]
        told.append(f"Isian dari panel menggantikan pilihan desa sendiri: {named(replaced)}.")
    if overridden:
        told.append(f"Pilihan desa tertutup kunci kabupaten, tetap diingat: {named(overridden)}.")
    return " ".join(told)


def overridden(
    slots: Sequence[BrandSlot], base: States, states: States, locked: frozenset[str]
) -> list[str]:
    """Addresses where a lock covers what the village chose itself."""
    return [
        slot.address
        for slot in slots
        if slot.key in locked
        and slot.address in states
        and (own := base.get(slot.address)) is not None
        and own.is_own
        and not own.holds(states[slot.address])
    ]


def changed(before: States, wanted: States) -> list[str]:
    """Addresses that are to hold something else than they do."""
    return [address for address, state in wanted.items() if not state.holds(before.get(address))]


def to_rows(states: States) -> dict[str, Any]:
    return {address: state.to_row() for address, state in states.items()}


def to_states(rows: Mapping[str, Any]) -> dict[str, SlotState]:
    return {address: SlotState.from_row(row) for address, row in rows.items()}
