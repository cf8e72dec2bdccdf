"""Compiling ahead, in each PHP we have: only the release's own scripts, and none of them runs."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container
from docker.types import Mount

from siappakai.errors import Unavailable
from siappakai.provision.http_probe import Answer, ask_over_socket

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

IMAGES = Path(__file__).resolve().parents[2] / "images" / "opensid" / "siappakai"
APP = "/var/www/app"
UID = 65534
LONG_AGO = 1_600_000_000
SCRIPTS = {
    "index.php": "<?php require __DIR__ . '/a/One.php'; echo one(), ' ';"
    " require __DIR__ . '/late/page.php';",
    "a/One.php": "<?php function one() { return 'satu'; }",
    "a/Child.php": "<?php class Child extends Nobody implements Nothing { use Nowhere; }",
    "a/Plain.php": "<?php namespace A; use B\\C;\ndefined('X') || exit('no');\nfinal class P {}",
    "a/Twin.php": "<?php function one() { return 'dua'; }",
    "a/Broken.php": "<?php this is no php",
    "a/Last.php": "<?php mkdir('/tmp/ran'); return ['a' => 1];",
    "a/notes.txt": "<?php echo 1;",
    # What changes its meaning when no class is hoisted: left to the first page.
    "late/Children.php": "<?php require __DIR__ . '/Child.php'; class Elder {}",
    "late/Child.php": "<?php class Younger extends Elder {}",
    "late/page.php": "<?php require __DIR__ . '/Children.php'; echo get_parent_class('Younger');",
    "late/two.php": "<?php class B extends A {} class A {}",
    "late/used.php": "<?php $x = new A1(); class A1 {}",
    "late/returns.php": "<?php if (defined('Y')) { return; } class A2 {}",
    "late/call.php": "<?php \\A3::go(); class A3 { public static function go() {} }",
    "late/braces.php": "<?php namespace N { class A4 {} }",
    "storage/cached.php": "<?php echo 1;",
    "desa/config/database.php": "<?php echo 'rahasia';",
    "mounted/inner.php": "<?php echo 'milik desa';",
}


@dataclass
class Box:
    made: Container
    socket: Path

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        return ask_over_socket(
            self.socket, method, path, headers={"Host": "uji"}, body=body, timeout_s=30
        )

    def warm(self, *scripts: object) -> dict[str, object]:
        answer = self.ask("POST", "/.siappakai/warm", json.dumps(scripts).encode())
        assert answer.status == 200, answer.text
        return dict(json.loads(answer.text))

    def loaded(self) -> list[str]:
        answer = self.ask("GET", "/.siappakai/loaded")
        assert answer.status == 200
        return [each.removeprefix(APP + "/") for each in json.loads(answer.text)]


@pytest.fixture(params=["7.4", "8.2", "8.4"])
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    """A base image with OpenSID's own doors in front of a tree of small scripts."""
    home = Path("/var/tmp") / f"ujihangat-{secrets.token_hex(3)}"
    _lay_out(home)
    client = docker.from_env()
    made = client.containers.run(
        f"siappakai/php:{request.param}",
        detach=True,
        name=home.name,
        user=f"{UID}:{UID}",
        read_only=True,
        network_mode="none",
        cap_drop=["ALL"],
        mounts=[
            *_mounts(home),
            Mount("/run/siappakai", str(home / "run"), type="bind"),
        ],
        tmpfs={"/tmp": f"uid={UID},mode=700", "/run/php": f"uid={UID},mode=700"},
    )
    try:
        yield _wait_for(Box(made, home / "run" / "http.sock"))
    finally:
        made.remove(force=True)
        client.close()
        shutil.rmtree(home)


def _lay_out(home: Path) -> None:
    (home / "run").mkdir(parents=True)
    (home / "run").chmod(0o777)
    for name, text in SCRIPTS.items():
        file = home / "app" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (LONG_AGO, LONG_AGO))  # what is seconds old is never cached
    (home / "app" / "link.php").symlink_to("a/One.php")
    shutil.copytree(home / "app" / "mounted", home / "village")


