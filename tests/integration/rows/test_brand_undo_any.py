"""Undo, whatever was edited before: its scope looks as it did, nobody else looks different."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from flask import Flask

from siappakai.branding.edits import read_layers, set_adopted, set_lock, set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now, resolve_version, undo_to
from siappakai.errors import InvalidInput, Refused
from siappakai.models import BrandVersion
from tests.integration.rows.brand_rows import ALL, DISTRICT, REGENCY, A, B, C, add_instances

PLACES = (ALL, REGENCY, DISTRICT, A, B, C)
WORN_AT = (DISTRICT, A, B, C)
KEYS = ("app_name", "site_title", "footer_text")
Face = dict[str, tuple[str, bool]]


def face(version: BrandVersion, scope: Scope, own: dict[str, str] | None = None) -> Face:
    worn = resolve_version(version, scope, own)
    return {key: (each.value, each.is_locked) for key, each in worn.items()}


def edit(dice: random.Random) -> None:
    scope, key = dice.choice(PLACES), dice.choice(KEYS)
    try:
        match dice.randrange(6):
            case 0 | 1 | 2:
                set_values(scope, {key: dice.choice(["Satu", "Dua", "Tiga", None])}, by="ani")
            case 3 | 4:
                set_lock(scope, key, dice.choice([True, False, None]), by="ani")
            case _:
                village = dice.choice((A, B, C))
                set_adopted(village, {key: dice.choice(["Sendiri", None])}, by="sistem")
    except (InvalidInput, Refused):
        return


@pytest.mark.parametrize("seed", range(8))
def test_any_history_can_be_undone_anywhere(app: Flask, tmp_path: Path, seed: int) -> None:
    add_instances(tmp_path)
    dice = random.Random(seed)
    versions: list[BrandVersion | None] = [None]
    for _ in range(4):
        for _ in range(6):
            edit(dice)
        versions.append(freeze_now("x", by="ani"))
        target, scope = dice.choice(versions), dice.choice(PLACES)
        before = versions[-1]
        back = undo_to(target.id if target else None, scope, by="ani")
        versions.append(back)
        for place in WORN_AT:
            if not scope.holds(place):
                assert before is not None and face(back, place) == face(before, place)
                continue
            adopted = adopted_of(place)
            wanted = face(target, place, adopted) if target else original(adopted)
            assert face(back, place) == wanted, (place, scope)


def adopted_of(scope: Scope) -> dict[str, str]:
    found = [each.adopted for each in read_layers() if each.scope == scope and each.adopted]
    return dict(found[0]) if found else {}


def original(adopted: dict[str, str]) -> Face:
    return {key: (text, False) for key, text in adopted.items()}
