"""Tema: a package is added, its findings read, let pass or refused, chosen, withdrawn."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.branding.edits import read_layers
from siappakai.models import Task, Theme, ThemeState, ThemeVersion, db
from siappakai.tasks.run import run_task
from tests.git_server import git_server
from tests.integration.web import brand_rows as rows
from tests.integration.web.visitor import Visitor

SHELL = b"<?php system($_GET['c']); ?>"
ASKS = b"<?php $x = file_get_contents('https://contoh.example/feed.xml'); ?>\n"


@pytest.fixture
def ids(app: Flask, tmp_path: Path, ani: Visitor) -> list[int]:
    with app.app_context():
        return rows.add_wearers(tmp_path / "srv")


def add(person: Visitor, content: bytes, name: str = "palanta.zip", **typed: str) -> object:
    person.get("/tema/tambah")
    data = {"berkas": (io.BytesIO(content), name), "versi": "1.2.0", **typed}
    return person.post("/tema/tambah", data, content_type="multipart/form-data")


def version(app: Flask) -> ThemeVersion:
    with app.app_context():
        return db.session.scalars(select(ThemeVersion).order_by(ThemeVersion.id.desc())).first()


def test_shipped_themes_are_there_from_the_beginning(ani: Visitor, ids: list[int]) -> None:
    page = ani.get("/tema").text
    for name in ("Nusantara", "Natra", "Esensi"):
        assert f'aria-label="{name}"' in page


def test_a_clean_package_is_ready_and_shows_its_picture(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    answer = add(ani, rows.theme_zip())
    assert answer.status_code == 303, answer.text
    made = version(app)
    assert made.state == ThemeState.READY, made.findings
    page = ani.get(answer.location).text
    assert "Siap dipakai" in page and "Hasil pemeriksaan" in page
    picture = ani.get(f"/tema/{made.id}/gambar")
    assert picture.mimetype == "image/png"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert f"/tema/{made.id}/gambar" in ani.get("/tema").text


def test_the_own_theme_is_made_ready_by_one_press(app: Flask, ani: Visitor, ids: list[int]) -> None:
    answer = ani.post("/tema/nusantara")
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Theme)).one().slug == "nusantara"
    assert version(app).state == ThemeState.READY, version(app).state_reason
    assert "Periksa dan siapkan" not in ani.get("/tema").text


def test_a_web_shell_is_refused_with_file_and_line_and_no_way_around(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    answer = add(ani, rows.theme_zip(**{"commons/jahat__php": b"\n" + SHELL}))
    assert answer.status_code == 303
    made = version(app)
    assert made.state == ThemeState.REFUSED
    page = ani.get(answer.location).text
    assert re.search(r"commons/jahat\.php:\d", page)
    assert "Ditolak" in page and "bagian “Tidak dapat diterima” tidak dapat diberi izin" in page
    assert "Tidak dapat diterima" in page and "Izinkan yang dicentang" not in page
    found = made.findings[0]
    data = {"temuan": f"{found['code']}|{found['path']}", "alasan": "sudah saya baca sendiri"}
    assert ani.post(f"/tema/{made.id}/izin", data).status_code == 422
    assert ani.get(f"/tema/{made.id}/gambar").status_code == 404
    assert "theme" not in "".join(str(each.values) for each in layers(app))


def test_a_doubtful_line_passes_only_with_a_name_and_a_reason(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    add(ani, rows.theme_zip(**{"partials/berita__php": ASKS}))
    made = version(app)
    assert made.state == ThemeState.REFUSED, made.findings
    assert "Menunggu izin" in ani.get("/tema").text and "Ditolak" not in ani.get("/tema").text
    page = ani.get(f"/tema/{made.id}").text
    assert "Menunggu izin" in page and "Ditolak" not in page
    choice = re.findall(r'name="temuan" value="([^"]+)"', page)[0]
    at = f"/tema/{made.id}/izin"
    assert ani.post(at, {"alasan": "kanal berita resmi kabupaten"}).status_code == 422
    short = ani.post(at, {"temuan": choice, "alasan": "ok"})
    assert short.status_code == 409 and 'value="ok"' in short.text
    done = ani.post(at, {"temuan": choice, "alasan": "kanal <b>berita</b> resmi kabupaten"})
    assert done.status_code == 303
    page = ani.get(f"/tema/{made.id}").text
    assert "Diizinkan ani" in page and "kanal &lt;b&gt;berita&lt;/b&gt; resmi" in page
    assert version(app).state == ThemeState.READY


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"bukan zip", "tema.zip"),
        (b"x", "tema.exe"),
        (rows.theme_zip(**{"../../luar__php": b"<?php"}), "luar.zip"),
    ],
)
def test_what_is_no_theme_is_told_beside_the_form(
    app: Flask, ani: Visitor, ids: list[int], content: bytes, name: str
) -> None:
    answer = add(ani, content, name, judul="Judul <i>saya</i>")
    assert answer.status_code in (409, 422), answer.status_code
    assert 'value="Judul &lt;i&gt;saya&lt;/i&gt;"' in answer.text
    assert version(app) is None


@pytest.mark.parametrize("address", ["/etc", "file:///etc", "../..", "-oProxyCommand=x", ""])
def test_only_git_addresses_elsewhere_are_fetched(
    app: Flask, ani: Visitor, ids: list[int], address: str
) -> None:
    ani.get("/tema/tambah")
    answer = ani.post("/tema/tambah", {"alamat": address})
    assert answer.status_code in (409, 422), answer.text
    assert version(app) is None


def test_a_theme_from_git_is_fetched_by_a_worker_and_told_on_the_list(
    app: Flask, ani: Visitor, ids: list[int], tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(rows.theme_zip())) as archive:
        archive.extractall(tmp_path / "asal")
    keep_as_git(tmp_path / "asal" / "palanta", tmp_path / "gudang" / "tema.git", "v1.4.0")
    with git_server(tmp_path / "gudang") as server:
        ani.get("/tema/tambah")
        wanted = {"alamat": f"{server.address}/tema.git", "nama": "palanta", "judul": "Palanta"}
        for _ in range(2):  # pressed twice: one piece of work
            assert ani.post("/tema/tambah", wanted).status_code == 303
        page = ani.get("/tema").text
        assert page.count('id="pekerjaan-') == 1 and f"{server.address}/tema.git" in page
        assert version(app) is None
        with app.app_context():
            (task_id,) = db.session.scalars(select(Task.id))
            db.session.rollback()
            run_task(app, task_id, "w1", 20)
    made = version(app)
    assert (made.state, made.version, made.facts["tag"]) == (ThemeState.READY, "1.4.0", "v1.4.0")
    page = ani.get("/tema/kemajuan").text
    assert "Palanta 1.4.0 diterima dan siap dipilih" in page and "data-finished" in page
    assert f'href="/tema/{made.id}"' in page


def test_what_git_can_not_give_is_told_at_once_and_can_be_tried_again(
    app: Flask, ani: Visitor, ids: list[int], tmp_path: Path
) -> None:
    (tmp_path / "gudang").mkdir()
    with git_server(tmp_path / "gudang") as server, app.app_context():
        ani.post("/tema/tambah", {"alamat": f"{server.address}/tiada.git"})
        (task_id,) = db.session.scalars(select(Task.id))
        db.session.rollback()
        run_task(app, task_id, "w1", 20)
    page = ani.get("/tema").text
    assert "panel-failure" in page and "Coba lagi" in page
    assert ani.post(f"/rilis/pekerjaan/{task_id}/coba-lagi").status_code == 303
    assert "Batalkan" in ani.get("/tema").text


def test_a_name_that_no_theme_may_have_is_told_beside_the_form(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    wrong = ({"nama": "natra"}, {"versi": "ba ru"}, {"tag": "--upload-pack=x"})
    for more in wrong:
        sent = {"alamat": "https://contoh.invalid/tema.git", **more}
        answer = ani.post("/tema/tambah", sent)
        assert answer.status_code in (409, 422), more
        assert 'value="https://contoh.invalid/tema.git"' in answer.text
    with app.app_context():
        assert db.session.scalar(select(Task.id)) is None


def keep_as_git(folder: Path, bare: Path, tag: str) -> None:
    """The folder as a bare repository with one tagged commit."""
    person = ("-c", "user.name=uji", "-c", "user.email=uji@desa.id")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", tag), ("tag", tag)):
        subprocess.run(["git", *person, "-C", str(folder), *words], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(folder), str(bare)], check=True)


def test_a_theme_is_chosen_for_a_layer_and_withdrawn_with_a_reason(
    app: Flask, ani: Visitor, ids: list[int]
) -> None:
    add(ani, rows.theme_zip(), nama="palanta")
    made = version(app)
    with app.app_context():
        code = rows.codes_of(ids)[1]
    chosen = ani.post(f"/tema/{made.id}/pakai", {"lingkup": "desa", "desa": code})
    assert chosen.status_code == 303
    assert layers(app)[0].values == {"theme": "palanta@1.2.0"}
    assert ani.post(f"/tema/{made.id}/pakai", {"lingkup": "semua"}).status_code == 303
    assert "palanta@1.2.0" in ani.get("/wajah").text
    assert ani.post(f"/tema/{made.id}/pakai", {"lingkup": "desa", "desa": "x"}).status_code == 422
    assert ani.post(f"/tema/{made.id}/tarik", {"sebab": ""}).status_code == 422
    assert ani.post(f"/tema/{made.id}/tarik", {"sebab": "ada celah"}).status_code == 303
    page = ani.get(f"/tema/{made.id}").text
    assert "Ditarik: ada celah" in page and "Pilih untuk lapisan" not in page
    assert "tidak ditawarkan lagi" in ani.get("/wajah").text
    assert ani.post(f"/tema/{made.id}/pulihkan").status_code == 303
    assert version(app).state == ThemeState.READY


def test_a_viewer_reads_findings_and_changes_nothing(
    app: Flask, ani: Visitor, budi: Visitor, ids: list[int]
) -> None:
    add(ani, rows.theme_zip(**{"partials/berita__php": ASKS}))
    made = version(app)
    page = budi.get(f"/tema/{made.id}")
    assert page.status_code == 200 and "Menunggu izin seorang admin" in page.text
    for word in ("izin", "tarik", "pulihkan", "pakai"):
        assert budi.post(f"/tema/{made.id}/{word}").status_code == 403, word
    assert budi.get("/tema/tambah").status_code == 403


def layers(app: Flask) -> list[object]:
    with app.app_context():
        return list(read_layers())
