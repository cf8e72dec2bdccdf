"""A release's page says for whom it is and where its libraries came from."""

from __future__ import annotations

from flask import Flask

from siappakai.models import append_event, transaction
from tests.integration.web import fleet_rows
from tests.integration.web.visitor import Visitor


def test_a_release_tells_who_made_its_libraries(app: Flask, ani: Visitor) -> None:
    with app.app_context(), transaction() as session:
        session.add_all(
            [
                fleet_rows.add_release(),
                fleet_rows.add_release("2603.0.0", product="pbb"),
                fleet_rows.add_release("2604.0.0", product="pbb"),
            ]
        )
        append_event("release_built", "opensid:2410.0.0", by="ani", digest="x")
        append_event(
            "release_built",
            "pbb:2603.0.0",
            by="ani",
            composer_packages=1112,
            composer_lock_was_made=True,
        )
    assert "sudah ada di dalam sumbernya" in ani.get("/rilis/1").text
    made = ani.get("/rilis/2").text
    assert "1.112 paket" in made and "dibuat di sini" in made
    assert "composer" not in ani.get("/rilis/3").text


def test_the_list_of_releases_is_paged_and_says_for_whom_each_is(app: Flask, ani: Visitor) -> None:
    with app.app_context(), transaction() as session:
        session.add_all(fleet_rows.add_release(f"24{at:02d}.0.0") for at in range(30))
    page = ani.get("/rilis").text
    assert "1–25 dari" in page and "tiap desa" in page and "2429.0.0" in page
    last = ani.get("/rilis?hal=9").text
    assert "26–30 dari" in last and "2400.0.0" in last and "2429.0.0" not in last
