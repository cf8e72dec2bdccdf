"""One rollout on its pages: approval and its gate, the run, failures, the way back, its size."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from siappakai.models import (
    InstancePolicy,
    ItemState,
    Release,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    Task,
    TaskKind,
    db,
    transaction,
    write_setting,
)
from siappakai.provision.order import order_update
from siappakai.rollout import acts
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.integration.rows.rollout_rows import active_operations, end_operation
from tests.integration.web import release_day_rows as rows
from tests.integration.web.visitor import Visitor
from tests.rollout_cast import add_offered_release

CHANGING = (
    *("setujui", "kirim", "luncurkan", "jeda", "lanjut", "batalkan", "coba-lagi", "hentikan"),
    *("mundur", "gelombang/2/mulai", "bagian/1/lewati", "bagian/1/coba-lagi"),
    "bagian/1/batal-mundur",
)
READING = ("", "/kemajuan", "/rencana", "/riwayat", "/periksa", "/rencana.xlsx", "/rencana.json")
REPORTS = ("/laporan.xlsx", "/laporan.pdf")


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> rows.ReleaseDay:
    with app.app_context():
        rows.add_other_admin()
        return rows.add_release_day(tmp_path / "srv")


@pytest.fixture
def planned(app: Flask, day: rows.ReleaseDay) -> int:
    """Kenari: one village; Gelombang 2 waits for a person; Gelombang 3."""
    with app.app_context():
        return rows.add_plan(day)


@pytest.fixture
def running(app: Flask, planned: int) -> int:
    with app.app_context():
        rows.launch(planned)
        return planned


@pytest.fixture
def dewi(app: Flask, ani: Visitor, day: rows.ReleaseDay) -> Visitor:
    person = Visitor(app)
    person.log_in("dewi")
    return person


def state(app: Flask, rollout_id: int) -> RolloutState:
    with app.app_context():
        return rows.state_of(rollout_id)


def move_all(rollout_id: int) -> None:
    """Every unit of the plan has moved well; wave 2 was let begin."""
    rows.play(rollout_id, True)
    acts.confirm_wave(rollout_id, 2, by="ani")
    while active_operations():
        rows.play(rollout_id, True)


def field(page: str, name: str) -> str:
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[0])


def test_every_page_of_a_plan_answers_and_escapes_names(ani: Visitor, planned: int) -> None:
    for path in READING + REPORTS:
        answer = ani.get(f"/peluncuran/{planned}{path}")
        assert answer.status_code == 200, path
        if answer.mimetype == "text/html":
            assert rows.HOSTILE not in answer.text, path
            assert "<i>" not in answer.text, path
    listed = ani.get("/peluncuran").text
    assert "Hari rilis &lt;i&gt;" in listed
    assert "Menunggu persetujuan" in listed


def test_a_viewer_sees_everything_and_changes_nothing(
    app: Flask, budi: Visitor, planned: int
) -> None:
    for path in READING + REPORTS:
        assert budi.get(f"/peluncuran/{planned}{path}").status_code == 200, path
    page = budi.get(f"/peluncuran/{planned}").text
    assert f'action="/peluncuran/{planned}/' not in page
    for path in CHANGING:
        assert budi.post(f"/peluncuran/{planned}/{path}").status_code == 403, path
    for path in ("mundur", "hentikan", "bagian/1/lewati"):
        assert budi.get(f"/peluncuran/{planned}/{path}").status_code == 403, path
    assert state(app, planned) == RolloutState.PLANNED


def test_a_form_without_its_token_does_nothing(app: Flask, ani: Visitor, running: int) -> None:
    for path in CHANGING:
        answer = ani.client.post(f"/peluncuran/{running}/{path}", data={"csrf_token": "bukan"})
        assert answer.status_code == 400, path
    assert state(app, running) == RolloutState.RUNNING


def test_strangers_are_sent_to_the_log_in(visitor: Visitor, planned: int) -> None:
    for path in READING + REPORTS:
        assert visitor.get(f"/peluncuran/{planned}{path}").location.startswith("/masuk"), path


def test_what_is_not_there_is_404(ani: Visitor, planned: int) -> None:
    for path in (
        *("99", "99/kemajuan", "99/arus", "99/rencana", "99/laporan.pdf", "1/laporan.docx"),
        *("1/desa/999", "1/desa/999/surat.pdf", "1/desa/1/sebelum.jpg", "1/desa/1/lain.jpg"),
        *("1/bagian/99/lewati", "1/mundur?bagian=x", "99/mundur"),
    ):
        assert ani.get(f"/peluncuran/{path}").status_code == 404, path


def test_the_image_must_be_proven_before_the_plan_is_approved(
    app: Flask, ani: Visitor, planned: int
) -> None:
    page = ani.get(f"/peluncuran/{planned}").text
    assert "Server local: citra 2410.0.0 belum dibuktikan ada." in page
    refused = ani.post(f"/peluncuran/{planned}/setujui", {"sidik": field(page, "sidik")})
    assert refused.status_code == 409
    assert "Citra rilis belum siap" in refused.text
    assert ani.post(f"/peluncuran/{planned}/kirim").status_code == 303
    with app.app_context():
        task = db.session.scalars(select(Task)).one()
        assert (task.kind, task.requested_by) == (TaskKind.DISTRIBUTE, "ani")
        with transaction():
            task.lines = "local: Mengirim sisa arsip <b>"
    part = ani.get(f"/peluncuran/{planned}/kemajuan").text
    assert "Mengirim sisa arsip &lt;b&gt;" in part
    assert "data-finished" not in part  # the sending is followed live
    assert "Kirim &amp; buktikan" not in part
    with app.app_context():
        rows.prove_image()
    ready = ani.get(f"/peluncuran/{planned}").text
    assert "terbukti ada di setiap server" in ready
    assert ani.post(f"/peluncuran/{planned}/setujui", {"sidik": "0" * 64}).status_code == 409
    assert (
        ani.post(f"/peluncuran/{planned}/setujui", {"sidik": field(ready, "sidik")}).status_code
        == 303
    )
    assert state(app, planned) == RolloutState.APPROVED
    assert ani.post(f"/peluncuran/{planned}/luncurkan").status_code == 303
    assert state(app, planned) == RolloutState.RUNNING


def test_a_second_person_approves_when_the_setting_asks(
    app: Flask, ani: Visitor, dewi: Visitor, planned: int
) -> None:
    with app.app_context():
        rows.prove_image()
        with transaction():
            write_setting("rollout.second_approver", True, by="ani")
    own = ani.get(f"/peluncuran/{planned}").text
    assert "orang lain yang menyetujuinya" in own
    assert "/setujui" not in own
    sidik = field(dewi.get(f"/peluncuran/{planned}").text, "sidik")
    assert ani.post(f"/peluncuran/{planned}/setujui", {"sidik": sidik}).status_code == 409
    assert dewi.post(f"/peluncuran/{planned}/setujui", {"sidik": sidik}).status_code == 303
    assert "Disetujui dewi" in ani.get(f"/peluncuran/{planned}").text


def test_an_outdated_plan_says_what_changed_and_is_not_approved(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, planned: int
) -> None:
    assert "masih cocok" in ani.get(f"/peluncuran/{planned}/periksa").text
    with app.app_context():
        rows.prove_image()
        with transaction() as session:
            session.add(
                InstancePolicy(instance_id=day.ids[1], is_pinned=True, reason="x", set_by="ani")
            )
    told = ani.get(f"/peluncuran/{planned}/periksa").text
    assert "Desa 2: disematkan pada versinya." in told
    sidik = field(ani.get(f"/peluncuran/{planned}").text, "sidik")
    refused = ani.post(f"/peluncuran/{planned}/setujui", {"sidik": sidik})
    assert (refused.status_code, "disematkan" in refused.text) == (409, True)
    assert ani.post(f"/peluncuran/{planned}/batalkan").status_code == 303
    assert state(app, planned) == RolloutState.DISCARDED


def test_the_page_shows_what_runs_and_what_blocks_and_lets_a_wave_begin(
    app: Flask, ani: Visitor, running: int
) -> None:
    page = ani.get(f"/peluncuran/{running}").text
    assert "Menunggu pekerja mengambilnya" in page
    assert "nanti menunggu izin Anda" in page and "Mulai gelombang<" not in page
    early = ani.post(f"/peluncuran/{running}/gelombang/2/mulai")
    assert (early.status_code, "Gelombang sebelumnya belum selesai." in early.text) == (409, True)
    with app.app_context():
        rows.play(running, True)
    page = ani.get(f"/peluncuran/{running}/kemajuan").text
    assert "Gelombang 2 menunggu persetujuan Anda untuk mulai." in page
    assert ani.post(f"/peluncuran/{running}/gelombang/2/mulai").status_code == 303
    with app.app_context():
        assert len(active_operations()) == 2
        assert db.session.scalars(select(RolloutWave).filter_by(number=2)).one().is_confirmed
    assert "persetujuan Anda" not in ani.get(f"/peluncuran/{running}/kemajuan").text


def test_failures_show_their_reason_log_and_common_cause(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context():
        rows.put_log(active_operations()[0].id, "PHP Fatal error: <kelas> hilang")
        rows.play(running, False)
    page = ani.get(f"/peluncuran/{running}").text
    assert "Halaman / di dalam: menjawab 500, seharusnya 200." in page
    assert "PHP Fatal error: &lt;kelas&gt; hilang" in page
    assert "1 gagal karena 1 sebab" in page
    assert "Coba lagi yang gagal" in page
    assert ani.get(f"/peluncuran/{running}?hanya=gagal").text.count("<tr id=") == 1
    assert ani.post(f"/peluncuran/{running}/coba-lagi").status_code == 303
    with app.app_context():
        assert len(active_operations()) == 1


def test_a_halted_rollout_shows_the_sentence_and_goes_on_when_told(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    with app.app_context():
        policy = RolloutPolicy(
            canary_count=0, wave_percents=(100,), bake_s=0, limits=Limits(1, 1, 50.0, 1)
        )
        number = rows.add_plan(day, policy)
        rows.launch(number)
        rows.play(number, False)
    page = ani.get(f"/peluncuran/{number}").text
    assert "Tertahan: 1 gagal" in page
    assert "Lanjutkan" in page
    with app.app_context():
        failed = next(i.id for i in rows.items_of(number) if i.state == ItemState.FAILED)
    again = f"/peluncuran/{number}/bagian/{failed}/coba-lagi"
    assert ani.post(again).status_code == 303
    page = ani.get(f"/peluncuran/{number}").text
    assert "yang lain tetap tertahan sampai Lanjutkan ditekan" in page
    assert state(app, number) == RolloutState.HALTED
    with app.app_context():
        assert len(active_operations()) == 1
        rows.play(number, False)
    assert ani.post(f"/peluncuran/{number}/lanjut").status_code == 303
    assert state(app, number) == RolloutState.RUNNING
    assert ani.post(f"/peluncuran/{number}/jeda").status_code == 303
    assert state(app, number) == RolloutState.PAUSED
    assert ani.post(f"/peluncuran/{number}/jeda").status_code == 409


def test_withdrawing_a_release_that_is_rolled_out_names_the_rollout_and_holds_it(
    app: Flask, ani: Visitor, running: int, day: rows.ReleaseDay
) -> None:
    path = f"/rilis/{day.new}/tarik"
    page = ani.get(path).text
    assert "Rilis ini sedang diluncurkan" in page and f'href="/peluncuran/{running}"' in page
    assert "Hari rilis &lt;i&gt;</a> (berjalan), masih menunggu: 3 bagian" in page
    assert "sedang diluncurkan" not in ani.get(f"/rilis/{day.old}/tarik").text
    assert ani.post(path, {"alasan": "Laporan salah"}).status_code == 303
    with app.app_context():
        rows.play(running, True)
    assert "rilis 2410.0.0 ditarik (Laporan salah)" in ani.get(f"/peluncuran/{running}").text
    answer = ani.post(f"/peluncuran/{running}/lanjut")
    assert (answer.status_code, "Tawarkan lagi rilisnya" in answer.text) == (409, True)


def test_one_stuck_on_its_way_back_says_so_and_is_not_left_out(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context():
        operation = active_operations()[0]
        rows.play(running, False)
        rows.leave_stuck(operation.id)
        item_id = next(i.id for i in rows.items_of(running) if i.state == ItemState.FAILED)
    page = ani.get(f"/peluncuran/{running}").text
    assert "Belum kembali, perlu ditangani" in page and "tetap di versi lama<" not in page
    assert f"bagian/{item_id}/lewati" not in page
    path = f"/peluncuran/{running}/bagian/{item_id}/lewati"
    page = ani.get(path).text
    assert "belum selesai kembali" in page and "Tidak ada yang diubah" not in page
    answer = ani.post(path, {"alasan": "nanti saja"})
    assert (answer.status_code, "belum dapat dilewati" in answer.text) == (409, True)
    assert ani.post(f"/peluncuran/{running}/bagian/{item_id}/coba-lagi").status_code == 303
    assert "melanjutkan jalan kembalinya" in ani.get(f"/peluncuran/{running}").text


def test_stopping_and_skipping_ask_for_a_reason_and_keep_what_was_typed(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context():
        waiting = next(i.id for i in rows.items_of(running) if i.state == ItemState.WAITING)
    assert (
        "tidak ikut peluncuran ini"
        in ani.get(f"/peluncuran/{running}/bagian/{waiting}/lewati").text
    )
    wrong = ani.post(f"/peluncuran/{running}/bagian/{waiting}/lewati", {"alasan": "x"})
    assert (wrong.status_code, 'value="x"' in wrong.text) == (422, True)
    done = ani.post(
        f"/peluncuran/{running}/bagian/{waiting}/lewati",
        {"alasan": "Sedang <pilkades>", "kembali": "//jahat.test/"},
    )
    assert done.location == f"/peluncuran/{running}"
    assert "Sedang &lt;pilkades&gt;" in ani.get(f"/peluncuran/{running}").text
    assert ani.post(f"/peluncuran/{running}/bagian/{waiting}/coba-lagi").status_code == 303
    assert "tidak akan pernah mulai" in ani.get(f"/peluncuran/{running}/hentikan").text
    wrong = ani.post(f"/peluncuran/{running}/hentikan", {"alasan": ""})
    assert (wrong.status_code, state(app, running)) == (422, RolloutState.RUNNING)
    assert ani.post(f"/peluncuran/{running}/hentikan", {"alasan": "Bencana"}).status_code == 303
    assert state(app, running) == RolloutState.STOPPED
    assert "Bencana" in ani.get(f"/peluncuran/{running}/riwayat").text


def test_a_unit_of_another_rollout_is_not_touched_through_this_one(
    app: Flask, ani: Visitor, running: int, day: rows.ReleaseDay
) -> None:
    with app.app_context():
        other = rows.add_plan(day)
        foreign = rows.items_of(other)[0].id
    for path in ("lewati", "coba-lagi", "batal-mundur"):
        answer = ani.post(
            f"/peluncuran/{running}/bagian/{foreign}/{path}", {"alasan": "salah jalan"}
        )
        assert answer.status_code == 404, path
    assert (
        "Tidak ada yang dapat dimundurkan"
        in ani.get(f"/peluncuran/{running}/mundur?bagian={foreign}").text
    )
    with app.app_context():
        assert {i.state for i in rows.items_of(other)} == {ItemState.WAITING}


def test_going_back_says_what_is_lost_and_wants_the_number_or_the_name(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context():
        rows.play(running, True)
    path = f"/peluncuran/{running}/mundur"
    page = ani.get(path).text
    assert "Semua yang diisi warga dan petugas" in page
    assert "2408.0.0" in page
    asked = html.unescape(re.findall(r"<strong>(.*?)</strong>", page)[0])
    sent = {"tampak": field(page, "tampak"), "ketik": "bukan itu"}
    wrong = ani.post(path, sent)
    assert (wrong.status_code, "tidak ada yang berubah" in wrong.text) == (422, True)
    stale = ani.post(path, sent | {"ketik": asked, "tampak": "lama"})
    assert (stale.status_code, "Keadaannya berubah" in stale.text) == (409, True)
    assert state(app, running) == RolloutState.RUNNING
    assert ani.post(path, sent | {"ketik": f"  {asked.upper()} "}).status_code == 303
    assert state(app, running) == RolloutState.PAUSED
    with app.app_context():
        (operation,) = active_operations()
        assert str(operation.kind) == "mundur"


def test_a_combined_database_goes_back_by_the_number_of_its_villages(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context():
        move_all(running)
        group = next(i for i in rows.items_of(running) if len(i.members) == 3)
        group_id, wave = group.id, group.wave_number
    page = ani.get(f"/peluncuran/{running}/mundur?bagian={group_id}").text
    assert "Mundurkan 3 desa" in page
    for name in ("Desa 4", "Desa 5", "Desa 6"):
        assert f"<li>{name}</li>" in page
    assert "Mundurkan semuanya" in ani.get(f"/peluncuran/{running}/mundur").text
    assert f"Gelombang {wave}" in ani.get(f"/peluncuran/{running}/mundur?gelombang={wave}").text


def test_who_was_updated_again_is_not_offered_the_way_back(
    app: Flask, ani: Visitor, running: int, day: rows.ReleaseDay
) -> None:
    with app.app_context():
        move_all(running)
        newer = add_offered_release("2412.0.0")
        order_update(rows.items_of(running)[0].instance_id, newer, by="ani")
        end_operation(active_operations()[0].id, well=True)
    page = ani.get(f"/peluncuran/{running}/mundur").text
    assert "Mundurkan 5 desa" in page and "Tidak ikut mundur: 1" in page
    assert "sudah diperbarui lagi ke 2412.0.0 di luar peluncuran" in page
    assert "Tidak dapat mundur dari sini: sudah" in ani.get(f"/peluncuran/{running}").text
    with app.app_context():
        for item in rows.items_of(running)[1:]:
            order_update(item.instance_id, newer, by="ani")
        for each in active_operations():
            end_operation(each.id, well=True)
    page = ani.get(f"/peluncuran/{running}").text
    assert "Mundurkan semuanya" not in page and "Mundurkan gelombang" not in page
    page = ani.get(f"/peluncuran/{running}/mundur").text
    assert "Tidak ada yang dapat dimundurkan" in page and "Gabungan Takalar &lt;b&gt;:" in page
    answer = ani.post(f"/peluncuran/{running}/mundur", {"tampak": field(page, "tampak")})
    assert answer.status_code in (409, 422)
    with app.app_context():
        assert not active_operations()


def test_what_serves_districts_is_not_counted_in_villages(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context():
        rows.play(running, True)
        with transaction():
            db.session.get_one(Rollout, running).product = "opendk"
    page = ani.get(f"/peluncuran/{running}").text
    assert "Kecamatan</th>" in page and "Kecamatan seluruhnya" in page
    path = f"/peluncuran/{running}/mundur"
    page = ani.get(path).text
    assert "1 kecamatan kembali dari" in page and "Mundurkan 1 kecamatan" in page
    assert "Semua yang diisi di aplikasi itu sejak diperbarui." in page and "surat," not in page
    wrong = ani.post(path, {"tampak": field(page, "tampak"), "ketik": "bukan itu"})
    assert "Ketik nama kecamatannya persis" in wrong.text


def test_the_guards_verdict_stands_in_its_wave_with_the_numbers(
    app: Flask, ani: Visitor, running: int
) -> None:
    with app.app_context(), transaction():
        wave = db.session.scalars(select(RolloutWave).filter_by(number=1)).one()
        wave.verdict = {
            "kind": "naik",
            "sentence": "Galat naik: 4 % dari 1.200 permintaan <b>",
            "alarm": "Galat naik: 4 % dari 1.200 permintaan <b>",
            "numbers": {
                "new": {"requests": 1200, "errors": 48, "p95_s": 1.25},
                "old": {"requests": 9000, "errors": 9, "p95_s": None},
            },
        }
    page = ani.get(f"/peluncuran/{running}").text
    assert "Galat naik: 4 % dari 1.200 permintaan &lt;b&gt;" in page
    assert "1,2 detik" in page or "1,3 detik" in page
    assert "9.000" in page


def test_the_stream_ends_when_nothing_moves_any_more_and_not_before(
    app: Flask, ani: Visitor, running: int
) -> None:
    assert "data-finished" not in ani.get(f"/peluncuran/{running}").text
    ani.post(f"/peluncuran/{running}/hentikan", {"alasan": "cukup dulu"})
    assert "data-finished" not in ani.get(f"/peluncuran/{running}").text  # one still runs
    with app.app_context():
        rows.play(running, True)
    assert "data-finished" in ani.get(f"/peluncuran/{running}").text
    stream = ani.get(f"/peluncuran/{running}/arus")
    assert (stream.mimetype, "event: selesai" in stream.text) == ("text/event-stream", True)


def count_queries(app: Flask, visitor: Visitor, path: str) -> tuple[int, float]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    begun = time.perf_counter()
    answer = visitor.get(path)
    took = time.perf_counter() - begun
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, path
    return len(seen), took


def test_850_villages_cost_no_more_queries_than_six(
    app: Flask, ani: Visitor, running: int, tmp_path: Path
) -> None:
    few, _ = count_queries(app, ani, f"/peluncuran/{running}/kemajuan")
    with app.app_context():
        with transaction():
            db.session.get_one(Release, 1).components = "x" * 200_000
        old = rows.ReleaseDay(1, 2)
        many = _big_rollout(app, tmp_path, old)
    paths = [
        f"/peluncuran/{many}{tail}"
        for tail in ("", "/kemajuan", "?gelombang=3&ukuran=100", "?cari=desa+84")
    ]
    for path in paths:
        asked, took = count_queries(app, ani, path)
        assert asked <= few + 4, path
        print(f"{path}: {asked} queries, {took * 1000:.0f} ms")
    first = ani.get(f"/peluncuran/{many}").text
    assert first.count('<tr id="bagian-') == 25
    assert len(first) < 200_000
    assert "data-live" in first


def _big_rollout(app: Flask, tmp_path: Path, day: rows.ReleaseDay) -> int:
    """850 villages in four waves: one wave done with some failures, one at work."""
    with transaction() as session:
        rollout = Rollout(
            title="Besar",
            product="opensid",
            release_id=day.new,
            state=RolloutState.RUNNING,
            policy={},
            plan={"moves": [{"nama": "x" * 300} for _ in range(850)]},
            plan_sha256="f" * 64,
            created_by="ani",
        )
        session.add(rollout)
        session.flush()
        number = rollout.id
        session.add_all(
            RolloutWave(rollout_id=number, number=at, name=f"Gelombang {at}") for at in range(1, 5)
        )
    server = db.session.execute(db.text("select id from servers")).scalar_one()
    with transaction() as session:
        for at in range(10, 860):
            village = rows.make_village(at)
            session.add(village)
            session.flush()
            instance = rows.make_instance(village.code, server, day.old)
            session.add(instance)
            session.flush()
            session.add(
                RolloutItem(
                    rollout_id=number,
                    wave_number=1 + at * 4 // 861,
                    position=at,
                    group_id=instance.database_group_id,
                    instance_id=instance.id,
                    members=[instance.id],
                    from_release_id=day.old,
                    state=(ItemState.FAILED if at % 40 == 0 else ItemState.SUCCEEDED)
                    if at < 220
                    else ItemState.WAITING,
                    reason="Tabel penduduk gagal diubah." if at % 40 == 0 and at < 220 else "",
                )
            )
    return number
