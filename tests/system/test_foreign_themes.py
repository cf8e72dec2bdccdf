"""Themes that other people publish, fetched as they are, on the real OpenSID 2408 and 2410.

SIAPPAKAI_SUMBER_TEMA names them: `name=git address or directory@tag, branch or commit`, comma
between two. Tried: palanta at f1fcf65a31f642b21ffefcfedb4eac37272dadaa, manggala at 1.0.1. Each is
worn by a village of its own, and must survive an update, its return and an undo.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from siappakai.branding.distribute import distribute_brand
from siappakai.branding.edits import set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.models import OperationState, ThemeState, ThemeVersion, db
from siappakai.provision.browser import Reach, find_chromium, running_browser
from siappakai.provision.order import order_return, order_update
from siappakai.provision.preview_compare import compare_pictures
from siappakai.provision.preview_pages import SCREENS
from siappakai.provision.socket_pages import Site, SocketTab
from siappakai.themes.findings import Severity
from siappakai.themes.keep import ThemeOrder, add_theme, allow, findings_of, reference_of
from siappakai.themes.source import SourceOrder
from tests.fleet import Fleet, running_fleet
from tests.system.brand_villages import Dressed, operation, wear, working
from tests.system.villages import install, village_list

pytestmark = [
    pytest.mark.system,
    pytest.mark.real_source("OPENSID", "TEMA"),
    pytest.mark.timeout(1800),
]

MENU = ("galeri", "pemerintah", "pengaduan", "peta", "peraturan-desa", "pembangunan", "lapak")
MORE = ("statistik/pendidikan-dalam-kk", "data-wilayah", "status-sdgs", "informasi_publik")
ARTICLE = "/artikel/2024/5/5/gotong-royong"
PAGES = (
    *("/", "/arsip", "/?cari=desa", ARTICLE, "/first/statistik/pendidikan-dalam-kk"),
    *("/data-wilayah", *(f"/{name}" for name in MENU)),
)
CLOCK = 1_760_000_000.0
BROKEN = re.compile(r"A PHP Error was encountered|Fatal error|Unable to load the requested file")


@dataclass
class Foreign:
    """A village that is to wear a theme."""

    village: Dressed
    reference: str
    slug: str


@dataclass
class Ground:
    fleet: Fleet
    newer: int
    worn: list[Foreign]
    tab_of: dict[str, SocketTab]

    def picture(self, village: Dressed, path: str = "/") -> bytes:
        tab = self.tab_of[village.code]
        tab.forget()
        return tab.picture(path, SCREENS[0]).png


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    source = os.environ["SIAPPAKAI_SUMBER_OPENSID"]
    wanted = os.environ["SIAPPAKAI_SUMBER_TEMA"].split(",")
    with running_fleet("ujiasing") as fleet:
        older, newer = (fleet.add_release(each, source) for each in ("v2408.0.0", "v2410.0.0"))
        content = village_list("7305", 60, len(wanted))
        with working(fleet, 2):
            _, ids = install(fleet, content, older)
            fleet.wait_finished(ids, 400)
            references = [_theme(fleet, each) for each in wanted]
            villages = [Dressed(fleet, code) for code in _codes(content)]
            for each in villages:
                _furnish(each)
        found = [
            Foreign(village, reference, reference.partition("@")[0])
            for village, reference in zip(villages, references, strict=True)
        ]
        with running_browser(str(find_chromium()), Reach({})) as browser:
            tabs = {each.code: SocketTab(browser, _site(each)) for each in villages}
            yield Ground(fleet, newer, found, tabs)


def _codes(content: bytes) -> list[str]:
    return [line[:13].replace(".", "") for line in content.decode().splitlines()[1:]]


def _site(village: Dressed) -> Site:
    return Site(village.paths.current, f"{village.domain}:{village.port}", CLOCK)


def _theme(fleet: Fleet, wanted: str) -> str:
    """Fetched, checked, and what the check asks about let pass; its value in the kit."""
    name, _, origin = wanted.partition("=")
    address, _, tag = origin.rpartition("@") if "@" in origin else (origin, "", "")
    with fleet.app.app_context():
        return _sent(fleet, ThemeOrder(SourceOrder(address, tag), "uji", slug=name))


def _sent(fleet: Fleet, order: ThemeOrder) -> str:
    version_id = add_theme(order, print)
    row = db.session.get_one(ThemeVersion, version_id)
    asked = {(f.code, f.path) for f in findings_of(row) if f.severity == Severity.EXCEPTION}
    if row.state != ThemeState.READY:
        row = allow(version_id, sorted(asked), by="uji", why="Dibaca oleh penguji tema ini.")
    assert row.state == ThemeState.READY, row.state_reason
    reference, package = reference_of(row), row.sha256
    distribute_brand([fleet.server_id], [package], (), print, by="uji")
    return reference


def _furnish(village: Dressed) -> None:
    """An article, and the menu items that open the pages; nothing that counts visitors.

    The list of articles stays off: manggala and palanta of before 2404 write `$arsip[gambar]`,
    which ends the page on PHP 8 as soon as there is an article (the check of themes notes it).
    """
    first = "SELECT id FROM config LIMIT 1"
    for at, link in enumerate((*MENU, *MORE)):
        village.run(
            "INSERT INTO menu (config_id, nama, link, parrent, link_tipe, enabled, urut) "
            f"VALUES (({first}), %s, %s, 0, 1, 1, %s)",
            *(link, link, str(at + 50)),
        )
    village.run(
        "INSERT INTO artikel (config_id, judul, isi, enabled, tgl_upload, id_kategori, id_user, "
        "slug, headline, boleh_komentar, gambar, hit, tipe) "
        f"VALUES (({first}), 'Gotong royong', '<p>Isi artikel</p>', 1, '2024-05-05', "
        "(SELECT min(id) FROM kategori), (SELECT min(id) FROM user), 'gotong-royong', "
        "0, 1, '', 1, 'dinamis')"
    )
    for widget in ("statistik_pengunjung", "arsip_artikel"):
        village.run("UPDATE widget SET enabled = 2 WHERE isi LIKE %s", f"%{widget}%")


def dress(ground: Ground, foreign: Foreign, theme: str) -> None:
    """The village's layer names the theme, and the village wears it."""
    with ground.fleet.app.app_context():
        set_values(Scope(foreign.village.code), {"theme": theme}, by="uji")
        version = freeze_now(f"Tema {theme}", by="uji").id
    with working(ground.fleet):
        (row,) = wear(ground.fleet, [foreign.village], version)
    assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)


