"""`siappakai peluncuran`: looks are listed too, a wave waits its turn, one of many is not alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from siappakai.branding.edits import set_values
from siappakai.branding.scope import Scope
from siappakai.branding.versions import freeze_now
from siappakai.cli import main
from siappakai.models import (
    Edition,
    Instance,
    ItemState,
    Release,
    ReleaseState,
    Rollout,
    db,
    transaction,
)
from siappakai.rollout.brand_freeze import BRAND_POLICIES, freeze_brand
from siappakai.rollout.policy import Limits, RolloutPolicy
from tests.integration.rows.rollout_rows import active_operations, begin, end_operation, make_ground

POLICY = RolloutPolicy(
    canary_count=1,
    wave_percents=(100,),
    confirm_waves=(2,),
    bake_s=0,
    limits=Limits(parallel=2, failures=2, consecutive=2),
)


@pytest.fixture
def ids(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Three villages in an approved rollout of two waves."""
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    return make_ground(tmp_path / "srv", 3, [1, 2], POLICY)[1]


def run(*words: str) -> str:
    answer = CliRunner().invoke(main, ["peluncuran", *words])
    db.session.rollback()
    return answer.output


def test_the_list_names_releases_and_looks(ids: list[int]) -> None:
    set_values(Scope("7305"), {"app_name": "Layanan"}, by="ani")
    version_id = freeze_now("Baru", by="ani").id
    freeze_brand(version_id, ids, BRAND_POLICIES["sekaligus"], title="Logo baru", by="ani")
    shown = run("daftar")
    assert "Wajah versi 1" in shown and "Logo baru" in shown
    assert "OpenSID 2410.0.0" in shown


def test_of_two_editions_the_plan_s_must_be_named(ids: list[int]) -> None:
    kinds = (Edition.GENERAL, Edition.PREMIUM)
    with transaction():
        for kind in kinds:
            facts = {"edition": kind, "state": ReleaseState.OFFERED, "digest": f"sha256:{kind}"}
            db.session.add(Release(product="opensid", version="2412.0.0", **facts))
    asked = run("rencana", "opensid", "v2412.0.0", "--coba")
    assert "beberapa edisi" in asked
    assert all(f"--edisi {kind}" in asked for kind in kinds)
    shown = run("rencana", "opensid", "2412", "--edisi", "premium", "--coba")
    assert "rencana ini untuk edisi premium" in shown
    assert "2412.0.0 edisi contoh belum ada" in run(
        "rencana", "opensid", "2412.0.0", "--edisi", "contoh", "--coba"
    )


def test_a_wave_is_let_begin_only_in_its_turn(ids: list[int]) -> None:
    begin(1)
    assert "Gelombang sebelumnya belum selesai." in run("mulai-gelombang", "1", "2")
    assert not db.session.get_one(Rollout, 1).waves[1].is_confirmed
    end_operation(active_operations()[0].id, well=True)
    db.session.rollback()
    assert "belum selesai" in run("mulai-gelombang", "1", "2")  # the driver has not seen it yet
    run("jeda", "1")
    assert "belum selesai" not in run("mulai-gelombang", "1", "2")
    assert db.session.get_one(Rollout, 1).waves[1].is_confirmed


def test_one_that_moves_with_others_is_named_with_its_leader(ids: list[int]) -> None:
    with transaction():
        item = db.session.get_one(Rollout, 1).items[0]
        item.members, item.state = [ids[0], ids[1]], ItemState.SUCCEEDED
        codes = [db.session.get_one(Instance, each).scope_code for each in ids]
        name = db.session.get_one(Instance, ids[1]).home.name
        db.session.delete(db.session.get_one(Rollout, 1).items[1])
    said = run("mundur", "1", "--yes", "--desa", codes[1])
    assert f"{name} berpindah bersama 1 desa lain dalam satu basis data." in said
    assert f"Untuk semuanya sekaligus: --desa {codes[0]}" in said
    assert "tidak ada di peluncuran" in run("mundur", "1", "--yes", "--desa", "7305052099")
