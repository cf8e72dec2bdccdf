"""`siappakai gladi`: begun, seen, paused, gone on with, stopped, tried again, all by its number."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from siappakai.cli import main
from siappakai.cli.rehearsals import rehearsals
from siappakai.models import (
    Edition,
    Rehearsal,
    Release,
    ReleaseState,
    Verdict,
    db,
    transaction,
    write_setting,
)
from siappakai.rollout.machine_share import MachineShare, read_share, set_share
from tests.cast import add_server
from tests.integration.rows.rollout_rows import (
    NEW,
    OLD,
    active_operations,
    add_running_villages,
    add_sample_release,
)
from tests.integration.rows.test_rehearse import ROOMY, end
from tests.integration.web.visitor import environment


@pytest.fixture(autouse=True)
def two_villages(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["siappakai_settings"]
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIAPPAKAI_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SIAPPAKAI_VAULT_KEY", settings.vault_key.reveal())
    old = add_sample_release(OLD)
    add_sample_release(NEW)
    set_share(ROOMY, by="uji")
    add_running_villages(2, old, add_server(tmp_path / "srv"))


def run(*words: str) -> Result:
    assert main.commands["gladi"] is rehearsals
    result = CliRunner().invoke(rehearsals, words, catch_exceptions=False)
    db.session.rollback()
    return result


def test_of_two_editions_the_one_to_rehearse_must_be_named() -> None:
    with transaction():
        facts = {"edition": Edition.PREMIUM, "state": ReleaseState.OFFERED, "digest": "sha256:p"}
        db.session.add(Release(product="opensid", version=NEW, **facts))
    asked = run("mulai", f"v{NEW}")
    assert asked.exit_code == 1 and "--edisi premium, --edisi contoh" in asked.output
    assert db.session.scalars(select(Rehearsal.id)).all() == []
    assert "nomor 1 dimulai" in run("mulai", "2410.0", "--edisi", "contoh").output
    rehearsed = db.session.get_one(Rehearsal, 1).release_id
    assert db.session.get_one(Release, rehearsed).edition == Edition.SAMPLE


def test_a_rehearsal_is_begun_seen_paused_and_gone_on_with() -> None:
    assert "nomor 1 dimulai" in run("mulai", f"v{NEW}").output
    end(active_operations()[0].id, Verdict.RED)
    assert "Dijeda" in run("jeda", "1").output
    assert "dijeda" in run("daftar").output
    seen = run("lihat", "1").output
    assert "1 dari 2 selesai" in seen and "1 gagal karena 1 sebab" in seen
    assert "Cara memperbaiki:" in seen and "Data asli tidak disentuh pada 1 desa" in seen
    assert "Dilanjutkan" in run("lanjut", "1").output
    end(active_operations()[0].id)
    assert "selesai" in run("daftar").output
    assert "1 desa diulangi" in run("ulangi", "1", "73.05.05.2001").output
    assert "Dihentikan" in run("hentikan", "1").output
    with transaction():
        write_setting("local_words", {"village": "nagari"}, by="ani")
    seen = run("lihat", "1").output
    assert "(1 nagari)" in seen and "pada 2 nagari" in seen and "desa" not in seen


def test_one_village_by_its_code_and_an_unknown_release_is_told() -> None:
    assert run("mulai", NEW, "73.05.05.2002", "--bersamaan", "2").exit_code == 0
    assert "0 dari 1 selesai" in run("lihat", "1").output
    refused = run("mulai", "v9999.0.0")
    assert refused.exit_code == 1 and "belum ada" in refused.output
    assert run("lihat", "99").exit_code == 1
    assert "Belum ada" not in run("daftar").output


def test_the_share_of_the_machine_is_kept_one_limit_at_a_time() -> None:
    assert "beban per inti di atas 0.7" in run("batas", "--beban", "0.7").output
    assert read_share() == MachineShare(0.7, 0, 0, ROOMY.migrate_limit_s)
    assert run("batas", "--beban", "-1").exit_code == 1
