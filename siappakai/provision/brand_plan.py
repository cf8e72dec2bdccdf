"""Think: what each slot and file of an instance becomes; no disk, no database, no clock.

A file map is path → what lies there: "" nothing, a sha256, `→target` for a link, or "folder".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from siappakai.errors import StepErrored
from siappakai.products.brand import (
    THEME_FOLDER,
    THEMES_IN_CONTAINER,
    BrandSlot,
    Picture,
    SlotKind,
    SlotState,
)

FileMap = Mapping[str, str]
States = Mapping[str, SlotState]
LINK = "→"
FOLDER = "folder"
NAME_LENGTH = 16  # of a picture's hash in its file's name
LONGEST_NAME = 200  # bytes, of 255 that a file system takes: some are ours


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """What there is to wear: pictures and theme packages, and the names they go by.

    `own_themes` are the folders of the village's own; `values_of` leads from a file's hash to
    the value that it was made of.
    """

    pictures: Mapping[tuple[str, str], Picture] = field(default_factory=dict)  # (value, size)
    packages: Mapping[str, str] = field(default_factory=dict)  # slug@version → sha256
    own_themes: frozenset[str] = frozenset()
    values_of: Mapping[str, str] = field(default_factory=dict)

    def name_of_package(self, sha256: str) -> str:
        names = [name for name, each in self.packages.items() if each == sha256]
        return names[0] if names else ""


def plan_states(
    slots: Sequence[BrandSlot],
    values: Mapping[str, str],
    wardrobe: Wardrobe,
    present: States,
    base: States,
) -> dict[str, SlotState]:
    """Address → what it is to hold: the kit's value, or the village's own where there is none.

    What is there already, or was the village's own, keeps its name to the letter.
    """
    theme = next((each for each in slots if each.kind is SlotKind.THEME), None)
    planned: dict[str, SlotState] = {}
    if theme is not None and theme.address in present:
        planned[theme.address] = _plan_theme(theme, values, wardrobe, present, base)
    folder = theme_folder(planned[theme.address]) if theme and planned else ""
    for slot in slots:
        if slot is not theme and slot.address in present:
            planned[slot.address] = _plan(slot, values, wardrobe, folder, present, base)
    return planned


def theme_folder(state: SlotState | None) -> str:
    """`desa/nusantara` → `nusantara`; empty where the row holds what can't name a folder."""
    name = (state.text or "").rpartition("/")[2] if state is not None else ""
    return name if is_plain(name) else ""


def is_plain(name: str) -> bool:
    """A name in a folder and nothing else: what the application's rows say is not to be trusted."""
    if name in ("", ".", "..") or set(name) & {"/", "\\", "\0"}:
        return False
    return len(name.encode(errors="replace")) <= LONGEST_NAME


def folder_of(slot: BrandSlot, theme: str) -> str:
    return slot.folder.replace(THEME_FOLDER, theme)


def _plan(
    slot: BrandSlot,
    values: Mapping[str, str],
    wardrobe: Wardrobe,
    theme: str,
    present: States,
    base: States,
) -> SlotState:
    now, own = present[slot.address], base.get(slot.address)
    value = values.get(slot.key)
    if THEME_FOLDER in slot.folder and not theme:
        return now
    if not value:
        return _in_folder(slot, own or now, theme)
    if slot.kind is SlotKind.TEXT:
        text = slot.into_app(value)
        held = [each for each in (now, own) if each and text_fits(each, value, text)]
        return held[0] if held else SlotState(slot.address, slot.key, value, text)
    held = [each for each in (now, own) if each is not None and each.value == value]
    if held:
        return _in_folder(slot, held[0], theme)
    return _new_picture(slot, wardrobe, value, theme)


def text_fits(state: SlotState, value: str, text: str) -> bool:
    """The kit's text, or the very one that the village chose and wrote its own way."""
    return state.text == text or (state.is_own and state.value == value)


def _in_folder(slot: BrandSlot, state: SlotState, theme: str) -> SlotState:
    """A picture that lies with its theme comes along to the folder of another theme."""
    if slot.kind is not SlotKind.PICTURE or not state.sha256:
        return state
    return replace(state, file=f"{folder_of(slot, theme)}/{state.file.rpartition('/')[2]}")


