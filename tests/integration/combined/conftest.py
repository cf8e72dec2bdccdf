"""One throw-away MariaDB for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from siappakai.provision.databases import Databases
from tests.integration.combined.mariadb import running_mariadb


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with running_mariadb("ujigabung") as made:
        yield made
