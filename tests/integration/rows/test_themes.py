"""A theme is kept once by its content; what may harm is not, and an admin's word is recorded."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from siappakai.cli import main
from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import Event, Theme, ThemeState, ThemeVersion, db
from siappakai.provision.archive import copy_folder
from siappakai.themes import own
from siappakai.themes.check import check_theme
from siappakai.themes.findings import Severity
from siappakai.themes.keep import (
    ThemeOrder,
    add_theme,
    allow,
    find_version,
    package_path,
    reference_of,
    restore,
    themes_folder,
    withdraw,
)
from siappakai.themes.own import add_own_theme
from siappakai.themes.source import SourceOrder
from tests.unit.themes.packages import honest, write_folder, write_zip

REAL = os.environ.get("SIAPPAKAI_SUMBER_OPENSID", "")
ASKS = b"<?php $this->db->query('SELECT a FROM user WHERE password = 1'); ?>"
SHELL = b"<?php system($_GET['c']); ?>"
WHY = "Dibaca bersama pembuatnya: hanya menghitung."


def add(source: Path, **more: str) -> ThemeVersion:
    tag = more.pop("tag", "")
    order = ThemeOrder(SourceOrder(str(source), tag), "admin", **more)
    return db.session.get_one(ThemeVersion, add_theme(order, lambda line: None))


def galesong(folder: Path, **more: bytes) -> Path:
    return write_zip(folder / "tema-galesong.zip", honest(**more))


def git(folder: Path, *words: str) -> None:
    settings = [
        "-c",
        "user.name=uji",
        "-c",
        "user.email=uji@desa.id",
        "-c",
        "init.defaultBranch=main",
    ]
    ran = subprocess.run(
        ["git", *settings, "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_the_same_content_again_is_the_same_version(app: Flask, tmp_path: Path) -> None:
    first = add(galesong(tmp_path))
    again = add(write_folder(tmp_path / "tema-galesong", honest()))
    assert first.id == again.id
    assert (first.state, reference_of(first)) == (ThemeState.READY, f"galesong@{first.version}")
    assert re.fullmatch(r"1\.0\.0\+[0-9a-f]{8}", first.version)
    assert first.sha256.startswith(first.version[-8:])
    assert package_path(first.sha256).is_file()
    assert first.file_count == len(honest())
    assert os.listdir(themes_folder() / "tahan") == []


def test_another_content_under_a_used_version_is_refused_and_nothing_changes(
    app: Flask, tmp_path: Path
) -> None:
    first = add(galesong(tmp_path), version="1.2.0")
    with pytest.raises(Refused, match="isi yang berbeda"):
        add(galesong(tmp_path, **{"assets/a.css": b"a{}"}), version="v1.2.0")
    newer = add(galesong(tmp_path, **{"assets/a.css": b"a{}"}), version="1.10.0")
    assert db.session.get_one(ThemeVersion, first.id).sha256 != newer.sha256
    assert find_version("galesong").id == newer.id, "1.10 is above 1.2"
    assert find_version("galesong@1.2.0").id == first.id


def test_a_refused_theme_keeps_its_reasons_and_no_content(app: Flask, tmp_path: Path) -> None:
    row = add(galesong(tmp_path, **{"assets/a.jpg": b"\xff\xd8\xff" + SHELL}), version="1.0.0")
    assert (row.state, row.sha256) == (ThemeState.REFUSED, "")
    assert row.state_reason.startswith("assets/a.jpg: Kode PHP disembunyikan")
    assert not list(themes_folder().rglob("*.tar"))
    clean = add(galesong(tmp_path), version="1.0.0")
    assert (clean.id, clean.state) == (row.id, ThemeState.READY), "the number was never used"


def test_a_harmful_package_under_a_used_version_tells_its_reason(
    app: Flask, tmp_path: Path
) -> None:
    first = add(galesong(tmp_path), version="1.0.0")
    with pytest.raises(Refused, match="perintah sistem"):
        add(galesong(tmp_path, **{"a.php": SHELL}), version="1.0.0")
    assert db.session.get_one(ThemeVersion, first.id).state == ThemeState.READY


def test_what_asks_waits_for_an_admins_reason(app: Flask, tmp_path: Path) -> None:
    row = add(galesong(tmp_path, **{"widgets/a.php": ASKS}))
    assert row.state == ThemeState.REFUSED
    assert not package_path(row.sha256).exists()
    with pytest.raises(Refused, match="terlalu pendek"):
        allow(row.id, [("basis-data", "")], by="admin", why="ya")
    allowed = allow(row.id, [("basis-data", "widgets/a.php")], by="admin", why=WHY)
    assert (allowed.state, allowed.state_reason) == (ThemeState.READY, "")
    assert package_path(row.sha256).is_file()
    (kept,) = allowed.exceptions
    assert (kept["by"], kept["why"], kept["path"]) == ("admin", WHY, "widgets/a.php")
    assert len(kept["file_sha256"]) == 64 and kept["at"]
    event = db.session.scalars(select(Event).filter_by(word="theme_allowed")).one()
    assert event.fields["why"] == WHY


def test_no_permission_lets_a_refused_finding_pass(app: Flask, tmp_path: Path) -> None:
    row = add(galesong(tmp_path, **{"widgets/a.php": SHELL, "widgets/b.php": ASKS}))
    with pytest.raises(Refused, match="tidak dapat diberi izin"):
        allow(row.id, [("perintah-sistem", "")], by="admin", why=WHY)
    still = allow(row.id, [("basis-data", "")], by="admin", why=WHY)
    assert still.state == ThemeState.REFUSED
    assert "perintah sistem" in still.state_reason


def test_an_unknown_finding_can_not_be_allowed(app: Flask, tmp_path: Path) -> None:
    row = add(galesong(tmp_path, **{"widgets/a.php": ASKS}))
    with pytest.raises(NotFound):
        allow(row.id, [("basis-data", "widgets/lain.php")], by="admin", why=WHY)


def test_a_withdrawn_version_is_no_longer_chosen_and_may_come_back(
    app: Flask, tmp_path: Path
) -> None:
    row = add(galesong(tmp_path), version="1.0.0")
    with pytest.raises(Refused):
        withdraw(row.id, by="admin", reason=" ")
    withdraw(row.id, by="admin", reason="menunggu perbaikan")
    with pytest.raises(NotFound):
        find_version("galesong")
    assert find_version("galesong@1.0.0").state == ThemeState.WITHDRAWN
    assert package_path(row.sha256).is_file(), "villages may still wear it"
    assert add(galesong(tmp_path), version="1.0.0").state == ThemeState.WITHDRAWN
    restore(row.id, by="admin")
    assert find_version("galesong").id == row.id


def test_git_gives_its_highest_version_or_the_one_asked_for(app: Flask, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "tema-bontokanang", honest())
    git(folder, "init", "-q")
    for version in ("v1.9.0", "v1.10.0", "v2.0.0-rc1"):
        (folder / "assets/css/gaya.css").write_text(f"/* {version} */")
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", version)
        git(folder, "tag", version)
    newest, older = add(folder), add(folder, tag="v1.9.0")
    assert (newest.version, newest.facts["tag"]) == ("1.10.0", "v1.10.0")
    assert older.version == "1.9.0"
    assert len(newest.revision) == 40 and newest.revision != older.revision
    assert db.session.scalar(select(func.count(Theme.id))) == 1


def test_the_panels_own_theme_is_taken_in_by_every_panel_that_comes_after(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panel between two releases has another content under the same number."""
    first = add_own_theme("pasang", lambda line: None)
    assert add_own_theme("pasang", lambda line: None) == first
    changed = copytree(own.FOLDER, tmp_path / "nusantara")
    (changed / "template.php").write_text((changed / "template.php").read_text() + "<!-- b -->\n")
    monkeypatch.setattr(own, "FOLDER", changed)
    row = db.session.get_one(ThemeVersion, add_own_theme("pasang", lambda line: None))
    number = db.session.get_one(ThemeVersion, first).version
    assert row.state == ThemeState.READY
    assert row.version == f"{number}+{own.content_sum(changed)[:8]}"
    assert add_own_theme("pasang", lambda line: None) == row.id


