"""Layers as they are frozen in a version: canonical JSON, its hash, and what differs, in sentences.

Equal content always gives the same JSON and hash, in whatever order it was entered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from siappakai.branding.layers import Layer, with_runs
from siappakai.branding.scope import Scope
from siappakai.branding.values import label_of, shown
from siappakai.models import LayerKind

MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
DEFAULT_ZONE = ZoneInfo("Asia/Jakarta")


def freeze_layers(layers: Iterable[Layer], now: datetime) -> list[dict[str, Any]]:
    """The layers as JSON, each temporary one with whether it runs at that time; empty ones left."""
    kept = (each for each in with_runs(layers, now) if each.values or each.locks or each.adopted)
    return [_frozen(each) for each in sorted(kept, key=lambda each: each.key)]


def thaw_layers(frozen: Iterable[Mapping[str, Any]]) -> tuple[Layer, ...]:
    """The layers of a version; whether temporary ones run stays as it was frozen."""
    return tuple(
        Layer(
            kind=LayerKind(each["kind"]),
            scope=Scope(each["scope"]),
            title=each["title"],
            values=each["values"],
            locks=each["locks"],
            adopted=each["adopted"],
            starts_at=_moment(each["starts_at"]),
            ends_at=_moment(each["ends_at"]),
            rank=each["rank"],
            runs=each["runs"],
        )
        for each in frozen
    )


def digest_of(frozen: list[dict[str, Any]]) -> str:
    """SHA-256 of the canonical JSON."""
    text = json.dumps(frozen, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def differences(
    old: Iterable[Layer], new: Iterable[Layer], zone: ZoneInfo = DEFAULT_ZONE
) -> list[str]:
    """What changed from the old layers to the new ones, a sentence each."""
    before, after = ({each.key: each for each in layers} for layers in (old, new))
    told: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        layer = other or one
        assert layer is not None
        if layer.is_temporary:
            told += _of_temporary(one, other, zone)
        blank = Layer(layer.kind, layer.scope, layer.title)
        told += _of_layer(one or blank, other or blank)
    return told


def _frozen(layer: Layer) -> dict[str, Any]:
    return {
        "kind": str(layer.kind),
        "scope": layer.scope.code,
        "title": layer.title,
        "values": dict(sorted(layer.values.items())),
        "locks": dict(sorted(layer.locks.items())),
        "adopted": dict(sorted(layer.adopted.items())),
        "starts_at": layer.starts_at.isoformat() if layer.starts_at else None,
        "ends_at": layer.ends_at.isoformat() if layer.ends_at else None,
        "rank": layer.rank,
        "runs": layer.runs,
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _of_layer(one: Layer, other: Layer) -> list[str]:
    name = _capital(other.label)
    return [
        *_of_values(name, one.values, other.values),
        *_of_locks(name, one.locks, other.locks),
        *_of_values(f"{name} (pilihan sendiri)", one.adopted, other.adopted),
    ]


def _of_values(name: str, one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    told = []
    for key in sorted(one.keys() | other.keys()):
        old, new, label = one.get(key), other.get(key), label_of(key)
        if old == new:
            continue
        if new is None:
            told.append(f"{name}: {label} dikosongkan, tadinya «{_shown(key, old)}».")
        elif old is None:
            told.append(f"{name}: {label} diisi «{_shown(key, new)}».")
        else:
            told.append(f"{name}: {label} dari «{_shown(key, old)}» menjadi «{_shown(key, new)}».")
    return told


def _of_locks(name: str, one: Mapping[str, bool], other: Mapping[str, bool]) -> list[str]:
    words = {True: "dikunci", False: "dibebaskan", None: "tidak lagi ditentukan kuncinya"}
    return [
        f"{name}: {label_of(key)} {words[other.get(key)]}."
        for key in sorted(one.keys() | other.keys())
        if one.get(key) != other.get(key)
    ]


def _of_temporary(one: Layer | None, other: Layer | None, zone: ZoneInfo) -> list[str]:
    """What happened to a temporary layer as a whole."""
    if other is None:
        assert one is not None
        return [f"{_capital(one.label)} dihapus."]
    name = _capital(other.label)
    if one is None:
        return [f"{name} ditambahkan{_stretch(other, zone)}."]
    told = []
    if (one.starts_at, one.ends_at) != (other.starts_at, other.ends_at):
        told.append(f"{name} kini{_stretch(other, zone)}.")
    if one.rank != other.rank:
        told.append(f"{name}: urutannya dari {one.rank} menjadi {other.rank}.")
    if bool(one.runs) != bool(other.runs):
        told.append(f"{name} {'mulai berlaku' if other.runs else 'berakhir'}.")
    return told


def _stretch(layer: Layer, zone: ZoneInfo) -> str:
    if layer.starts_at is None or layer.ends_at is None:
        return ""
    return f", {local_time(layer.starts_at, zone)} sampai {local_time(layer.ends_at, zone)}"


def local_time(moment: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """`1 Agustus 2026 pukul 00.00`, as clocks show it there."""
    here = moment.astimezone(zone)
    return f"{here.day} {MONTHS.split()[here.month - 1]} {here.year} pukul {here:%H.%M}"


def _shown(key: str, value: str | None) -> str:
    return shown(key, value) if value else "asal"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
