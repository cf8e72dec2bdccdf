"""A brand reaches a second server over ssh, goes on after a break, and is proven there.

The second server is a container with sshd (tests/second_server.py).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from siappakai import create_app
from siappakai.branding.distribute import BrandPresence, distribute_brand
from siappakai.models import Server, ThemeVersion, db, transaction
from siappakai.schema import upgrade_schema
from siappakai.themes.keep import ThemeOrder, add_theme, package_path
from siappakai.themes.source import SourceOrder
from tests.conftest import make_settings
from tests.second_server import SecondServer, running_second_server
from tests.unit.themes.packages import honest, png, write_folder

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not os.environ.get("SIAPPAKAI_UJI_LAMBAT"),
        reason="builds a second server from Debian packages: SIAPPAKAI_UJI_LAMBAT=1",
    ),
]
ROOT = "/srv/siappakai"
HEAVY = 3_000_000


class Site:
    """A panel whose only server is reached over ssh."""

    def __init__(self, home: Path, second: SecondServer) -> None:
        self.home, self.second = home, second
        with transaction():
            server = Server(
                name="dua",
                connection="ssh",
                docker_url=f"ssh://root@{second.address}:22",
                data_root=ROOT,
                fleet="uji",
                edge_address="127.0.0.1",
                http_port=80,
                https_port=443,
            )
            db.session.add(server)
            db.session.flush()
            self.server_id = server.id

    def add_theme(self, word: str) -> str:
        noise = b"\xff\xd8\xff" + secrets.token_bytes(HEAVY)
        source = write_folder(self.home / word, honest(**{"assets/images/a.jpg": noise}))
        version_id = add_theme(ThemeOrder(SourceOrder(str(source)), "uji", word), print)
        row = db.session.get_one(ThemeVersion, version_id)
        assert row.sha256, row.state_reason
        return row.sha256

    def send(self, themes: list[str], assets: dict[str, Path]) -> BrandPresence:
        (found,) = distribute_brand([self.server_id], themes, assets, print, by="uji")
        return found

    def has(self, path: str) -> bool:
        return self.second.do("sh", "-c", f"test -e {ROOT}/{path} && echo ada || true") == "ada\n"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="ujimerek-", dir="/var/tmp"))
    app = create_app(make_settings(home))
    with ExitStack() as made:
        second = made.enter_context(running_second_server(home / "server" / "dua"))
        made.enter_context(app.app_context())
        second.do("mkdir", "-p", ROOT)
        upgrade_schema()
        yield Site(home, second)
        db.session.remove()
        db.engine.dispose()


def test_two_themes_and_a_picture_arrive_once_and_nothing_is_left_on_the_way(site: Site) -> None:
    themes = [site.add_theme("galesong"), site.add_theme("bontokanang")]
    picture = site.home / "gambar"
    picture.write_bytes(png(b"a"))
    name = f"{hashlib.sha256(png(b'a')).hexdigest()}.png"
    first = site.send(themes, {name: picture})
    assert (first.is_present, first.was_brought, first.error) == (True, True, "")
    for sha256 in themes:
        assert site.has(f"tema/{sha256}/template.php")
    assert site.has(f"merek/{name}")
    assert site.second.do("ls", f"{ROOT}/kiriman") == ""
    owners = site.second.do("sh", "-c", f"stat -c %u:%a {ROOT}/tema/*/template.php | sort -u")
    assert owners.strip() == "0:644"
    before = site.second.received_bytes()
    again = site.send(themes, {name: picture})
    assert (again.is_present, again.was_brought) == (True, False)
    assert site.second.received_bytes() - before < HEAVY / 2


def test_what_had_arrived_before_a_break_is_not_sent_again(site: Site) -> None:
    theme = site.add_theme("tamasaju")
    package = package_path(theme)
    half = package.read_bytes()[: 2 * HEAVY // 3]
    part = site.home / "sebagian"
    part.write_bytes(half)
    site.second.do("mkdir", "-p", "-m", "700", f"{ROOT}/kiriman")
    target = f"{site.second.name}:{ROOT}/kiriman/{theme}.tar"
    subprocess.run(["docker", "cp", str(part), target], check=True, capture_output=True)
    before = site.second.received_bytes()
    assert site.send([theme], {}).was_brought
    assert site.second.received_bytes() - before < HEAVY / 2 + 500_000
    assert site.has(f"tema/{theme}/template.php")


def test_what_arrived_spoilt_is_sent_once_more_from_the_beginning(site: Site) -> None:
    theme = site.add_theme("parambambe")
    size = package_path(theme).stat().st_size
    spoil = f"mkdir -p -m 700 {ROOT}/kiriman; head -c {size} /dev/zero > {ROOT}/kiriman/{theme}.tar"
    site.second.do("sh", "-c", spoil)
    found = site.send([theme], {})
    assert (found.is_present, found.was_brought) == (True, True)
    assert site.has(f"tema/{theme}/template.php")
