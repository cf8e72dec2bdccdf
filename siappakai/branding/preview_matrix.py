"""A preview as its page shows it: villages by products, pages by screens, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from siappakai.provision.preview_files import AFTER, BEFORE, MARKED
from siappakai.provision.preview_pages import LABELS, SCREENS

SCREEN_LABELS = {each.word: each.label for each in SCREENS}


class RowState(StrEnum):
    WAITING = "menunggu"
    RUNNING = "berjalan"
    DONE = "selesai"
    FAILED = "gagal"


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """One page on one screen; the names of its pictures (empty: there is none) and what differs.

    `outside` are servers which the page would call and could not, `wrong` why a picture lacks.
    """

    page: str
    page_label: str
    screen: str
    screen_label: str
    before: str
    after: str
    marked: str
    share: float | None
    is_equal: bool
    box_count: int
    status_before: int
    status_after: int
    became_blank: bool
    outside: tuple[str, ...]
    wrong: str

    @property
    def is_broken(self) -> bool:
        """The page answers with an error, or not at all, and did not so before."""
        if not 0 < self.status_before < 400:
            return False
        return self.status_after >= 400 or bool(self.wrong and not self.after)

    @property
    def sentence(self) -> str:
        """`12,4 % berubah, 3 bagian`."""
        if self.wrong:
            return self.wrong
        if self.is_broken:
            return f"Halaman menjadi galat {self.status_after}"
        if self.share is None:
            return "Belum dipotret"
        if self.is_equal:
            return "Tidak berubah"
        if self.became_blank:
            return "Tampak kosong di sini" + (
                ", karena memerlukan server luar" * bool(self.outside)
            )
        if not self.box_count:
            return "Berubah sangat sedikit, tak terlihat mata"
        return f"{percent(self.share)} berubah, {self.box_count} bagian"


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One instance of the preview."""

    instance_id: int
    operation_id: int | None
    name: str
    code: str
    district_name: str
    product: str
    product_label: str
    state: RowState
    note: str
    hint: str
    cells: tuple[PreviewCell, ...]

    @property
    def share(self) -> float:
        """The largest changed share of its pages."""
        return max((each.share or 0.0 for each in self.cells), default=0.0)


@dataclass(frozen=True, slots=True)
class PreviewMatrix:
    preview_id: int
    version_id: int
    version_number: int
    version_title: str
    is_whole: bool
    created_by: str
    created_at: datetime
    rows: tuple[PreviewRow, ...]

    @property
    def is_finished(self) -> bool:
        return all(each.state in (RowState.DONE, RowState.FAILED) for each in self.rows)

    @property
    def broken_count(self) -> int:
        """Pages that the brand would break: a reason not to apply it."""
        return sum(cell.is_broken for row in self.rows for cell in row.cells)


def percent(share: float) -> str:
    """`12,4 %`; what is more than nothing never reads as nothing."""
    number = share * 100
    if 0 < number < 0.1:
        return "kurang dari 0,1 %"
    return f"{number:.1f}".replace(".", ",") + " %"


def make_cells(pictures: Sequence[Mapping[str, Any]]) -> tuple[PreviewCell, ...]:
    """The cells of the rows that a preview's operation kept."""
    return tuple(_cell(each) for each in pictures)


def _cell(kept: Mapping[str, Any]) -> PreviewCell:
    page, screen = str(kept["page"]), str(kept["screen"])
    outside = {*kept.get(f"outside_{BEFORE}", ()), *kept.get(f"outside_{AFTER}", ())}
    return PreviewCell(
        page=page,
        page_label=LABELS.get(page, page),
        screen=screen,
        screen_label=SCREEN_LABELS.get(screen, screen),
        before=str(kept.get(BEFORE, "")),
        after=str(kept.get(AFTER, "")),
        marked=str(kept.get(MARKED, "")),
        share=kept.get("share"),
        is_equal=bool(kept.get("is_equal", False)),
        box_count=len(kept.get("boxes", ())),
        status_before=int(kept.get(f"status_{BEFORE}", 0)),
        status_after=int(kept.get(f"status_{AFTER}", 0)),
        became_blank=bool(kept.get(f"is_blank_{AFTER}") and not kept.get(f"is_blank_{BEFORE}")),
        outside=tuple(sorted(outside)),
        wrong=str(kept.get("wrong", "")),
    )
