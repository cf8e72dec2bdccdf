"""What every test may ask for: settings, an application with an empty control database."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask

from siappakai import create_app
from siappakai.config import Settings, load_settings
from siappakai.models import db
from tests.schema_file import give_schema

# The machine is shared: how long an example takes says nothing here.
hypothesis.settings.register_profile("siappakai", deadline=None)
hypothesis.settings.load_profile("siappakai")


def make_settings(home: Path, **more: str) -> Settings:
    """Settings of a test panel below `home`; Redis is named but not needed until it is used."""
    environ = {
        "SIAPPAKAI_SESSION_KEY": "kunci-sesi-uji",
        "SIAPPAKAI_VAULT_KEY": base64.urlsafe_b64encode(b"u" * 32).decode(),
        "SIAPPAKAI_REDIS_URL": f"unix://{home}/redis.sock",
        "SIAPPAKAI_HOME": str(home),
        "SIAPPAKAI_DATA_ROOT": str(home / "srv"),
        "SIAPPAKAI_FLEET": "uji",
        **{"SIAPPAKAI_" + name: value for name, value in more.items()},
    }
    return load_settings(environ)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application inside its context, its schema made by the real migrations."""
    give_schema(settings)
    made = create_app(settings)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
