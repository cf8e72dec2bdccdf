"""A release's image reaches a second server over ssh, is proven there, and nothing is sent twice.

The second server is a container with sshd and a Docker Engine of its own (tests/second_server.py).
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import signal
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from siappakai import create_app
from siappakai.cli.distribution import send
from siappakai.errors import StepErrored, Unavailable
from siappakai.models import Edition, Event, Release, Server, db, transaction
from siappakai.provision.ansible import PlayResult, run_play
from siappakai.provision.distribute import distribute_release, is_distributed, missing_images
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.image_archive import Archive, export_image
from siappakai.provision.server_address import ServerAddress
from siappakai.provision.server_reach import address_of
from siappakai.schema import upgrade_schema
from tests.conftest import make_settings
from tests.second_server import SMALL_DISK, SecondServer, missing_programs, running_second_server

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not os.environ.get("SIAPPAKAI_UJI_LAMBAT"),
        reason="builds a second server from Debian packages: SIAPPAKAI_UJI_LAMBAT=1",
    ),
]

PLAYBOOK = Path(__file__).resolve().parents[2] / "playbooks" / "distribute_release.yml"
REAL_IMAGE = "siappakai/php:8.2"
DATA_ROOT = "/srv/siappakai"
SMALL_BYTES = 24_000_000
SLOW_KBIT_S = 16_000
SLACK_BYTES = 4_000_000


@dataclass(frozen=True)
class Site:
    """A panel with two servers: `local` and, over ssh, `dua`."""

    app: Flask
    home: Path
    second: SecondServer
    local_id: int
    second_id: int

    def both(self) -> list[int]:
        return [self.local_id, self.second_id]

    def send(self, release_id: int):
        lines: list[str] = []
        found = distribute_release(release_id, self.both(), by="uji", on_line=lines.append)
        return {each.server: each for each in found}, lines

    def play(self, variables: dict[str, object]) -> PlayResult:
        return self.player(variables)()

    def player(
        self, variables: dict[str, object], stop: threading.Event | None = None
    ) -> Callable[[], PlayResult]:
        """Runs the play on the second server; may be called in another thread."""
        address = address_of(db.session.get_one(Server, self.second_id))
        db.session.rollback()
        return lambda: run_play(PLAYBOOK, address, variables, timeout_s=240, stop=stop)

    def arrived_bytes(self, archive: Archive) -> int:
        path = f"{DATA_ROOT}/kiriman/{archive.sha256}.tar.gz"
        return int(self.second.do("sh", "-c", f"stat -c %s {path} 2>/dev/null || echo 0"))


def made_second_server(made: ExitStack, folder: Path) -> SecondServer:
    """The second server; where none can be made the tests are skipped, in CI they fail."""
    if not os.environ.get("CI") and (missing := missing_programs()):
        pytest.skip(f"server kedua tidak dapat dibuat: perlu {', '.join(missing)}")
    try:
        return made.enter_context(running_second_server(folder))
    except AssertionError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"server kedua tidak dapat dibuat: {error}")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="ujikirim-", dir="/var/tmp"))
    app = create_app(make_settings(home))
    try:
        with ExitStack() as made:
            second = made_second_server(made, home / "server" / "dua")
            made.enter_context(app.app_context())
            second.do("mkdir", "-p", DATA_ROOT)
            upgrade_schema()
            common = {"fleet": "uji", "edge_address": "127.0.0.1"}
            local = Server(
                name="local", data_root=str(home), http_port=80, https_port=443, **common
            )
            away = Server(
                name="dua",
                connection="ssh",
                docker_url=f"ssh://root@{second.address}:22",
                data_root=DATA_ROOT,
                http_port=80,
                https_port=443,
                **common,
            )
            with transaction():
                db.session.add_all([local, away])
            yield Site(app, home, second, local.id, away.id)
            db.session.remove()
            db.engine.dispose()
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    made = DockerEngine("unix:///var/run/docker.sock", "uji")
    yield made
    made.client.close()


def make_image(engine: DockerEngine, size_bytes: int) -> str:
    """The digest of a new image that nobody else has and that hardly compresses."""
    tree = io.BytesIO()
    with tarfile.open(fileobj=tree, mode="w") as tar:
        entry = tarfile.TarInfo("isi")
        entry.size = size_bytes
        tar.addfile(entry, io.BytesIO(os.urandom(size_bytes)))
    tag = f"siappakai/uji-kirim:{secrets.token_hex(4)}"
    engine.client.api.import_image_from_data(tree.getvalue(), *tag.split(":"))
    return str(engine.client.images.get(tag).id)


@pytest.fixture
def small(engine, site) -> Iterator[Archive]:
    """An image of 24 MB, exported; only the panel's engine has it."""
    digest = make_image(engine, SMALL_BYTES)
    try:
        yield export_image(engine, digest, site.home / "uji-arsip")
    finally:
        engine.client.images.remove(digest, force=True)
        site.second.forget_image(digest)


def digest_of(archive: Archive) -> str:
    return "sha256:" + archive.path.name.removesuffix(".tar.gz")


