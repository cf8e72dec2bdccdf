"""Touch: the one door to file views: open, see the changes, apply or undo them, close.

While a view is open somebody else may write to the real directories (a rehearsal runs beside the
village): the view's container may then see old or new, production never sees the view.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from siappakai.provision.file_view_apply import AppliedFacts, bring_changes, undo_changes
from siappakai.provision.file_view_changes import find_changes
from siappakai.provision.file_view_open import (
    FileView,
    ViewOrder,
    close_left_views,
    close_view,
    open_view,
    opened_view,
    volatile_paths,
)
from siappakai.provision.file_view_plan import Change, Changes, Facts, ViewMethod, ViewPart
from siappakai.provision.file_view_tree import Manifest, on_disk, tree_manifest
from siappakai.provision.stopwatch import outside

__all__ = [
    "AppliedFacts",
    "Change",
    "Changes",
    "Facts",
    "FileView",
    "Manifest",
    "ViewMethod",
    "ViewOrder",
    "ViewPart",
    "apply_changes",
    "changes",
    "close_left_views",
    "close_view",
    "open_view",
    "opened_view",
    "tree_manifest",
    "undo_changes",
    "volatile_paths",
]


def changes(view: FileView, volatile: Iterable[Path] = ()) -> Changes:
    """What the view would change in the real directories, but in the volatile ones.

    Its containers have ended. Deleted trees are named path by path.
    """
    with outside(), on_disk("Membaca perubahan berkas"):
        return find_changes(view.method, view.folder, view.parts, volatile)


def apply_changes(view: FileView, keep: Path, volatile: Iterable[Path] = ()) -> AppliedFacts:
    """The real directories are as the view has them; `undo_changes(keep)` leads back exactly.

    `keep` is a folder of this view's own, on the disk of the data root. Killed at any point, it
    may be called again, or `undo_changes` instead.
    """
    uppers = [part.upper for part in view.parts]
    with outside():
        return bring_changes(view.name, lambda: changes(view, volatile), uppers, keep)
