"""Themes and pictures are on the server by their sums; a second run changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.distribute import BrandPresence, distribute_brand
from siappakai.errors import InvalidInput, NotFound
from siappakai.models import Event, Server, ThemeVersion, db, transaction
from siappakai.themes.keep import ThemeOrder, add_theme, package_path
from siappakai.themes.source import SourceOrder
from tests.cast import add_server
from tests.unit.themes.packages import honest, png, write_folder

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="a play on this machine needs root"),
]


def quiet(line: str) -> None:
    """Nobody listens."""


def add_themes(folder: Path, *words: str) -> list[str]:
    """The sums of as many themes, each with a stylesheet of its own."""
    found = []
    for word in words:
        css = {"assets/css/gaya.css": f"/* {word} */".encode()}
        source = write_folder(folder / word, honest(**css))
        version_id = add_theme(ThemeOrder(SourceOrder(str(source)), "admin", word), quiet)
        found.append(db.session.get_one(ThemeVersion, version_id).sha256)
    return found


def add_picture(folder: Path, text: bytes) -> dict[str, Path]:
    content = png(text)
    path = folder / "gambar"
    path.write_bytes(content)
    return {f"{hashlib.sha256(content).hexdigest()}.png": path}


def send(server_id: int, themes: list[str], assets: Mapping[str, Path]) -> BrandPresence:
    (found,) = distribute_brand([server_id], themes, assets, quiet, by="uji")
    return found


@pytest.fixture
def server(app: Flask, tmp_path: Path) -> int:
    root = tmp_path / "srv"
    root.mkdir()
    return add_server(root)


def root_of(server_id: int) -> Path:
    return Path(db.session.get_one(Server, server_id).data_root)


def theme_folder(root: Path, sha256: str) -> Path:
    return root / "tema" / sha256


def test_two_themes_and_a_picture_come_once_and_are_proven_each_time(
    server: int, tmp_path: Path
) -> None:
    themes, picture = add_themes(tmp_path, "galesong", "bontokanang"), add_picture(tmp_path, b"a")
    first = send(server, themes, picture)
    assert (first.is_present, first.was_brought, first.error) == (True, True, "")
    root = root_of(server)
    for sha256, word in zip(themes, ("galesong", "bontokanang"), strict=True):
        folder = theme_folder(root, sha256)
        assert (folder / "assets/css/gaya.css").read_text() == f"/* {word} */"
        assert folder.stat().st_uid == 0
    (name,) = picture
    assert (root / "merek" / name).read_bytes() == png(b"a")
    second = send(server, themes, picture)
    assert (second.is_present, second.was_brought) == (True, False)
    words = db.session.scalars(select(Event.word).filter_by(subject="server:local")).all()
    assert words.count("brand_distributed") == 1, "what was there already is no news"


def test_a_theme_changed_on_the_server_is_put_right(server: int, tmp_path: Path) -> None:
    (theme,) = add_themes(tmp_path, "galesong")
    send(server, [theme], {})
    template = theme_folder(root_of(server), theme) / "template.php"
    template.write_bytes(b"<?php system(1);")
    assert send(server, [theme], {}).was_brought
    assert template.read_bytes() == honest()["template.php"]


def test_a_server_that_was_never_prepared_is_told_and_the_other_one_gets_all(
    app: Flask, server: int, tmp_path: Path
) -> None:
    (theme,) = add_themes(tmp_path, "galesong")
    row = db.session.get_one(Server, server)
    with transaction():
        other = Server(
            name="dua",
            data_root=str(tmp_path / "belum-ada"),
            fleet="uji",
            edge_address="127.0.0.1",
            http_port=row.http_port,
            https_port=row.https_port,
        )
        db.session.add(other)
        db.session.flush()
        other_id = other.id
    found = distribute_brand([other_id, server], [theme], {}, quiet, by="uji")
    assert [each.is_present for each in found] == [False, True]
    assert "belum ada di server ini" in found[0].error
    assert found[0].hint == "Siapkan dahulu server itu, lalu kirim lagi."


def test_what_is_spoilt_or_missing_on_the_panel_is_never_sent(server: int, tmp_path: Path) -> None:
    (theme,) = add_themes(tmp_path, "galesong")
    package_path(theme).write_bytes(b"lain")
    with pytest.raises(InvalidInput, match="berubah isinya"):
        send(server, [theme], {})
    package_path(theme).unlink()
    with pytest.raises(NotFound):
        send(server, [theme], {})
    with pytest.raises(InvalidInput):
        send(server, ["../x"], {})
    assert not (root_of(server) / "tema").exists()


def test_nothing_to_send_asks_no_server(server: int) -> None:
    assert send(server, [], {}).is_present
