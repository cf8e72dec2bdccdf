"""One fleet for all tests of this folder, with our sample releases in its catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.fleet import Fleet, running_fleet


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    with running_fleet("ujisistem", by_play=True) as made:
        yield made


@pytest.fixture(scope="session")
def release(fleet: Fleet) -> int:
    """OpenSID 2410: the real one when SIAPPAKAI_SUMBER_OPENSID names it, else our sample."""
    return fleet.add_release("v2410.0.0", os.environ.get("SIAPPAKAI_SUMBER_OPENSID"))


@pytest.fixture(scope="session")
def real_release(request: pytest.FixtureRequest) -> int:
    if not os.environ.get("SIAPPAKAI_SUMBER_OPENSID"):
        pytest.skip("SIAPPAKAI_SUMBER_OPENSID is not set: the real OpenSID was not tried")
    return int(request.getfixturevalue("release"))
