"""The panel's own processes under a real supervisord with a real Redis, in folders of their own."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from rq import Worker

from siappakai import create_app
from siappakai.cli import main
from siappakai.config import Settings, load_settings
from siappakai.errors import SiapPakaiError, Unavailable
from siappakai.host.files import lay_out
from siappakai.host.places import HostPlaces, find_places
from siappakai.host.supervisor import PANEL_PROGRAMS, Supervisor, start_supervisord
from siappakai.models import db
from siappakai.queue import connect_redis, open_queue
from siappakai.schema import upgrade_schema

pytestmark = pytest.mark.skipif(
    not Path("/usr/bin/redis-server").exists(), reason="redis-server belum terpasang"
)


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """Settings in the environment, as install.sh's wrapper gives them; short paths for sockets."""
    home = Path(tempfile.mkdtemp(prefix="uji-"))
    values = {
        "SESSION_KEY": "kunci-sesi-uji",
        "VAULT_KEY": "dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXU=",
        "REDIS_URL": f"unix://{home}/run/redis/redis.sock",
        "HOME": str(home / "rumah"),
        "DATA_ROOT": str(home / "srv"),
        "FLEET": "ujiproses",
        "WORKERS": "2",
        "RUN_DIR": str(home / "run"),
        "LOG_DIR": str(home / "log"),
        "FILES_DIR": str(home / "etc"),
        "ACCOUNT": pwd.getpwuid(os.geteuid()).pw_name,
    }
    named = {"SIAPPAKAI_" + name: value for name, value in values.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in named.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
        (home / "rumah").mkdir()
        yield named
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def settings(environ: dict[str, str]) -> Settings:
    return load_settings(environ)


@pytest.fixture(scope="module")
def places(settings: Settings) -> HostPlaces:
    return find_places(settings)


@pytest.fixture(scope="module")
def made_app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    with made.app_context():
        upgrade_schema()
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(made_app: Flask) -> Iterator[Flask]:
    with made_app.app_context():
        yield made_app
        db.session.remove()


@pytest.fixture(scope="module")
def supervisor(made_app: Flask, settings: Settings, places: HostPlaces) -> Iterator[Supervisor]:
    """One supervisord for the whole file: starting it takes seconds, and a fleet has one too."""
    lay_out(settings, places)
    start_supervisord(places)
    made = Supervisor(places)
    yield made
    if made.is_up():
        made.stop(PANEL_PROGRAMS, print)
        made.shut_down()
    connect_redis(settings.redis_url).close()


@pytest.fixture
def working(app: Flask, supervisor: Supervisor) -> Supervisor:
    """The supervisor once everything it starts has come up and listens."""
    supervisor.start_all()
    wait_until(lambda: running(supervisor) >= {"redis", "pekerja1", "pekerja2", "detak"})
    wait_until(lambda: listening_workers() >= 2)
    return supervisor


def running(supervisor: Supervisor) -> set[str]:
    return {each.name for each in supervisor.processes() if each.is_running}


def listening_workers() -> int:
    """Workers that told Redis they take work: a process that only starts and dies isn't one."""
    queue = open_queue()
    return Worker.count(connection=queue.connection, queue=queue)


def pid_of(supervisor: Supervisor, name: str) -> int:
    return next(each.pid for each in supervisor.processes() if each.name == name)


def wait_until(is_true: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.2)


def test_state_names_every_part_that_is_down_and_says_so_by_its_exit_code(app: Flask) -> None:
    answer = CliRunner().invoke(main, ["keadaan", "--json"])
    assert answer.exit_code == 1
    parts = {part["name"]: part["ok"] for part in json.loads(answer.stdout)["parts"]}
    down = {name for name, ok in parts.items() if ok is False}
    assert {"MariaDB", "Pintu depan", "Redis", "Panel", "Pekerja", "Detak"} <= down
    assert parts["Basis data kendali"] is True


def test_laying_out_twice_changes_nothing(settings: Settings, places: HostPlaces) -> None:
    lay_out(settings, places)
    assert lay_out(settings, places) is False


def test_the_supervisors_files_hold_no_secret(settings: Settings, places: HostPlaces) -> None:
    lay_out(settings, places)
    written = "".join(each.read_text() for each in places.files_dir.iterdir())
    assert str(places.redis_socket) in written
    assert settings.session_key.reveal() not in written
    assert settings.vault_key.reveal() not in written
    assert places.supervisor_file.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="perlu root untuk menolaknya")
