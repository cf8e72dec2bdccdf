"""A release that is built once more: what its row says of the image, and since when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from siappakai.errors import InvalidInput
from siappakai.models import Edition, Release, ReleaseState, db, transaction, utc_now
from siappakai.products.contract import ReleaseFacts
from siappakai.provision.image_build import BuiltImage
from siappakai.provision.release_build import ReleaseOrder, _Built, _keep
from siappakai.provision.sources import FetchedSource

VERSION = "2410.0.0"
ORDER = ReleaseOrder("opensid", VERSION, "/sumber", "ani")
LONG_AGO = utc_now() - timedelta(days=30)


def built(content: str) -> _Built:
    return _Built(
        ReleaseFacts(VERSION, VERSION, Edition.GENERAL, ("8.2",)),
        FetchedSource(Path("/sumber"), "/sumber", "c" * 40, "folder"),
        "8.2",
        BuiltImage(f"siappakai/opensid:{content}", f"sha256:{content}", content, False, 1.0),
        1000,
        "{}",
        [],
        None,
        "",
    )


@pytest.fixture
def release_id(app: Flask) -> int:
    """It was built long ago, tested, and has been withdrawn since."""
    found = _keep(ORDER, built("satu"))
    with transaction():
        release = db.session.get_one(Release, found)
        release.built_at, release.state = LONG_AGO, ReleaseState.WITHDRAWN
    return found


def test_other_content_is_another_image_built_just_now_and_to_be_tested_anew(
    release_id: int,
) -> None:
    assert _keep(ORDER, built("dua")) == release_id
    release = db.session.get_one(Release, release_id)
    assert (release.digest, release.state) == ("sha256:dua", ReleaseState.BUILT)
    assert release.built_at is not None and release.built_at > LONG_AGO + timedelta(days=29)


def test_the_same_content_is_no_younger(release_id: int) -> None:
    assert _keep(ORDER, built("satu")) == release_id
    release = db.session.get_one(Release, release_id)
    assert (release.digest, release.built_at) == ("sha256:satu", LONG_AGO)


def test_a_release_that_is_offered_takes_no_other_content(release_id: int) -> None:
    with transaction():
        db.session.get_one(Release, release_id).state = ReleaseState.OFFERED
    with pytest.raises(InvalidInput, match="isi lain"):
        _keep(ORDER, built("dua"))
    db.session.rollback()
    assert db.session.get_one(Release, release_id).digest == "sha256:satu"
