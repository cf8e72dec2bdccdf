"""A brand is seen on copies of real villages before any village wears it.

On our sample, or on the real OpenSID when SIAPPAKAI_SUMBER_OPENSID names it.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from siappakai.branding.assets import keep_asset
from siappakai.branding.edits import set_lock, set_values
from siappakai.branding.preview import drop_preview, order_preview, picture_file, preview_matrix
from siappakai.branding.preview_matrix import PreviewCell, PreviewMatrix, RowState
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import Instance, InstanceBrand, Operation, ThemeVersion, db
from siappakai.provision.browser import Reach, find_chromium, running_browser
from siappakai.provision.preview_compare import compare_pictures
from siappakai.provision.preview_files import left_previews
from siappakai.provision.preview_pages import SCREENS, pages_of
from siappakai.provision.socket_pages import Site, SocketTab
from siappakai.provision.start import StartChoice
from tests.fleet import Fleet, running_fleet
from tests.system.brand_villages import Dressed, add_theme, png, wear, working
from tests.system.rehearsed import assert_nothing_left, production
from tests.system.villages import install, start_list, village_list

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

ALL = Scope("7305")
FIRST = 70
IS_REAL = bool(os.environ.get("SIAPPAKAI_SUMBER_OPENSID"))
DYING = "tests.system.dying_preview_worker"
SEEN = len(pages_of("opensid")) * len(SCREENS)


@dataclass
class Ground:
    """Two villages with a database each, two that share one, and two versions of a brand."""

    fleet: Fleet
    alone: list[Dressed]
    together: list[Dressed]
    plain: int  # what the first village wears already
    rich: int

    @property
    def everyone(self) -> list[Dressed]:
        return [*self.alone, *self.together]

    @property
    def home(self) -> Path:
        return self.fleet.app.extensions["siappakai_settings"].home


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujipratinjau") as made:
        yield made


@pytest.fixture(scope="module")
def release(fleet: Fleet) -> int:
    return fleet.add_release("v2410.0.0", os.environ.get("SIAPPAKAI_SUMBER_OPENSID"))


@pytest.fixture(scope="module")
def ground(fleet: Fleet, release: int) -> Ground:
    lists = village_list("7305", FIRST, 2), village_list("7305", FIRST + 2, 2)
    with working(fleet, 2):
        _, alone = install(fleet, lists[0], release)
        choice = StartChoice((release,), new_group="Gabungan Pratinjau")
        fleet.wait_finished([*alone, *start_list(fleet, lists[1], choice)], 400)
    made = [[Dressed(fleet, code) for code in codes_of(each)] for each in lists]
    for each in [*made[0], *made[1]]:
        each.page("/")
        each.page("/siteman")
        each.client.close()
    with fleet.app.app_context():
        set_values(ALL, {"site_title": "Portal Awal", "primary_colour": "#1d4ed8"}, by="uji")
        plain = freeze_now("Awal", by="uji").id
    with working(fleet):
        wear(fleet, made[0][:1], plain)
    return Ground(fleet, made[0], made[1], plain, freeze_rich(fleet))


def codes_of(content: bytes) -> list[str]:
    return [line[:13].replace(".", "") for line in content.decode().splitlines()[1:]]


def freeze_rich(fleet: Fleet) -> int:
    values = {
        "site_title": "Portal Baru",
        "login_title": "Masuk Takalar",
        "village_word": "gampong",
        "primary_colour": "#0f766e",
        "logo": keep_picture(fleet, "#0f766e"),
        "login_picture": keep_picture(fleet, "#1e3a8a", 1280),
        "theme": add_theme(fleet, "pratinjau", "1.0.0"),
    }
    with fleet.app.app_context():
        set_values(ALL, values, by="uji")
        set_lock(ALL, "theme", True, by="uji")
        return freeze_now("Baru", by="uji").id


def keep_picture(fleet: Fleet, colour: str, side: int = 300) -> str:
    with fleet.app.app_context():
        return keep_asset(png(colour, side), f"{colour.strip('#')}.png", "uji").sha256


def ids(villages: list[Dressed]) -> list[int]:
    return [each.id for each in villages]


@contextmanager
def untouched(ground: Ground) -> Iterator[None]:
    """No byte of any village changes, no row says it wears anything else, no copy is left."""
    before = production(ground.fleet, ids(ground.everyone)), worn(ground)
    yield
    assert (production(ground.fleet, ids(ground.everyone)), worn(ground)) == before
    assert_nothing_left(ground.fleet)


def worn(ground: Ground) -> dict[int, tuple]:
    with ground.fleet.app.app_context():
        rows = db.session.query(InstanceBrand).all()
        return {
            row.instance_id: (row.wanted_version_id, row.applied_version_id, row.original)
            for row in rows
        }


def order(ground: Ground, version: int, villages: list[Dressed], **more: bool) -> int:
    with ground.fleet.app.app_context():
        return order_preview(version, ids(villages), by="uji", **more)


def wait(ground: Ground, preview_id: int, timeout_s: float = 300) -> PreviewMatrix:
    def is_over() -> bool:
        return preview_matrix(preview_id).is_finished and not _active(preview_id)

    ground.fleet.wait_for(is_over, timeout_s, f"preview {preview_id}")
    with ground.fleet.app.app_context():
        return preview_matrix(preview_id)


def _active(preview_id: int) -> bool:
    rows = db.session.query(Operation).filter(Operation.parameters.is_not(None)).all()
    mine = [each for each in rows if (each.parameters or {}).get("preview_id") == preview_id]
    return any(not each.is_finished for each in mine)


def see(ground: Ground, version: int, villages: list[Dressed], **more: bool) -> PreviewMatrix:
    with working(ground.fleet):
        return wait(ground, order(ground, version, villages, **more))


def picture(ground: Ground, seen: PreviewMatrix, name: str) -> bytes:
    with ground.fleet.app.app_context():
        return picture_file(seen.preview_id, name).read_bytes()


def size(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as opened:
        return opened.size


def cells(seen: PreviewMatrix, number: int = 0) -> dict[tuple[str, str], PreviewCell]:
    return {(each.page, each.screen): each for each in seen.rows[number].cells}


def expect_done(seen: PreviewMatrix) -> None:
    told = [(row.state, row.note, [each.wrong for each in row.cells]) for row in seen.rows]
    assert all(row.state is RowState.DONE for row in seen.rows), told
    assert all(len(row.cells) == SEEN for row in seen.rows), told
    assert not any(each.wrong for row in seen.rows for each in row.cells), told


def test_villages_alone_and_combined_are_seen_before_and_after_and_none_changes(
    ground: Ground,
) -> None:
    chosen = [*ground.alone, ground.together[1]]
    with untouched(ground):
        seen = see(ground, ground.rich, chosen)
    expect_done(seen)
    for number in range(len(chosen)):
        for (page, screen), cell in cells(seen, number).items():
            if page != "artikel" or IS_REAL:  # our sample has no such page
                assert cell.status_before == cell.status_after == 200
                assert cell.share and cell.box_count, (page, screen, cell)
            before, after, marked = (
                picture(ground, seen, name) for name in (cell.before, cell.after, cell.marked)
            )
            wanted = next((each.width, each.height) for each in SCREENS if each.word == screen)
            assert size(before) == size(after) == size(marked) == wanted
    assert seen.broken_count == 0


def test_what_is_worn_already_changes_no_pixel(ground: Ground) -> None:
    with untouched(ground):
        seen = see(ground, ground.plain, ground.alone[:1])
    expect_done(seen)
    assert [each.sentence for each in seen.rows[0].cells] == ["Tidak berubah"] * SEEN


def test_whole_pages_are_pictured_when_wished(ground: Ground) -> None:
    seen = see(ground, ground.rich, ground.alone[:1], is_whole=True)
    expect_done(seen)
    home = cells(seen)["depan", "ponsel"]
    assert 844 < size(picture(ground, seen, home.before))[1] <= 3000


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        ("picture", "4"),
        *(
            pytest.param(step, "after", marks=pytest.mark.slow)
            for step in ("clone", "picture", "discard")
        ),
    ],
)
def test_a_killed_worker_costs_nothing_but_time(ground: Ground, step: str, moment: str) -> None:
    with untouched(ground):
        preview_id = order(ground, ground.rich, ground.alone[1:])
        killed = ground.fleet.start_worker("-m", DYING, step, moment)
        while killed.poll() is None:
            ground.fleet.wait_for(lambda: True)
            time.sleep(0.2)
        assert killed.returncode == -9
        with working(ground.fleet):
            seen = wait(ground, preview_id)
    expect_done(seen)
    assert cells(seen)["depan", "layar"].share


def test_a_package_that_is_still_on_its_way_is_waited_for(ground: Ground) -> None:
    name = add_theme(ground.fleet, "menyusul", "1.0.0")
    with ground.fleet.app.app_context():
        set_values(ALL, {"theme": name}, by="uji")
        version = freeze_now("Tema menyusul", by="uji").id
        package = ground.fleet.root / "tema" / package_of(name)
    away = package.rename(ground.fleet.home / "tema-menyusul")
    with untouched(ground):
        preview_id = order(ground, version, ground.alone[:1])
        with working(ground.fleet):
            ground.fleet.wait_for(lambda: is_waiting_for_package(preview_id), 60)
            away.rename(package)
            expect_done(wait(ground, preview_id))


def package_of(name: str) -> str:
    slug, _, version = name.partition("@")
    rows = db.session.query(ThemeVersion).filter_by(version=version)
    return next(each.sha256 for each in rows if each.theme.slug == slug)


def is_waiting_for_package(preview_id: int) -> bool:
    row = preview_matrix(preview_id).rows[0]
    return row.state is RowState.WAITING and "belum ada di server" in row.note


def test_a_theme_that_breaks_its_pages_is_seen_as_broken(ground: Ground) -> None:
    broken = add_theme(ground.fleet, "rusak", "1.0.0", "<?php throw new Exception('rusak');")
    with ground.fleet.app.app_context():
        set_values(ALL, {"theme": broken}, by="uji")
        version = freeze_now("Tema rusak", by="uji").id
    with untouched(ground):
        seen = see(ground, version, ground.alone[:1])
    assert seen.rows[0].state is RowState.DONE and seen.broken_count
    assert "galat 5" in cells(seen)["depan", "layar"].sentence


def test_dropped_previews_lose_their_pictures_with_the_next_one(ground: Ground) -> None:
    first = see(ground, ground.plain, ground.alone[:1]).preview_id
    assert first in left_previews(ground.home)
    with ground.fleet.app.app_context():
        drop_preview(first, by="uji")
    second = see(ground, ground.plain, ground.alone[:1]).preview_id
    assert left_previews(ground.home) >= {second} and first not in left_previews(ground.home)


def test_the_village_that_wears_it_looks_as_its_preview_said(ground: Ground) -> None:
    village = ground.alone[1]
    seen = see(ground, ground.rich, [village])
    expect_done(seen)
    with working(ground.fleet):
        wear(ground.fleet, [village], ground.rich)
    with ground.fleet.app.app_context():
        port = db.session.get_one(Instance, village.id).server.https_port
        db.session.rollback()
    site = Site(village.paths.current, f"{village.domain}:{port}", float(int(time.time())))
    with running_browser(str(find_chromium()), Reach({})) as browser:
        tab = SocketTab(browser, site)
        for page in pages_of("opensid"):
            if page.word == "artikel":
                continue  # which one it is depends on the village
            for screen in SCREENS:
                real = tab.picture(page.path, screen).png
                told = picture(ground, seen, cells(seen)[page.word, screen.word].after)
                found = compare_pictures(told, real)
                limit = 0.005 if IS_REAL else 0.0  # the real one shows visitors' numbers
                assert found.share <= limit, (page.word, screen.word, found.share, found.boxes)
