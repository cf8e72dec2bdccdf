"""Think: what the guard says of a wave, as it is kept in the wave's row and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siappakai.rollout.guard import GuardKind, GuardVerdict

SHOWN_QUIET = 20


@dataclass(frozen=True, slots=True)
class Saying:
    """The circumstances of a verdict. `names`: instance key → what people call it."""

    wave: str
    names: Mapping[str, str]
    at: str
    is_final: bool = False
    has_gap: bool = False
    far_servers: tuple[str, ...] = ()
    visits: int = 0


def verdict_json(verdict: GuardVerdict, saying: Saying) -> dict[str, Any]:
    """kind, sentence, numbers, at, is_final; the alarm is the caller's to add."""
    numbers = dict(verdict.numbers)
    quiet = [saying.names.get(key, key) for key in numbers.get("quiet", ())]
    numbers |= {"quiet": quiet[:SHOWN_QUIET], "quiet_count": len(quiet), "visits": saying.visits}
    return {
        "kind": str(verdict.kind),
        "sentence": sentence(verdict, saying),
        "numbers": numbers,
        "at": saying.at,
        "is_final": saying.is_final,
    }


def sentence(verdict: GuardVerdict, saying: Saying) -> str:
    """One or a few sentences; a wave that ends without enough to go by says so."""
    told = _named(verdict.sentence, saying.names)
    if verdict.kind == GuardKind.UNKNOWN:
        told = f"Belum cukup data: {told}"
        if saying.is_final:
            told += " Masa amatan selesai tanpa kesimpulan."
    elif saying.is_final:
        told = f"{told} Masa amatan selesai."
    if saying.has_gap:
        told += " Sebagian log pintu masuk sudah tidak ada dan tidak terhitung."
    if saying.far_servers:
        told += f" Log server {', '.join(saying.far_servers)} belum dapat dibaca dari panel."
    return told


def alarm_sentence(verdict: GuardVerdict, saying: Saying) -> str:
    """Why the rollout halts."""
    return f"Tertahan oleh penjaga: {saying.wave}. {_named(verdict.sentence, saying.names)}"


def _named(told: str, names: Mapping[str, str]) -> str:
    first, _, rest = told.partition(" ")
    return f"{names[first]} {rest}" if first in names else told
