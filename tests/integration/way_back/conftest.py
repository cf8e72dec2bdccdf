"""One throw-away MariaDB for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from siappakai.provision.databases import Databases
from tests.integration.combined.mariadb import running_mariadb
from tests.integration.way_back.moving import Moving, moving_village


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with running_mariadb("ujibalik") as made:
        yield made


@pytest.fixture
def village(app: Flask, databases: Databases) -> Iterator[Moving]:
    with moving_village(databases) as made:
        yield made