def variables_of(archive: Archive, **more: object) -> dict[str, object]:
    return {
        "digest": digest_of(archive),
        "data_root": DATA_ROOT,
        "archive": str(archive.path),
        "archive_sha256": archive.sha256,
        "archive_bytes": archive.size_bytes,
        "image_bytes": archive.image_bytes,
        **more,
    }


def add_release(version: str, digest: str, image_tag: str = "") -> int:
    row = Release(product="opensid", version=version, edition=Edition.SAMPLE)
    row.digest, row.image_tag = digest, image_tag
    with transaction():
        db.session.add(row)
    return row.id


def test_a_release_is_brought_and_proven_and_a_second_time_nothing_is_sent(site, engine):
    image = engine.client.images.get(REAL_IMAGE)
    release = add_release("2410.0.0", image.id, REAL_IMAGE)
    assert [each.server for each in missing_images(release, site.both())] == ["dua"]

    before = site.second.received_bytes()
    found, _ = site.send(release)
    sent = site.second.received_bytes() - before
    assert {name: each.error for name, each in found.items()} == {"local": "", "dua": ""}
    assert {name: each.was_brought for name, each in found.items()} == {
        "local": False,
        "dua": True,
    }
    assert sent > image.attrs["Size"] / 5
    assert image.id in site.second.do("docker", "images", "-q", "--no-trunc", REAL_IMAGE)
    assert site.second.do("ls", f"{DATA_ROOT}/kiriman") == ""
    assert list((site.home / "kiriman").glob("*.tar.gz")) == []

    before = site.second.received_bytes()
    again, lines = site.send(release)
    assert [(each.is_present, each.was_brought) for each in again.values()] == [(True, False)] * 2
    assert not [line for line in lines if "rsip" in line]
    assert site.second.received_bytes() - before < SLACK_BYTES
    assert missing_images(release, site.both()) == []
    words = select(Event.fields).filter_by(word="release_distributed", subject="server:dua")
    told = db.session.scalars(words).all()
    assert [(each["digest"], each["brought"]) for each in told] == [
        (image.id, True),
        (image.id, False),
    ]