def _new_picture(slot: BrandSlot, wardrobe: Wardrobe, value: str, theme: str) -> SlotState:
    picture = wardrobe.pictures[(value, slot.size)]
    if slot.kind is SlotKind.FILE:
        return SlotState(slot.address, slot.key, value, None, slot.file, picture.sha256)
    stem = slot.key.replace("_", "-")
    name = f"{stem}-{picture.sha256[:NAME_LENGTH]}.{picture.ending}"
    file = f"{folder_of(slot, theme)}/{name}"
    return SlotState(slot.address, slot.key, value, slot.prefix + name, file, picture.sha256)


def _plan_theme(
    slot: BrandSlot,
    values: Mapping[str, str],
    wardrobe: Wardrobe,
    present: States,
    base: States,
) -> SlotState:
    now, own = present[slot.address], base.get(slot.address)
    value = values.get(slot.key)
    if not value:
        return own or now
    held = [each for each in (now, own) if each is not None and each.value == value]
    if held:
        return held[0]
    _refuse_missing(value, wardrobe)
    if "@" not in value:
        return SlotState(slot.address, slot.key, value, value)
    slug = value.partition("@")[0]
    folder = f"{slug}-kabupaten" if slug in wardrobe.own_themes else slug
    target = f"{THEMES_IN_CONTAINER}/{wardrobe.packages[value]}"
    link = f"{slot.folder}/{folder}"
    return SlotState(slot.address, slot.key, value, f"desa/{folder}", link, "", target)


def _refuse_missing(value: str, wardrobe: Wardrobe) -> None:
    if value in wardrobe.packages:
        return
    if "@" in value:
        raise StepErrored(
            f"Tema {value} tidak ada lagi di panel.", hint="Tambahkan lagi, atau pilih tema lain."
        )
    own, _, name = value.rpartition("/")
    if own and name not in wardrobe.own_themes:
        raise StepErrored(
            f"Tema {value} tidak ada di desa ini.",
            hint="Pilih tema yang dibagikan kabupaten, atau unggah dahulu tema itu di desa.",
        )


def read_theme(slot: BrandSlot, text: str, target: str, wardrobe: Wardrobe) -> SlotState:
    """The state of a theme's cell, its folder being a link that leads to `target`, or none.

    What can't name a folder is no theme.
    """
    own, _, name = text.rpartition("/")
    if not is_plain(name):
        return SlotState(slot.address, slot.key, "", text)
    package = target.removeprefix(f"{THEMES_IN_CONTAINER}/") if target else ""
    value = wardrobe.name_of_package(package) or text
    file = f"{slot.folder}/{name}" if own and target else ""
    return SlotState(slot.address, slot.key, value, text, file, "", target)


def is_fresh(slot: BrandSlot, state: SlotState) -> bool:
    """Whether it is what an installation leaves, so nobody's choice."""
    if slot.kind in (SlotKind.PICTURE, SlotKind.FILE):
        return not state.sha256
    is_no_theme = slot.kind is SlotKind.THEME and not state.value
    return is_no_theme or (state.text or "") in slot.fresh


def files_of(states: States) -> dict[str, str]:
    """The file map of what these states name."""
    found = {}
    for state in states.values():
        if state.file:
            found[state.file] = f"{LINK}{state.link}" if state.link else state.sha256
    return found


def split_files(
    wanted: FileMap, before: FileMap, worn: FileMap, keep: frozenset[str]
) -> tuple[FileMap, FileMap]:
    """What is laid before rows name it, and what goes once no row names it any more.

    Only what was laid by us (`worn`) and is as we laid it goes; `keep` are the village's own.
    """
    laid = {path: what for path, what in wanted.items() if before.get(path, "") != what}
    ours = {path for path, what in worn.items() if what and before.get(path) == what}
    return laid, dict.fromkeys(sorted(ours - wanted.keys() - keep), "")


# --- a block of ours in a file that is otherwise the village's

BEGIN = "/* merek kabupaten: ditulis Dasbor SiapPakai, jangan diubah */"
END = "/* akhir merek kabupaten */"
_BLOCK = re.compile(
    rb"\n" + re.escape(BEGIN.encode()) + rb"\n.*?\n" + re.escape(END.encode()) + rb"\n", re.DOTALL
)


def with_block(own: bytes, block: str) -> bytes:
    """The village's own lines, then ours; `without_block` gives them back to the byte."""
    return own + f"\n{BEGIN}\n{block}\n{END}\n".encode() if block else own


def without_block(content: bytes) -> bytes:
    return _BLOCK.sub(b"", content)


def block_of(content: bytes) -> bytes:
    """Our own lines in the file, marks included."""
    return b"".join(_BLOCK.findall(content))


def may_hold_block(path: str) -> bool:
    """Whether other lines of such a file are the village's own."""
    return path.endswith(".css")
