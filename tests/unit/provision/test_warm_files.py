"""A release's list of scripts is believed only when it can be one; every image speaks the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siappakai.provision.naming import ServerPaths
from siappakai.provision.warm_files import (
    MOST_SCRIPTS,
    forget_list,
    known_scripts,
    list_file,
    read_list,
)

IMAGES = Path(__file__).resolve().parents[3] / "images"
BONTOKANANG, TAMASAJU = "sha256:" + "a1" * 32, "sha256:" + "b2" * 32
HOME = "/var/www/app/index.php"


def test_a_list_of_the_releases_own_scripts_is_believed() -> None:
    scripts = [HOME, "/var/www/app/donjo-app/views/desa baru/..beranda.php"]
    assert read_list(json.dumps(scripts)) == scripts


@pytest.mark.parametrize(
    "wrong",
    [
        "/opt/siappakai/health.php",
        "/etc/passwd",
        "/var/www/app/../../../etc/x.php",
        "/var/www/app/./index.php",
        "/var/www/app//index.php",
        "/var/www/application/index.php",
        "/var/www/app/index.php\n",
        "/var/www/app/in\x00dex.php",
        "/var/www/app/.env",
        "/var/www/app/" + "x" * 300 + ".php",
        "/var/www/app/" + "x/" * 40 + "y.php",
        "index.php",
        "",
        7,
        None,
        [HOME],
    ],
)
def test_one_wrong_word_spoils_the_whole_list(wrong: object) -> None:
    assert read_list(json.dumps([HOME, wrong])) == []


@pytest.mark.parametrize("text", ["", "{", "{}", "null", json.dumps({HOME: HOME}), "7"])
def test_what_is_no_list_is_no_list(text: str) -> None:
    assert read_list(text) == []


def test_a_list_that_no_release_could_need_is_refused() -> None:
    assert len(read_list(json.dumps([HOME] * MOST_SCRIPTS))) == MOST_SCRIPTS
    assert read_list(json.dumps([HOME] * (MOST_SCRIPTS + 1))) == []


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:../../x", "a1" * 32, "sha256:" + "A1" * 32]
)
def test_what_is_no_digest_names_no_file(tmp_path: Path, digest: str) -> None:
    assert list_file(ServerPaths(tmp_path, "uji"), digest) is None
    assert known_scripts(ServerPaths(tmp_path, "uji"), digest) == []


def test_forgetting_one_release_keeps_the_others(tmp_path: Path) -> None:
    paths = ServerPaths(tmp_path, "uji")
    for digest in (BONTOKANANG, TAMASAJU):
        target = list_file(paths, digest)
        assert target is not None
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps([HOME]))
    forget_list(paths, BONTOKANANG)
    forget_list(paths, BONTOKANANG)
    assert (known_scripts(paths, BONTOKANANG), known_scripts(paths, TAMASAJU)) == ([], [HOME])


@pytest.mark.parametrize("name", ["own_scripts.php", "loaded.php", "warm.php"])
def test_both_families_of_images_carry_the_same_scripts(name: str) -> None:
    opensid, laravel = (IMAGES / each / "siappakai" / name for each in ("opensid", "laravel"))
    assert opensid.read_bytes() == laravel.read_bytes()


@pytest.mark.parametrize("conf", ["opensid", "laravel"])
def test_both_families_answer_at_the_same_two_addresses(conf: str) -> None:
    text = (IMAGES / conf / "siappakai" / "nginx.d" / f"{conf}.conf").read_text()
    for name in ("loaded", "warm"):
        assert f"location = /.siappakai/{name} {{" in text
        assert f"SCRIPT_FILENAME /opt/siappakai/{name}.php;" in text
