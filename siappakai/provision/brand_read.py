"""Touch: what every slot of an instance holds right now, read from its database and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from siappakai.products.brand import THEME_FOLDER, BrandSlot, SlotKind, SlotState
from siappakai.provision.brand_plan import (
    LINK,
    Wardrobe,
    folder_of,
    is_plain,
    read_theme,
    theme_folder,
)
from siappakai.provision.brand_tree import BrandTree
from siappakai.provision.databases import Databases


def read_states(
    slots: Sequence[BrandSlot],
    databases: Databases,
    database: str,
    tree: BrandTree,
    wardrobe: Wardrobe,
) -> dict[str, SlotState]:
    """Address → state; a slot whose row this release doesn't have is left out."""
    texts = _read_cells(slots, databases, database)
    theme = ""
    states: dict[str, SlotState] = {}
    for slot in sorted(slots, key=lambda each: each.kind is not SlotKind.THEME):
        if slot.cell is not None and slot.address not in texts:
            continue
        state = _state(slot, texts.get(slot.address), tree, wardrobe, theme)
        if slot.kind is SlotKind.THEME:
            theme = theme_folder(state)
        states[slot.address] = state
    return states


def _read_cells(
    slots: Sequence[BrandSlot], databases: Databases, database: str
) -> Mapping[str, str | None]:
    cells = {each.address: each.cell for each in slots if each.cell is not None}
    if not cells:
        return {}
    with databases.connection(database) as connection, connection.cursor() as cursor:
        found = {}
        for address, cell in cells.items():
            cursor.execute(*cell.read())
            row = cursor.fetchone()
            if row is not None:
                found[address] = None if row[0] is None else str(row[0])
        return found


def _state(
    slot: BrandSlot, text: str | None, tree: BrandTree, wardrobe: Wardrobe, theme: str
) -> SlotState:
    state = SlotState(slot.address, slot.key, slot.out_of_app(text or ""), text)
    match slot.kind:
        case SlotKind.TEXT:
            return state
        case SlotKind.THEME:
            own, _, name = (text or "").rpartition("/")
            target = tree.look(f"{slot.folder}/{name}") if own and is_plain(name) else ""
            link = target.removeprefix(LINK) if target.startswith(LINK) else ""
            return read_theme(slot, text or "", link, wardrobe)
        case SlotKind.FILE:
            return _with_file(replace(state, text=None), slot.file, tree, wardrobe)
    name = (text or "").removeprefix(slot.prefix)
    if not is_plain(name) or (THEME_FOLDER in slot.folder and not theme):
        return replace(state, value="")
    return _with_file(state, f"{folder_of(slot, theme)}/{name}", tree, wardrobe)


def _with_file(state: SlotState, file: str, tree: BrandTree, wardrobe: Wardrobe) -> SlotState:
    what = tree.look(file)
    sha256 = what if len(what) == 64 else ""
    if not sha256:
        return replace(state, value="", file="", sha256="")
    return replace(state, value=wardrobe.values_of.get(sha256, sha256), file=file, sha256=sha256)