def in_background(call: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """A thread that runs `call`, and where its result or StepErrored will be."""
    seen: list[object] = []

    def keep() -> None:
        try:
            seen.append(call())
        except StepErrored as error:
            seen.append(error)

    thread = threading.Thread(target=keep)
    thread.start()
    return thread, seen


def wait_for_bytes(site: Site, archive: Archive, share: float) -> int:
    deadline = time.monotonic() + 90
    while (arrived := site.arrived_bytes(archive)) < archive.size_bytes * share:
        assert time.monotonic() < deadline, f"only {arrived} bytes arrived"
        time.sleep(0.2)
    return arrived


def sending_processes(site: Site) -> list[int]:
    """Our sftp programs that talk to the second server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            argv = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if argv[0] == b"sftp" and any(str(site.home).encode() in each for each in argv):
            found.append(int(process.name))
    return found


def test_a_run_that_is_stopped_half_way_is_continued_by_the_next_one(site, small):
    stop = threading.Event()
    slow = variables_of(small, limit_kbit_s=SLOW_KBIT_S)
    thread, seen = in_background(site.player(slow, stop))
    wait_for_bytes(site, small, 0.25)
    stop.set()
    thread.join()
    assert isinstance(seen[0], StepErrored)
    assert sending_processes(site) == []
    arrived = site.arrived_bytes(small)
    assert 0.25 * small.size_bytes <= arrived < small.size_bytes

    before = site.second.received_bytes()
    assert site.play(variables_of(small)).require_ok().changed > 0
    sent = site.second.received_bytes() - before
    assert sent < small.size_bytes - arrived + SLACK_BYTES
    assert site.second.has_image(digest_of(small))


def test_a_transfer_program_that_is_killed_is_started_again_where_it_was(site, small):
    before = site.second.received_bytes()
    thread, seen = in_background(site.player(variables_of(small, limit_kbit_s=SLOW_KBIT_S)))
    wait_for_bytes(site, small, 0.25)
    for process in sending_processes(site):
        os.kill(process, signal.SIGKILL)
    thread.join()
    assert seen[0].require_ok()
    assert site.second.has_image(digest_of(small))
    assert site.second.received_bytes() - before < small.size_bytes + SLACK_BYTES


def test_what_was_spoilt_on_the_way_is_sent_again_from_the_beginning(site, small):
    path = f"{DATA_ROOT}/kiriman/{small.sha256}.tar.gz"
    site.second.do("mkdir", "-p", f"{DATA_ROOT}/kiriman")
    site.second.do("sh", "-c", f"head -c 5000000 /dev/zero > {path}")
    assert site.play(variables_of(small)).require_ok()
    assert site.second.has_image(digest_of(small))


def test_too_little_room_is_told_in_megabytes_and_nothing_is_sent(site, small):
    before = site.second.received_bytes()
    for place, more in (
        (SMALL_DISK, {"data_root": SMALL_DISK, "reserve_bytes": 0}),
        ("/var/lib/docker", {"reserve_bytes": 10**15}),
    ):
        result = site.play(variables_of(small, **more))
        assert [each.task for each in result.failures] == ["Menolak bila ruang disk kurang"]
        assert place in result.failures[0].message
        assert "MB (perlu" in result.failures[0].message
        assert result.changed == 0
    assert site.second.received_bytes() - before < SLACK_BYTES
    assert not site.second.has_image(digest_of(small))


def test_an_archive_that_changed_on_the_panel_is_refused_before_it_is_sent(site, small):
    before = site.second.received_bytes()
    with small.path.open("r+b") as file:
        file.seek(1000)
        file.write(b"lain")
    result = site.play(variables_of(small))
    assert [each.task for each in result.failures] == ["Menolak arsip yang berbeda di panel"]
    assert site.second.received_bytes() - before < SLACK_BYTES


def test_an_archive_with_another_image_is_refused_and_leaves_none(site, engine, small):
    other = make_image(engine, 1_000_000)
    try:
        wrong = export_image(engine, other, site.home / "uji-arsip")
        result = site.play(variables_of(wrong, digest=digest_of(small)))
        assert "sidik berbeda" in result.failures[-1].message
        assert other in result.failures[-1].message
        assert not site.second.has_image(other)
        assert not site.second.has_image(digest_of(small))
    finally:
        engine.client.images.remove(other, force=True)


def test_a_failing_server_does_not_stop_the_other_and_says_what_to_do(site, engine, small):
    release = add_release("2410.0.1", digest_of(small))
    known = site.second.known_hosts.read_text()
    foreign = (site.second.folder / "kunci.pub").read_text().split()[1]
    site.second.known_hosts.write_text(f"{site.second.address} ssh-ed25519 {foreign}\n")
    try:
        found, _ = site.send(release)
        with pytest.raises(Unavailable, match="kunci host-nya bukan yang dikenal"):
            is_distributed(
                db.session.get_one(Release, release), db.session.get_one(Server, site.second_id)
            )
    finally:
        site.second.known_hosts.write_text(known)
    assert found["local"].is_present
    assert not found["dua"].is_present
    assert found["dua"].is_retryable
    assert "Jangan diteruskan" in found["dua"].hint
    assert "bukan yang dikenal" in found["dua"].error
    assert [each.server for each in missing_images(release, site.both())] == ["dua"]


def test_a_key_that_the_server_does_not_know_is_told_as_that(site, small):
    release = add_release("2410.0.2", digest_of(small))
    own = site.second.key.read_bytes()
    site.second.key.write_bytes((site.second.folder / "host").read_bytes())
    try:
        missing = missing_images(release, site.both())
    finally:
        site.second.key.write_bytes(own)
    assert [(each.server, "kunci SSH kita ditolak" in each.error) for each in missing] == [
        ("dua", True)
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "siappakai/opensid:terbaru"},
        {"digest": "sha256:" + "0" * 64, "data_root": "srv"},
        {"digest": "sha256:" + "0" * 64, "archive": "/tmp/a b", "archive_sha256": "0" * 64},
        {"digest": "sha256:" + "0" * 64, "archive": "/tmp/a", "archive_sha256": "nol"},
    ],
    ids=["digest", "folder", "archive", "sum"],
)
def test_wrong_input_is_refused_before_anything_is_looked_at(wrong):
    result = run_play(PLAYBOOK, ServerAddress("local"), wrong, timeout_s=60)
    assert [each.task for each in result.failures] == ["Menolak keterangan citra yang salah"]


def test_on_the_panels_own_server_an_image_is_only_proven(engine):
    present = engine.client.images.get(REAL_IMAGE).id
    proven = run_play(PLAYBOOK, ServerAddress("local"), {"digest": present}, timeout_s=60)
    absent = run_play(
        PLAYBOOK, ServerAddress("local"), {"digest": "sha256:" + "0" * 64}, timeout_s=60
    )
    assert proven.require_ok().changed == 0
    assert "tidak ada di server ini" in absent.failures[0].message


def test_the_command_says_per_server_what_it_proved(site, engine, monkeypatch):
    add_release("2410.0.9", engine.client.images.get(REAL_IMAGE).id, REAL_IMAGE)
    settings = site.app.extensions["siappakai_settings"]
    for name, value in {
        "SESSION_KEY": settings.session_key.reveal(),
        "VAULT_KEY": settings.vault_key.reveal(),
        "REDIS_URL": settings.redis_url,
        "HOME": str(settings.home),
    }.items():
        monkeypatch.setenv("SIAPPAKAI_" + name, value)
    said = CliRunner().invoke(send, ["opensid", "v2410.0.9", "--server", "local"])
    unknown = CliRunner().invoke(send, ["opensid", "v2410.0.9", "--server", "tiga"])
    assert said.exit_code == 0, said.output
    assert "local: sudah ada, terbukti sha256:" in said.output
    assert unknown.exit_code == 1
    assert "Yang ada: local, dua." in unknown.output