def test_a_name_that_the_releases_have_themselves_is_not_given(app: Flask, tmp_path: Path) -> None:
    for slug in ("natra", "esensi", "../x", "A B"):
        with pytest.raises(InvalidInput):
            add(galesong(tmp_path), slug=slug)
    assert db.session.scalar(select(func.count(Theme.id))) == 0


def test_the_command_tells_findings_allows_and_lists(
    app: Flask, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    run = CliRunner().invoke
    asked = run(
        main, ["tema", "tambah", str(galesong(tmp_path, **{"a.php": ASKS})), "--versi", "3.1"]
    )
    assert asked.exit_code == 1
    assert "perlu izin: basis-data a.php:1" in asked.output
    assert "galesong@3.1: ditolak" in asked.output
    words = ["tema", "izinkan", "galesong@3.1", "--temuan", "basis-data:a.php", "--alasan", WHY]
    assert "galesong@3.1: siap" in run(main, words).output
    assert "galesong@3.1: siap" in run(main, ["tema", "daftar"]).output
    assert WHY in run(main, ["tema", "temuan", "galesong@3.1"]).output
    harmful = run(main, ["tema", "tambah", str(galesong(tmp_path, **{"b.php": SHELL}))])
    assert harmful.exit_code == 1 and "ditolak: perintah-sistem b.php:1" in harmful.output


@pytest.mark.skipif(not REAL, reason="SIAPPAKAI_SUMBER_OPENSID is not set")
@pytest.mark.parametrize("version", ["v2408.0.0", "v2410.0.0"])
@pytest.mark.parametrize("name", ["natra", "esensi"])
def test_the_themes_that_opensid_ships_pass_without_any_permission(
    app: Flask, tmp_path: Path, version: str, name: str
) -> None:
    place = tmp_path / "rilis"
    place.mkdir()
    archive = subprocess.run(
        ["git", f"--git-dir={REAL}", "archive", version, f"vendor/themes/{name}"],
        capture_output=True,
        check=True,
    )
    subprocess.run(["tar", "-x", "-C", str(place)], input=archive.stdout, check=True)
    copy_folder(place / "vendor/themes" / name, tmp_path / "sumber")
    barring = [
        each.place
        for each in check_theme(tmp_path / "sumber").findings
        if each.severity != Severity.NOTE
    ]
    assert barring == []
    row = add(tmp_path / "sumber", slug=f"{name}-uji")
    assert row.state == ThemeState.READY
    assert set(row.facts["pages"]) >= {"artikel", "statistik", "peta"}
