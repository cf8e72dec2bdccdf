"""`siappakai jalan-keluar`: a right change is kept and told, a wrong one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from siappakai.cli import main
from siappakai.cli.egress import way_out
from siappakai.models import Event, db, read_setting
from siappakai.provision.egress_hosts import OutsideHost
from siappakai.provision.way_out import egress_settings, hosts_of_product
from tests.integration.web.visitor import environment


@pytest.fixture(autouse=True)
def app_environment(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["siappakai_settings"]
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIAPPAKAI_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SIAPPAKAI_VAULT_KEY", settings.vault_key.reveal())


def run(*words: str) -> Result:
    assert main.commands["jalan-keluar"] is way_out
    result = CliRunner().invoke(way_out, words, catch_exceptions=False)
    db.session.rollback()
    return result


def test_closing_and_opening_are_kept_and_told(app: Flask) -> None:
    assert run("tutup").exit_code == 0
    assert egress_settings().closed is True
    assert run("buka").exit_code == 0
    assert egress_settings().closed is False
    told = db.session.scalars(select(Event).filter_by(word="egress_changed")).all()
    assert [event.fields["closed"] for event in told] == [True, False]


def test_an_added_address_belongs_to_one_product_only(app: Flask) -> None:
    assert run("izinkan", "pbb", "smtp.kab.go.id:587").exit_code == 0
    settings = egress_settings()
    added = OutsideHost.parse("smtp.kab.go.id:587")
    assert added in hosts_of_product("pbb", settings)
    assert added not in hosts_of_product("mobile_api", settings)


@pytest.mark.parametrize("address", ["10.0.0.5:587", "localhost:25", "smtp.kab.go.id", "a b:1"])
def test_a_wrong_address_changes_nothing(app: Flask, address: str) -> None:
    assert run("blokir", "luar.contoh.id").exit_code == 0
    before = read_setting("egress", {})
    refused = run("izinkan", "pbb", address)
    assert refused.exit_code == 1
    assert "Gagal" in refused.output
    assert read_setting("egress", {}) == before
