"""The pages where releases are looked for, built, offered, withdrawn and pruned."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from siappakai.models import (
    Channel,
    Event,
    Instance,
    InstancePolicy,
    OperationState,
    Release,
    ReleaseState,
    Task,
    TaskKind,
    db,
    transaction,
    utc_now,
)
from siappakai.web.markdown import render_notes
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import Visitor

ORIGIN = "https://contoh.invalid/opensid.git"


def add(app: Flask, *releases: Release) -> list[int]:
    with app.app_context(), transaction() as session:
        for each in releases:
            each.origin = ORIGIN
        session.add_all(releases)
        session.flush()
        return [each.id for each in releases]


def new_release(version: str) -> Release:
    release = fleet_rows.add_release(version, ReleaseState.NEW)
    release.digest = release.image_tag = ""
    release.built_at, release.revision = None, f"v{version}"
    return release


def tasks(app: Flask) -> list[Task]:
    with app.app_context():
        found = list(db.session.scalars(select(Task).order_by(Task.id)))
        db.session.expunge_all()
        return found


def test_looking_for_releases_and_building_ask_a_worker_once(app: Flask, ani: Visitor) -> None:
    first, second = add(app, new_release("2410.0.0"), new_release("2409.0.0"))
    ani.get("/rilis")
    for _ in range(2):
        assert ani.post("/rilis/cari", {"aplikasi": "opensid"}).status_code == 303
        assert ani.post(f"/rilis/{first}/bangun").status_code == 303
    assert ani.post(f"/rilis/{second}/bangun", {"kembali": "/rilis"}).location == "/rilis"
    found = tasks(app)
    assert [(each.kind, each.release_id) for each in found] == [
        (TaskKind.DISCOVER, None),
        (TaskKind.BUILD, first),
        (TaskKind.BUILD, second),
    ]
    assert {each.state for each in found} == {OperationState.QUEUED}
    page = ani.get("/rilis").text
    assert "Bangun rilis OpenSID 2410.0.0" in page and "Menunggu giliran" in page
    assert f'action="/rilis/{first}/bangun"' not in page  # it is being built


def test_releases_stand_in_the_order_of_their_versions(app: Flask, ani: Visitor) -> None:
    add(
        app,
        *(
            fleet_rows.add_release(version)
            for version in ("2602.10.0", "2602.1.0", "2602.1.0-rev2", "2602.9.0", "2602.1.0-rc1")
        ),
    )
    page = ani.get("/rilis").text
    order = ("2602.10.0<", "2602.9.0<", "2602.1.0-rev2<", "2602.1.0<", "2602.1.0-rc1<")
    at = [page.index(each) for each in order]
    assert at == sorted(at)


def test_a_task_shows_its_lines_and_its_error_and_is_tried_again(app: Flask, ani: Visitor) -> None:
    (release_id,) = add(app, new_release("2410.0.0"))
    ani.get("/rilis")
    ani.post(f"/rilis/{release_id}/bangun")
    with app.app_context(), transaction():
        task = db.session.get_one(Task, 1)
        task.state, task.active_key = OperationState.FAILED, None
        task.finished_at, task.lines = utc_now(), "Mengambil sumber …\nStep 1/14 <b>"
        task.error_message, task.error_hint = "Citra gagal dibangun.", "Periksa ruang disk."
    for path in ("/rilis", f"/rilis/{release_id}", "/rilis/kemajuan"):
        page = ani.get(path).text
        assert "Citra gagal dibangun." in page and "Periksa ruang disk." in page
        assert "Step 1/14 &lt;b&gt;" in page
    assert ani.post("/rilis/pekerjaan/1/coba-lagi").status_code == 303
    again = tasks(app)[0]
    assert (again.state, again.active_key) == (OperationState.QUEUED, f"bangun rilis:{release_id}")
    assert ani.post("/rilis/pekerjaan/1/coba-lagi").status_code == 409
    assert ani.post("/rilis/pekerjaan/1/batal").status_code == 303
    assert tasks(app)[0].state == OperationState.CANCELLED


def state_of(app: Flask, release_id: int) -> tuple[ReleaseState, str]:
    with app.app_context():
        release = db.session.get_one(Release, release_id)
        return release.state, release.state_reason


def test_a_release_is_offered_withdrawn_with_a_reason_and_offered_again(
    app: Flask, ani: Visitor
) -> None:
    release_id, other = add(app, fleet_rows.add_release(), fleet_rows.add_release("2409.0.0"))
    assert "Yang akan terjadi" in ani.get(f"/rilis/{release_id}/tawarkan").text
    assert ani.post(f"/rilis/{release_id}/tawarkan").status_code == 303
    assert state_of(app, release_id)[0] == ReleaseState.OFFERED
    assert ani.post(f"/rilis/{release_id}/tarik").status_code == 422
    assert ani.post(f"/rilis/{release_id}/tarik", {"alasan": "laporan salah"}).status_code == 303
    assert state_of(app, release_id) == (ReleaseState.WITHDRAWN, "laporan salah")
    assert "laporan salah" in ani.get("/rilis").text
    assert ani.post(f"/rilis/{release_id}/tawarkan").status_code == 422
    ani.post(f"/rilis/{release_id}/tawarkan", {"alasan": "sudah diperbaiki"})
    assert state_of(app, release_id) == (ReleaseState.OFFERED, "sudah diperbaiki")
    history = ani.get(f"/rilis/{release_id}").text
    assert "teruji → ditawarkan" in history and "ditarik → ditawarkan" in history
    assert state_of(app, other) == (ReleaseState.TESTED, "")


def test_an_untested_release_is_not_offered_and_the_page_says_why(app: Flask, ani: Visitor) -> None:
    broken = fleet_rows.add_release("2407.0.0", ReleaseState.BUILT)
    broken.state_reason = "Pemasangan percobaan OpenSID gagal (kode 1)."
    (release_id,) = add(app, broken)
    page = ani.get(f"/rilis/{release_id}").text
    assert "Pemasangan percobaan OpenSID gagal (kode 1)." in page
    assert "tidak dapat dipasang di desa mana pun" in page and ">Tawarkan<" not in page
    assert "itu tidak dapat dilakukan sekarang" in ani.get(f"/rilis/{release_id}/tawarkan").text
    assert ani.post(f"/rilis/{release_id}/tawarkan").status_code == 409
    assert state_of(app, release_id)[0] == ReleaseState.BUILT


def test_a_viewer_sees_everything_and_no_button(app: Flask, ani: Visitor, budi: Visitor) -> None:
    add(app, new_release("2410.0.0"), fleet_rows.add_release("2409.0.0"))
    page = budi.get("/rilis").text
    assert "2410.0.0" in page and "Cari rilis baru" not in page and "/bangun" not in page
    assert budi.get("/rilis/1").status_code == budi.get("/rilis/pangkas").status_code == 200
    for path in ("/rilis/tambah", "/rilis/2/tarik", "/rilis/2/tawarkan"):
        assert budi.get(path).status_code == 403


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"asal": "https://ani:sandi@contoh.invalid/x.git"}, "nama pengguna, sandi, atau token"),
        ({"asal": "/etc"}, "harus alamat git"),
        ({"asal": "file:///etc"}, "harus alamat git"),
        ({"asal": "ext::sh -c id"}, "harus alamat git"),
        ({"asal": "git://contoh.invalid/x.git"}, "hanya boleh memakai https atau ssh"),
        ({"versi": "terbaru"}, "bukan nomor rilis"),
        ({"tag": "--upload-pack=x"}, "tidak sah"),
        ({"edisi": "contoh"}, "Pilih edisinya"),
    ],
)
def test_a_page_can_not_name_a_folder_a_secret_or_an_option_as_source(
    app: Flask, ani: Visitor, given: dict[str, str], told: str
) -> None:
    ani.get("/rilis/tambah")
    form = {"aplikasi": "opensid", "versi": "2410.0.0", "edisi": "umum", "tag": "", "asal": ORIGIN}
    answer = ani.post("/rilis/tambah", form | given)
    assert answer.status_code == 422 and told in answer.text
    with app.app_context():
        assert db.session.scalars(select(Release)).all() == []


def test_a_release_named_by_hand_waits_to_be_built(app: Flask, ani: Visitor) -> None:
    ani.get("/rilis/tambah")
    form = {"aplikasi": "opensid", "versi": "2410.0.0", "edisi": "premium", "asal": ORIGIN}
    for _ in range(2):
        assert ani.post("/rilis/tambah", form | {"tag": "v2410.0.0-premium"}).status_code == 303
    with app.app_context():
        release = db.session.scalars(select(Release)).one()
        assert (release.state, release.origin) == (ReleaseState.NEW, ORIGIN)
        assert (release.edition, release.revision) == ("premium", "v2410.0.0-premium")
    page = ani.get("/rilis/1").text
    assert "v2410.0.0-premium" in page and ">Bangun<" in page


def test_notes_are_shown_as_text_whatever_they_contain(app: Flask, ani: Visitor) -> None:
    release = fleet_rows.add_release()
    release.notes = (
        "#### FITUR\n\n1. [#1](https://contoh.invalid/1) *baru*\n<script>alert(1)</script>"
    )
    add(app, release)
    page = ani.get("/rilis/1").text
    assert "<h6>FITUR</h6>" in page and "<em>baru</em>" in page
    assert 'href="https://contoh.invalid/1" rel="noopener noreferrer nofollow"' in page
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "text",
    [
        "[klik](javascript:alert(1))",
        "![x](https://contoh.invalid/x.png)",
        "<img src=x onerror=alert(1)>",
        "<a href='https://contoh.invalid'>x</a>",
        "[x]: javascript:alert(1)\n[x]",
        "| a |\n|:-:|\n| <b>b</b> |",
    ],
)
def test_no_tag_picture_or_script_of_the_notes_survives(text: str) -> None:
    shown = str(render_notes(text))
    for bad in ("<img", "<script", "<b>", 'href="javascript', "style=", "<a href='"):
        assert bad not in shown


def test_pruning_takes_only_a_list_that_was_shown(app: Flask, ani: Visitor) -> None:
    ani.get("/rilis/pangkas")
    assert ani.post("/rilis/pangkas").status_code == 303
    assert ani.post("/rilis/pangkas", {"daftar": "1"}).status_code == 409  # not looked yet
    image = {
        "release_id": 1,
        "product": "opensid",
        "edition": "umum",
        "version": "2401.0.0",
        "state": "ditarik",
        "digest": "sha256:1",
        "size_bytes": 512_000_000,
    }
    kept = {"image": image | {"version": "2402.0.0"}, "reason": "dipakai sebuah aplikasi"}
    with app.app_context(), transaction():
        task = db.session.get_one(Task, 1)
        assert task.parameters["dry_run"] is True
        task.state, task.active_key, task.finished_at = OperationState.SUCCEEDED, None, utc_now()
        task.result = {"dry_run": True, "images": [image], "files": [], "kept": [kept]}
    page = ani.get("/rilis/pangkas").text
    assert "OpenSID 2401.0.0" in page and "Hapus 1 hal ini" in page
    assert "dipakai sebuah aplikasi" in page and "512 MB" in page
    assert ani.post("/rilis/pangkas", {"daftar": "1"}).status_code == 303
    asked = tasks(app)[1]
    assert asked.parameters["dry_run"] is False
    assert asked.parameters["chosen"]["images"] == [image]
    for odd in ("x", "99", "2"):
        assert ani.post("/rilis/pangkas", {"daftar": odd}).status_code in (404, 409)


def test_an_instance_says_and_changes_how_it_follows_releases(
    app: Flask, ani: Visitor, budi: Visitor, fleet: int
) -> None:
    with app.app_context():
        codes = db.session.scalars(select(Instance.scope_code).order_by(Instance.id)).all()
    assert "Kanal biasa" in ani.get(f"/desa/{codes[0]}").text
    form = {"kanal": "lambat", "semat": "ya", "sampai": "2099-12-31", "alasan": "musim panen"}
    page = "/aplikasi/1/ikut-rilis"
    for wrong, told in (
        (form | {"alasan": " "}, "Alasannya belum diisi"),
        (form | {"sampai": "2020-01-01"}, "sudah lewat"),
        (form | {"sampai": "besok"}, "tidak terbaca"),
        (form | {"kanal": "kilat"}, "Pilih kanalnya"),
    ):
        answer = ani.post(page, wrong)
        assert answer.status_code == 422 and told in answer.text
    assert ani.post(page, form).status_code == 303
    shown = ani.get(f"/desa/{codes[0]}").text
    for words in ("Kanal lambat", "disematkan", "sampai 31 Desember 2099", "musim panen"):
        assert words in shown
    asked = ani.get(page).text
    assert "musim panen" in asked and "ditahan sampai 31 Desember 2099" in asked
    assert "Biasa: sejak hari rilis ditawarkan" in asked
    assert "Lambat: 14 hari setelah rilis ditawarkan" in asked
    assert budi.get(page).status_code == 403
    assert page not in budi.get(f"/desa/{codes[0]}").text
    assert ani.post(page, {"kanal": "biasa"}).status_code == 303
    with app.app_context():
        policy = db.session.scalars(select(InstancePolicy)).one()
        assert (policy.channel, policy.is_pinned, policy.held_until_on) == (
            Channel.ORDINARY,
            False,
            None,
        )
        words = select(Event.id).filter_by(word="policy_changed", subject="instance:1")
        assert len(db.session.scalars(words).all()) == 2
