"""Making a rollout: release, rules with their messages, the plan before it is frozen, freezing."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from siappakai.models import InstancePolicy, Release, ReleaseState, Rollout, db, transaction
from siappakai.rollout.policy import PRESETS
from siappakai.rollout.policy import from_json as policy_from_json
from siappakai.web.rollout_form import PolicyForm, read_form
from tests.integration.web import release_day_rows as rows
from tests.integration.web.visitor import Visitor


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> rows.ReleaseDay:
    with app.app_context():
        return rows.add_release_day(tmp_path / "srv")


def fields(form: PolicyForm, **changed: str) -> dict[str, str]:
    return {**dict(form.pairs()), **changed}


def usual() -> PolicyForm:
    from werkzeug.datastructures import MultiDict

    return read_form(MultiDict())


def hidden(page: str) -> dict[str, str]:
    """The fields of the form that freezes."""
    part = page[page.index('aria-label="Bekukan rencana"') :]
    part = part[: part.index("</form>")]
    found = re.findall(r'name="([^"]+)" value="([^"]*)"', part)
    return {name: html.unescape(value) for name, value in found}


def count_rollouts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Rollout.id))) or 0


def test_only_offered_releases_can_be_chosen_and_the_others_say_why_not(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    with app.app_context(), transaction() as session:
        for version, state, why in (
            ("2411.0.0", ReleaseState.TESTED, ""),
            ("2409.0.0", ReleaseState.BUILT, "Kolom <hilang>"),
            ("2412.0.0", ReleaseState.WITHDRAWN, "Laporan salah"),
        ):
            session.add(
                Release(
                    product="opensid",
                    version=version,
                    edition="umum",
                    state=state,
                    state_reason=why,
                )
            )
    page = ani.get("/peluncuran/baru?aplikasi=opensid").text
    assert f'href="/peluncuran/baru/{day.new}"' in page
    for words in (
        "teruji, tetapi belum ditawarkan",
        "pemasangan percobaannya belum berhasil (Kolom &lt;hilang&gt;)",
        "ditarik (Laporan salah)",
    ):
        assert words in page
    assert "Belum ada rilis PBB yang ditawarkan" in ani.get("/peluncuran/baru?aplikasi=pbb").text
    refused = ani.get("/peluncuran/baru/3")
    assert refused.status_code == 409
    assert "belum ditawarkan" in refused.text


def test_the_plan_says_who_moves_when_and_who_stays_and_why(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    with app.app_context(), transaction() as session:
        session.add(
            InstancePolicy(instance_id=day.ids[1], is_pinned=True, reason="pelatihan", set_by="ani")
        )
    page = ani.get(f"/peluncuran/baru/{day.new}").text
    assert "Gabungan Takalar &lt;b&gt;" in page
    assert "3 desa berpindah bersama" in page
    assert "dan pengunjung semuanya menunggu sekitar" in page  # the group's hold, in a sentence
    assert "Disematkan pada versinya" in page
    assert "Disematkan pada versi 2408.0.0 (pelatihan)." in page
    assert "belum melalui gladi bersih" in page
    assert rows.HOSTILE not in page
    found = ani.get(f"/peluncuran/baru/{day.new}?cari=desa+3").text
    assert "Berpindah: 1 bagian cocok dari 3" in found
    assert "Tidak ada yang cocok" in ani.get(f"/peluncuran/baru/{day.new}?cari=zzz").text
    assert count_rollouts(app) == 0


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_written_out_as_a_form_reads_back_as_itself(app: Flask, preset: str) -> None:
    from werkzeug.datastructures import MultiDict

    made = read_form(MultiDict({"aturan": preset}))
    again = read_form(made.address())
    assert (again.errors, again.policy) == ({}, PRESETS[preset])
    assert again.is_preset


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("kenari", "dua", "Tulis bilangan bulat"),
        ("kenari", "5000", "Jumlah kenari harus bilangan 0 sampai 1000"),
        ("persen", "30, 10, 100", "harus makin besar dan berakhir pada 100"),
        ("persen", "a; b", "dipisah koma"),
        ("bersamaan", "0", "Yang berjalan bersamaan harus 1 sampai 64"),
        ("batas", "", "Tulis bilangan bulat"),
        ("batas_persen", "0", "lebih dari 0"),
        ("amatan", "999999", "Masa amatan harus 0 detik sampai 7 hari"),
        ("tunggu", "0", "nomor mulai dari 1"),
        ("batas_pindah", "1", "10 detik sampai 1 hari"),
        ("urutan", "acak", "Urutan harus"),
        ("mulai1", "25:99", "Hari pada jendela waktu harus dipilih"),
    ],
)
def test_what_is_wrong_is_told_next_to_its_field_and_the_rest_stays_as_typed(
    app: Flask, ani: Visitor, day: rows.ReleaseDay, field: str, typed: str, told: str
) -> None:
    sent = fields(usual(), amatan="7,5", hari2="2,4", mulai2="20.00", sampai2="22:00")
    sent[field] = typed
    page = ani.get(f"/peluncuran/baru/{day.new}?{urlencode(sent)}").text
    assert told in page
    assert "1 isian belum benar" in page
    assert 'value="20.00"' in page
    assert field == "amatan" or 'value="7,5"' in page
    assert "Bekukan rencana" not in page
    sent["csrf_token"] = ""
    refused = ani.post(
        f"/peluncuran/baru/{day.new}", {k: v for k, v in sent.items() if k != "csrf_token"}
    )
    assert refused.status_code == 422
    assert told in refused.text
    assert count_rollouts(app) == 0


def test_hours_and_days_become_windows_of_the_rules(app: Flask) -> None:
    sent = fields(usual(), hari1="0,3", mulai1="19.00", sampai1="23:00", tunggu="2 3", amatan="2,5")
    from werkzeug.datastructures import MultiDict

    form = read_form(MultiDict(sent))
    assert form.errors == {}
    assert form.policy is not None
    (window,) = form.policy.windows
    assert (window.weekdays, window.start, window.end) == ((0, 3), "19:00", "23:00")
    assert (form.policy.confirm_waves, form.policy.bake_s) == ((2, 3), 150)


def test_what_was_shown_is_what_is_frozen(app: Flask, ani: Visitor, day: rows.ReleaseDay) -> None:
    asked = fields(usual(), kenari="1", persen="50, 100", tunggu="2")
    page = ani.get(f"/peluncuran/baru/{day.new}?{urlencode(asked)}").text
    sent = hidden(page) | {"judul": "Rilis <November>"}
    answer = ani.post(f"/peluncuran/baru/{day.new}", sent)
    assert (answer.status_code, answer.location) == (303, "/peluncuran/1")
    with app.app_context():
        rollout = db.session.get_one(Rollout, 1)
        policy = policy_from_json(rollout.policy)
        assert (rollout.title, rollout.created_by) == ("Rilis <November>", "ani")
        assert (policy.canary_count, policy.wave_percents, policy.confirm_waves) == (
            1,
            (50, 100),
            (2,),
        )
    shown = ani.get("/peluncuran/1").text
    assert "Rilis &lt;November&gt;" in shown
    assert "Rencana dibekukan" in shown


def test_a_fleet_that_changed_since_the_plan_was_shown_is_shown_again_first(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    sent = hidden(ani.get(f"/peluncuran/baru/{day.new}").text) | {"judul": "Judul saya"}
    with app.app_context(), transaction() as session:
        session.add(
            InstancePolicy(instance_id=day.ids[1], is_pinned=True, reason="x", set_by="ani")
        )
    answer = ani.post(f"/peluncuran/baru/{day.new}", sent)
    assert answer.status_code == 409
    assert "Keadaan desa berubah sejak rencana ini ditampilkan." in answer.text
    assert 'value="Judul saya"' in answer.text
    assert count_rollouts(app) == 0
    again = hidden(answer.text) | {"judul": ""}
    refused = ani.post(f"/peluncuran/baru/{day.new}", again)
    assert refused.status_code == 422
    assert "Judul peluncuran harus diisi" in refused.text


def test_the_simulation_is_a_part_of_the_page_and_changes_nothing(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    asked = urlencode(dict(usual().pairs()))
    part = ani.get(f"/peluncuran/baru/{day.new}/simulasi?{asked}", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text
    for words in ("Simulasi 300 kali", "Peluang berhenti sendiri", "Tersentuh bila berhenti"):
        assert words in part.text
    whole = ani.get(f"/peluncuran/baru/{day.new}?{asked}&simulasi=1").text
    assert "Simulasi 300 kali" in whole
    wrong = ani.get(f"/peluncuran/baru/{day.new}/simulasi?isi=1", headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    assert count_rollouts(app) == 0


def test_links_of_a_long_plan_keep_the_rules(app: Flask, ani: Visitor, tmp_path: Path) -> None:
    with app.app_context():
        day = rows.add_release_day(tmp_path / "srv", 40, 0)
    sent = fields(usual(), hari1="0,1,2", mulai1="19:00", sampai1="23:00", kenari="3")
    page = ani.get(f"/peluncuran/baru/{day.new}?{urlencode(sent)}").text
    (link,) = set(re.findall(r'href="(\?[^"]*hal=2[^"]*)"[^>]*>2<', page))
    carried: dict[str, Any] = dict(parse_qsl(html.unescape(link)[1:]))
    assert (carried["hari1"], carried["kenari"], carried["hal"]) == ("0,1,2", "3", "2")
    second = ani.get(f"/peluncuran/baru/{day.new}{html.unescape(link)}").text
    assert "26–40 dari" in second
    assert 'name="kenari" value="3"' in second


def test_a_viewer_sees_the_plan_and_can_not_freeze_it(
    app: Flask, budi: Visitor, day: rows.ReleaseDay
) -> None:
    page = budi.get(f"/peluncuran/baru/{day.new}")
    assert page.status_code == 200
    assert "Bekukan rencana" not in page.text
    assert budi.post(f"/peluncuran/baru/{day.new}", dict(usual().pairs())).status_code == 403
    assert "Rencana baru</a>" not in budi.get("/peluncuran").text
    assert count_rollouts(app) == 0


def test_freezing_without_the_form_token_is_refused(
    app: Flask, ani: Visitor, day: rows.ReleaseDay
) -> None:
    sent = dict(usual().pairs()) | {"csrf_token": "bukan"}
    assert ani.client.post(f"/peluncuran/baru/{day.new}", data=sent).status_code == 400
    assert count_rollouts(app) == 0
