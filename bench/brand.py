"""Gives N villages (OpenSID and PBB) a new kit, undoes it, and tells how long it took, as JSON.

    python -m bench.brand --desa 20 [--sumber-opensid GIT] [--sumber-pbb GIT] [--pekerja 2]

By the rollout engine, all at once, as *Terapkan* does; Nusantara is sent to the server first by the
task that sends themes. Pictures of home and login pages are taken of some villages before, with the
kit, and after the undo, and compared. Without sources our samples are used. Needs root, Docker and
redis-server; makes a fleet and removes it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siappakai.branding.edits import set_lock, set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now, undo_to
from siappakai.models import (
    ACTIVE,
    Instance,
    Operation,
    OperationState,
    Rollout,
    RolloutState,
    Task,
    ThemeVersion,
    db,
)
from siappakai.provision.brand_tend import send_new_themes
from siappakai.provision.job import server_facts
from siappakai.provision.pictures import PictureOrder, difference, take_pictures
from siappakai.provision.start import StartChoice
from siappakai.provision.verify import trusted_root
from siappakai.rollout import acts
from siappakai.rollout.brand_freeze import QUICK, freeze_brand
from siappakai.rollout.drive import advance_all
from siappakai.rollout.freeze import approve
from siappakai.rollout.gate import missing_on_servers
from siappakai.tasks.refill import refill_tasks
from siappakai.themes.keep import reference_of
from siappakai.themes.own import add_own_theme
from tests.fleet import ROOT, Fleet, running_fleet
from tests.system.brand_villages import keep_picture
from tests.system.villages import start_list, village_list

REGENCY = Scope("7305")
PBB_SAMPLE = str(ROOT / "tests/samples/laravel/v1.0.0")
PICTURED = 3
PAGES = {"opensid": ("/", "/siteman"), "pbb": ("/pbb/login",)}


def main() -> None:
    order = argparse.ArgumentParser(description=__doc__)
    order.add_argument("--desa", type=int, default=20)
    order.add_argument("--sumber-opensid", default=None)
    order.add_argument("--sumber-pbb", default=None)
    order.add_argument("--pekerja", type=int, default=2)
    chosen = order.parse_args()
    with running_fleet("ukurwajah") as fleet:
        print(json.dumps(measure(fleet, chosen), indent=2))


def measure(fleet: Fleet, chosen: argparse.Namespace) -> dict[str, Any]:
    instances = _install(fleet, chosen)
    theme_s = _send_theme(fleet)
    before = _pictures(fleet, "sebelum")
    applied = _apply(fleet, _kit(fleet), instances)
    worn = _pictures(fleet, "memakai")
    undone = _apply(fleet, _undo(fleet), instances)
    after = _pictures(fleet, "sesudah")
    return {
        "instances": len(instances),
        "theme_sent_s": theme_s,
        "apply": applied,
        "undo": undone,
        "share_changed": {page: round(difference(before[page], worn[page]), 3) for page in before},
        "share_left_after_undo": {page: difference(before[page], after[page]) for page in before},
    }


def _install(fleet: Fleet, chosen: argparse.Namespace) -> list[int]:
    opensid = fleet.add_release("v2410.0.0", chosen.sumber_opensid)
    pbb = (
        fleet.add_release("v2607.0.0", chosen.sumber_pbb, "pbb")
        if chosen.sumber_pbb
        else fleet.add_release("v1.0.0", PBB_SAMPLE, "pbb")
    )
    for _ in range(chosen.pekerja):
        fleet.start_worker()
    ids = start_list(fleet, village_list("7305", 0, chosen.desa), StartChoice((opensid, pbb)))
    fleet.wait_finished(ids, timeout_s=300 + 30 * len(ids))
    with fleet.app.app_context():
        return list(db.session.scalars(select(Instance.id).order_by(Instance.id)))


def _send_theme(fleet: Fleet) -> float:
    started = time.monotonic()
    with fleet.app.app_context():
        add_own_theme("ukur", print)
        task_id = send_new_themes()

    def has_ended() -> bool:
        refill_tasks()
        return db.session.get_one(Task, task_id).state not in ACTIVE

    fleet.wait_for(has_ended, 180, "the theme on the server")
    with fleet.app.app_context():
        task = db.session.get_one(Task, task_id)
        assert task.state == OperationState.SUCCEEDED, (task.error_message, task.lines)
    return round(time.monotonic() - started, 1)


def _kit(fleet: Fleet) -> int:
    """A whole new look: names, colours, letters, pictures, theme; part of it locked."""
    pictures = {
        name: keep_picture(fleet, colour)
        for name, colour in (
            ("logo", "#0f766e"),
            ("emblem", "#b45309"),
            ("login_picture", "#1e3a8a"),
            ("letter_logo", "#ffffff"),
        )
    }
    with fleet.app.app_context():
        theme = reference_of(db.session.scalars(select(ThemeVersion)).one())
        values = {
            "app_name": "Takalar Satu",
            "site_title": "Portal Takalar",
            "primary_colour": "#0f766e",
            "heading_font": "inter",
            "footer_text": "Pemerintah Kabupaten Takalar",
            "theme": theme,
            **pictures,
        }
        set_values(REGENCY, values, by="ukur")
        for key in ("logo", "theme"):
            set_lock(REGENCY, key, True, by="ukur")
        return freeze_now("Wajah ukur", by="ukur").id


def _undo(fleet: Fleet) -> int:
    with fleet.app.app_context():
        return undo_to(None, REGENCY, by="ukur").id


def _apply(fleet: Fleet, version_id: int, instances: list[int]) -> dict[str, Any]:
    """Frozen, approved, launched; seconds until the last instance was proven."""
    with fleet.app.app_context():
        number = freeze_brand(version_id, instances, QUICK, title="", by="ukur")
        sha256 = db.session.get_one(Rollout, number).plan_sha256
        approve(number, sha256, by="dua", gate=missing_on_servers)
        started = time.monotonic()
        acts.launch(number, by="dua")

    def has_ended() -> bool:
        advance_all()
        return db.session.get_one(Rollout, number).state != RolloutState.RUNNING

    fleet.wait_for(has_ended, 1200, "the rollout's end")
    wall_s = time.monotonic() - started
    with fleet.app.app_context():
        return {"wall_s": round(wall_s, 1), **_told(number)}


def _told(number: int) -> dict[str, Any]:
    operations = list(db.session.scalars(select(Operation).filter_by(rollout_id=number)))
    steps: dict[str, list[int]] = {}
    for each in operations:
        for step in each.steps:
            steps.setdefault(step.name, []).append(step.duration_ms)
    return {
        "state": str(db.session.get_one(Rollout, number).state),
        "operations": len(operations),
        "failed": [each.error_message for each in operations if each.error_message],
        "steps_ms": {name: round(statistics.median(spent)) for name, spent in steps.items()},
    }


def _pictures(fleet: Fleet, when: str) -> dict[str, Path]:
    """Page → its picture, of the first few villages; a page that can't be pictured is left out."""
    with fleet.app.app_context():
        rows = list(db.session.scalars(select(Instance).order_by(Instance.scope_code)))
        codes = sorted({each.scope_code for each in rows})[:PICTURED]
        server = server_facts(rows[0].server)
        wanted = {
            f"{each.home.domain}{page}": (each.home.domain, page)
            for each in rows
            if each.scope_code in codes
            for page in PAGES[each.product]
        }
    orders = [
        PictureOrder(
            fleet.home / "gambar" / when / f"{number}.jpg",
            domain,
            "127.0.0.1",
            server.https_port,
            trusted_root(server.paths),
            page,
        )
        for number, (domain, page) in enumerate(wanted.values())
    ]
    taken = take_pictures(orders, at_most_s=30.0 * len(orders))
    return {name: one.path for name, one in zip(wanted, taken, strict=True) if one.path}


if __name__ == "__main__":
    main()
