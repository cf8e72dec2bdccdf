"""Touch: how much of this machine rehearsals may take, and whether there is room for one more."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from siappakai.errors import InvalidInput
from siappakai.models import read_setting, transaction, write_setting
from siappakai.provision import files

SETTING = "rehearsal_share"
MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class MachineShare:
    """No rehearsal starts above this load (a core, over a minute) or below this free room.

    A migration that takes longer than `migrate_limit_s` is cut off: it hangs.
    """

    load_per_core: float = 1.5
    memory_mb: int = 600
    disk_mb: int = 4096
    migrate_limit_s: int = 600


@dataclass(frozen=True, slots=True)
class MachineSight:
    load_per_core: float
    memory_mb: int
    disk_mb: int


def read_share() -> MachineShare:
    """The share that the regency has set, else the default; part of the caller's transaction."""
    return MachineShare(**read_setting(SETTING, {}))


def set_share(share: MachineShare, *, by: str) -> None:
    if share.load_per_core <= 0 or share.memory_mb < 0 or share.disk_mb < 0:
        raise InvalidInput("Batas beban, memori, dan disk harus bilangan positif.")
    if share.migrate_limit_s < 1:
        raise InvalidInput("Batas waktu pemindahan paling sedikit satu detik.")
    with transaction():
        write_setting(SETTING, asdict(share), by=by)


def look_at_machine(data_root: Path) -> MachineSight:
    """Load, memory and disk of this machine as they are now."""
    free_kb = next(
        int(line.split()[1])
        for line in MEMINFO.read_text(encoding="ascii").splitlines()
        if line.startswith("MemAvailable:")
    )
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return MachineSight(load, free_kb // 1024, files.free_bytes(data_root) // 1024**2)


def why_full(sight: MachineSight, share: MachineShare) -> str:
    """The one sentence on why no rehearsal starts now; empty when there is room."""
    if sight.load_per_core > share.load_per_core:
        return (
            f"Menunggu server lebih longgar: bebannya {_spoken(sight.load_per_core)} per inti, "
            f"batas untuk gladi {_spoken(share.load_per_core)}."
        )
    if sight.memory_mb < share.memory_mb:
        return f"Menunggu memori: tinggal {sight.memory_mb} MB, gladi perlu {share.memory_mb} MB."
    if sight.disk_mb < share.disk_mb:
        return f"Menunggu ruang disk: tinggal {sight.disk_mb} MB, gladi perlu {share.disk_mb} MB."
    return ""


def _spoken(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