def test_the_panel_refuses_to_run_as_root(app: Flask) -> None:
    answer = CliRunner().invoke(main, ["panel"])
    assert answer.exit_code == 1
    assert "tidak dijalankan sebagai root" in answer.output


@pytest.mark.skipif(os.geteuid() != 0, reason="hanya root memilih akun")
def test_without_its_account_the_layout_is_refused_with_what_to_do(
    settings: Settings, environ: dict[str, str]
) -> None:
    wrong = find_places(settings, {**environ, "SIAPPAKAI_ACCOUNT": "tidak-ada"})
    with pytest.raises(SiapPakaiError) as refusal:
        lay_out(settings, wrong)
    assert "install.sh" in refusal.value.hint


def test_redis_listens_on_its_socket_only(working: Supervisor, settings: Settings) -> None:
    redis = connect_redis(settings.redis_url)
    assert redis.config_get("port")["port"] == "0"
    assert redis.config_get("appendonly")["appendonly"] == "yes"
    assert working.places.redis_socket.stat().st_mode & 0o007 == 0


def test_state_sees_what_runs(working: Supervisor) -> None:
    answer = CliRunner().invoke(main, ["keadaan", "--json"])
    parts = {part["name"]: part for part in json.loads(answer.stdout)["parts"]}
    assert parts["Redis"]["ok"] and parts["Detak"]["ok"] and parts["Pekerja"]["ok"]
    assert parts["Pekerja"]["detail"].startswith("2 dari 2")


def test_an_unknown_log_is_answered_with_the_known_ones(working: Supervisor) -> None:
    answer = CliRunner().invoke(main, ["log", "tidakada"])
    assert answer.exit_code == 1
    assert "redis" in answer.output
    shown = CliRunner().invoke(main, ["log", "redis", "-n", "2"])
    assert shown.exit_code == 0
    assert 1 <= len(shown.output.splitlines()) <= 2


def test_a_killed_worker_is_started_again(working: Supervisor) -> None:
    before = pid_of(working, "pekerja1")
    other = pid_of(working, "pekerja2")
    os.kill(before, signal.SIGKILL)
    wait_until(
        lambda: pid_of(working, "pekerja1") not in (0, before) and "pekerja1" in running(working)
    )
    assert pid_of(working, "pekerja2") == other


def test_a_changed_number_of_workers_leaves_the_others_alone(
    working: Supervisor, environ: dict[str, str]
) -> None:
    redis, ticker = pid_of(working, "redis"), pid_of(working, "detak")
    more = load_settings({**environ, "SIAPPAKAI_WORKERS": "3"})
    assert lay_out(more, working.places) is True
    working.reload()
    wait_until(lambda: {"pekerja1", "pekerja2", "pekerja3"} <= running(working))
    assert (pid_of(working, "redis"), pid_of(working, "detak")) == (redis, ticker)


def test_stopped_in_order_workers_first_then_redis_then_nothing_runs(
    working: Supervisor, settings: Settings
) -> None:
    pids = [each.pid for each in working.processes() if each.is_running]
    working.stop(PANEL_PROGRAMS, print)
    assert running(working) == {"redis"}
    assert connect_redis(settings.redis_url).ping()
    working.shut_down()
    assert not working.is_up()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    with pytest.raises(Unavailable):
        working.processes()
