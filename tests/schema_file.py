"""An empty control database with the newest schema: migrated once a run, then copied."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from siappakai import create_app
from siappakai.config import Settings
from siappakai.models import db
from siappakai.schema import upgrade_schema

FILE = "kendali.sqlite3"


def give_schema(settings: Settings) -> None:
    """The panel of these settings has an empty database; call it before the first connection.

    The real migrations take most of a second, which hundreds of tests would pay each.
    """
    assert settings.database_url == f"sqlite:///{settings.home}/{FILE}"
    target = Path(settings.home) / FILE
    assert not target.exists()
    target.write_bytes(_migrated())


@functools.cache
def _migrated() -> bytes:
    from tests.conftest import make_settings

    with tempfile.TemporaryDirectory(prefix="uji-skema-") as folder:
        app = create_app(make_settings(Path(folder)))
        with app.app_context():
            upgrade_schema()
            db.session.remove()
            db.engine.dispose()
        assert not (Path(folder) / f"{FILE}-wal").exists()  # all of it is in the one file
        return (Path(folder) / FILE).read_bytes()