def _mounts(home: Path) -> list[Mount]:
    own = {
        APP: home / "app",
        f"{APP}/mounted": home / "village",
        "/opt/siappakai/nginx.d": IMAGES / "nginx.d",
        "/opt/siappakai/php.d/50-opensid.ini": IMAGES / "php.d" / "50-opensid.ini",
    }
    names = ("own_scripts.php", "loaded.php", "warm.php", "opcache-blacklist.txt")
    own |= {f"/opt/siappakai/{name}": IMAGES / name for name in names}
    return [Mount(to, str(place), type="bind", read_only=True) for to, place in own.items()]


def _wait_for(box: Box) -> Box:
    for _ in range(200):
        try:
            box.ask("GET", "/.siappakai/loaded")
            return box
        except Unavailable:
            time.sleep(0.05)
    raise AssertionError("the container never answered")


def own(*names: str) -> list[str]:
    return [f"{APP}/{name}" for name in names]


def test_listed_scripts_are_compiled_once_and_none_runs(box: Box) -> None:
    assert box.loaded() == []
    wanted = own("index.php", "a/One.php", "a/Plain.php", "a/Child.php", "a/Last.php")
    told = box.warm(*wanted)
    assert (told["ok"], told["compiled"], told["stopped"]) == (True, 5, "")
    assert sorted(box.loaded()) == sorted(each.removeprefix(APP + "/") for each in wanted)
    again = box.warm(*wanted)
    assert (again["compiled"], again["cached"]) == (0, 5)
    assert (box.ask("GET", "/").text, len(box.loaded())) == ("satu Elder", 8)
    assert box.made.exec_run(["ls", "/tmp/ran"]).exit_code != 0


def test_what_only_a_page_can_compile_rightly_is_left_to_it(box: Box) -> None:
    late = [name for name in SCRIPTS if name.startswith("late/")]
    told = box.warm(*own(*late))
    assert sorted(box.loaded()) == ["late/Child.php", "late/page.php"]
    assert (told["left"], told["compiled"]) == (len(late) - 2, 2)
    assert box.ask("GET", "/").text == "satu Elder"


def test_what_is_not_the_releases_own_is_refused(box: Box) -> None:
    hostile = [
        *own("storage/cached.php", "desa/config/database.php", "mounted/inner.php", "a/notes.txt"),
        *own(
            "link.php", "a/../a/One.php", "./a/One.php", "/a/One.php", "a", "gone.php", "a/One.php/"
        ),
        *own("a/One.php\x00.php", "a/One.php\n"),
        "/opt/siappakai/health.php",
        "/opt/siappakai/warm.php",
        "/etc/passwd",
        "/proc/self/environ",
        "a/One.php",
        "php://filter/resource=/var/www/app/a/One.php",
        "phar:///var/www/app/a/One.php",
        "http://127.0.0.1:9/x.php",
        "",
        7,
        None,
        {},
        [],
    ]
    told = box.warm(*hostile)
    assert (told["compiled"], told["refused"]) == (0, len(hostile))
    assert box.loaded() == []


def test_a_script_that_cannot_be_compiled_keeps_nobody_from_the_others(box: Box) -> None:
    told = box.warm(*own("a/Broken.php", "a/Last.php"))
    assert (told["failed"], told["compiled"], told["stopped"]) == (1, 1, "")
    told = box.warm(*own("a/One.php", "a/Twin.php", "a/Plain.php"))  # both declare one()
    if told["stopped"] == "fatal":
        assert told["at"] == f"{APP}/a/Twin.php"
        told = box.warm(*own("a/Plain.php"))
    assert "a/Plain.php" in box.loaded()
    assert box.ask("GET", "/").text == "satu Elder"


@pytest.mark.parametrize("body", [b"", b"{", b'{"0": "a", "x": "b"}', b"7", b'"a"', b"null"])
def test_what_is_no_list_is_refused(box: Box, body: bytes) -> None:
    assert box.ask("POST", "/.siappakai/warm", body).status == 400


def test_only_one_way_of_asking_is_answered(box: Box) -> None:
    assert box.ask("GET", "/.siappakai/warm").status == 405
    assert box.ask("POST", "/.siappakai/loaded", b"[]").status == 405
    assert box.ask("GET", "/.siappakai/own_scripts.php").status == 404
    too_long = b"[" + b'"' + b"x" * 1_100_000 + b'"]'
    assert box.ask("POST", "/.siappakai/warm", too_long).status == 413
