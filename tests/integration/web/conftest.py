"""The real application on a fresh SQLite file, and people who visit it with real form tokens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from siappakai import create_app
from siappakai.config import load_settings
from siappakai.models import db
from siappakai.schema import upgrade_schema
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import Visitor, environment


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with three people, made once and copied for each test."""
    home = tmp_path_factory.mktemp("panel")
    made = create_app(load_settings(environment(home)))
    with made.app_context():
        upgrade_schema()
        fleet_rows.add_people()
        db.session.remove()
        db.engine.dispose()
    return home / "kendali.sqlite3"


@pytest.fixture
def app(tmp_path: Path, fresh_database: Path) -> Iterator[Flask]:
    shutil.copyfile(fresh_database, tmp_path / "kendali.sqlite3")
    made = create_app(load_settings(environment(tmp_path)))
    made.config["SESSION_COOKIE_SECURE"] = False
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def ani(app: Flask) -> Visitor:
    """An admin, logged in, of a panel that has its regency."""
    with app.app_context():
        fleet_rows.choose_regency()
    person = Visitor(app)
    person.log_in("ani")
    return person


@pytest.fixture
def budi(app: Flask, ani: Visitor) -> Visitor:
    """A viewer, logged in."""
    person = Visitor(app)
    person.log_in("budi")
    return person


@pytest.fixture
def fleet(app: Flask) -> int:
    """Six villages in known states; the id of their batch."""
    with app.app_context():
        return fleet_rows.add_fleet(6)
