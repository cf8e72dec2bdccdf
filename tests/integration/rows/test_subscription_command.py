"""Rules of `siappakai langganan`: a file is checked, kept only when asked, and never shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from siappakai.cli import main
from siappakai.cli.subscriptions import subscriptions
from siappakai.models import StoredSecret, Subscription, db, utc_now
from siappakai.subscriptions import local_date
from tests.cast import BONTOKANANG, TAMASAJU, add_villages
from tests.integration.web.visitor import environment
from tests.unit.subscriptions.tokens import make_token


@pytest.fixture
def app_environment(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_villages()
    db.session.remove()
    settings = app.extensions["siappakai_settings"]
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIAPPAKAI_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SIAPPAKAI_VAULT_KEY", settings.vault_key.reveal())


def run(*words: str) -> Result:
    """The group itself: `main` would turn the log of all later tests to this runner's output."""
    assert main.commands["langganan"] is subscriptions
    return CliRunner().invoke(subscriptions, words, catch_exceptions=False)


def token_of(code: str, days: int) -> str:
    ends = local_date(code, utc_now()) + timedelta(days=days)
    return make_token(code, ends.isoformat(), masa={"mulai": "2020-01-01"})


def kept() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Subscription.village_code)))


def test_a_file_is_checked_then_kept_and_listed(app_environment: None, tmp_path: Path) -> None:
    tokens = [token_of(TAMASAJU, 200), token_of(BONTOKANANG, -5)]
    sheet = tmp_path / "token.csv"
    sheet.write_text("\n".join([*tokens, "salah", tokens[0][:90]]), encoding="utf-8")
    checked = run("masukkan", str(sheet))
    assert checked.exit_code == 0 and "Baru diperiksa" in checked.output
    assert kept() == [] and not list(db.session.scalars(select(StoredSecret)))
    done = run("masukkan", str(sheet), "--simpan")
    assert "2 disimpan" in done.output and "2 salah" in done.output
    assert kept() == [TAMASAJU, BONTOKANANG]
    shown = run("daftar").output
    assert "73.05.05.2001 Desa 2001: berlaku" in shown and "berakhir" in shown
    ended = run("daftar", "--keadaan", "berakhir").output
    assert BONTOKANANG[-4:] in ended and "Desa 2001" not in ended
    told = checked.output + done.output + shown + ended
    assert all(piece not in told for token in tokens for piece in token.split("."))


def test_a_shorter_token_needs_its_own_word_and_the_former_comes_back(
    app_environment: None, tmp_path: Path
) -> None:
    sheet = tmp_path / "token.csv"
    for days, words in ((300, ["1 disimpan"]), (100, ["1 lebih pendek dibiarkan", "0 disimpan"])):
        sheet.write_text(token_of(TAMASAJU, days), encoding="utf-8")
        output = run("masukkan", str(sheet), "--simpan").output
        assert all(word in output for word in words)
    assert "1 disimpan" in run("masukkan", str(sheet), "--simpan", "--boleh-lebih-pendek").output
    assert "Token sebelumnya dipakai lagi" in run("kembalikan", "73.05.05.2001").output
    assert run("kembalikan", BONTOKANANG).exit_code == 1
    assert run("kembalikan", "73.05").exit_code == 1
