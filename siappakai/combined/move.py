"""Touch: a village moves from one database to another of the same release, either way."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from siappakai.combined.export import ExportReport, export_village
from siappakai.combined.opensid_rules import OPENSID
from siappakai.combined.restore import RestoreReport, restore_village
from siappakai.combined.rules import Rules
from siappakai.provision.databases import Databases


@dataclass(frozen=True)
class MoveReport:
    exported: ExportReport
    restored: RestoreReport


def copy_village(
    databases: Databases,
    source: str,
    target: str,
    village_code: str,
    folder: Path,
    rules: Rules = OPENSID,
) -> MoveReport:
    """The village stands in `target` too, with the same app_key, proven by checksums.

    `target` is a clone of the release's template (combined → separate) or a combined database
    (separate → combined). The source keeps its rows until `remove_village`, so that the move can
    be taken back as long as nobody has written. The file lives in `folder` only meanwhile.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / f"{village_code}.desa.gz"
        exported = export_village(databases, source, village_code, path, rules)
        return MoveReport(exported, restore_village(databases, target, path, rules=rules))