def finish(ground: Ground, operation_id: int) -> None:
    with working(ground.fleet):
        ground.fleet.wait_finished([operation_id], 300)
    row = operation(ground.fleet, operation_id)
    assert row.state == OperationState.SUCCEEDED, (row.error_message, row.error_log_tail)


def assert_styled(foreign: Foreign) -> None:
    """Every page answers in this theme, without a complaint, with all of the theme's own files."""
    village, seen = foreign.village, {}
    for path in PAGES:
        answer = village.ask("GET", path)
        is_themed = f"/desa/themes/{foreign.slug}/" in answer.text
        seen[path] = (answer.status_code, bool(BROKEN.search(answer.text)), is_themed)
    assert seen == dict.fromkeys(PAGES, (200, False, True))
    files = set(re.findall(r'(?:href|src)="[^"]*?(/desa/themes/[^"?]+)', village.page("/")))
    assert any(each.endswith(".css") for each in files), files
    assert {each: village.ask("GET", each).status_code for each in files} == dict.fromkeys(
        files, 200
    )


def differs(before: bytes, after: bytes) -> float:
    found = compare_pictures(before, after)
    return 0.0 if found.is_equal else max(found.share, 1e-9)


@pytest.fixture(scope="module", params=range(2))
def foreign(ground: Ground, request: pytest.FixtureRequest) -> Foreign:
    if request.param >= len(ground.worn):
        pytest.skip("SIAPPAKAI_SUMBER_TEMA names no second theme")
    return ground.worn[request.param]


def test_a_foreign_theme_is_worn_survives_an_update_and_its_return_and_is_undone(
    ground: Ground, foreign: Foreign
) -> None:
    village = foreign.village
    plain, login = ground.picture(village), ground.picture(village, "/siteman")
    dress(ground, foreign, foreign.reference)
    assert_styled(foreign)
    dressed = ground.picture(village)
    assert differs(plain, dressed) > 0.1
    link = os.readlink(village.file(f"desa/themes/{foreign.slug}"))

    with ground.fleet.app.app_context():
        operation_id = order_update(village.id, ground.newer, by="uji")
    finish(ground, operation_id)
    assert os.readlink(village.file(f"desa/themes/{foreign.slug}")) == link
    assert_styled(foreign)

    with ground.fleet.app.app_context():
        operation_id = order_return(village.id, by="uji")
    finish(ground, operation_id)
    assert_styled(foreign)
    assert differs(dressed, ground.picture(village)) == 0

    dress(ground, foreign, "")
    assert not village.file(f"desa/themes/{foreign.slug}").exists()
    assert differs(plain, ground.picture(village)) == 0
    assert differs(login, ground.picture(village, "/siteman")) == 0


def test_a_new_version_of_a_theme_is_seen_as_soon_as_it_is_worn(ground: Ground) -> None:
    """The link of the same name leads to another package: no visitor waits two minutes for it."""
    foreign = ground.worn[0]
    dress(ground, foreign, foreign.reference)
    folder = ground.fleet.home / "tema-baru"
    name, _, version = foreign.reference.partition("@")
    with ground.fleet.app.app_context():
        row = db.session.query(ThemeVersion).filter_by(version=version).one()
        package = ground.fleet.root / "tema" / row.sha256
        _copy_with_mark(package, folder)
        _sent(
            ground.fleet,
            ThemeOrder(SourceOrder(str(folder)), "uji", slug=name, version="99.0.0"),
        )
    assert "TANDA-BARU" not in foreign.village.page("/")
    dress(ground, foreign, f"{name}@99.0.0")
    begun = time.monotonic()
    assert "TANDA-BARU" in foreign.village.page("/")
    assert time.monotonic() - begun < 5
    dress(ground, foreign, foreign.reference)
    assert "TANDA-BARU" not in foreign.village.page("/")


def _copy_with_mark(package: Path, folder: Path) -> None:
    shutil.copytree(package, folder)
    page = folder / "template.php"
    page.write_text(page.read_text() + "<!-- TANDA-BARU -->\n")
