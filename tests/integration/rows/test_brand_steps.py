"""Steps of a look where a village got in the way: rows that went, packages that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from siappakai.branding.edits import set_values
from siappakai.branding.versions import freeze_now
from siappakai.errors import StepErrored, StepFailed, Unavailable
from siappakai.models import Task, Theme, ThemeState, ThemeVersion, db, transaction
from siappakai.products.brand import THEMES_IN_CONTAINER
from siappakai.provision import brand_steps
from siappakai.provision.brand_dress import to_states
from siappakai.provision.brand_packages import check_packages, check_theme
from siappakai.provision.brand_remember import look_at, remember
from siappakai.provision.brand_steps import lay_files, undress, write_values
from siappakai.provision.step_context import StepContext
from tests.cast import TAMASAJU, add_release, add_server, add_villages
from tests.integration.rows.brand_rows import ALL, add_serving
from tests.integration.rows.worn_villages import LOGIN, TITLE, WornVillage

READY, GONE, REFUSED = "1" * 64, "2" * 64, "3" * 64


@pytest.fixture
def village(app: Flask, tmp_path: Path) -> WornVillage:
    add_server(tmp_path / "srv")
    add_release()
    add_villages()
    return WornVillage(add_serving(TAMASAJU)[0])


@pytest.fixture
def begun(village: WornVillage) -> StepContext:
    """An operation that knows what it will write."""
    set_values(ALL, {"site_title": "Portal", "login_title": "Masuk"}, by="ani")
    context = village.order(freeze_now("Pertama", by="ani").id)
    context.results["remember"] = dict(remember(context))
    context.results["check_brand"] = {"serving": "a" * 64}
    return context


def test_a_row_that_went_meanwhile_ends_the_way_forward_in_one_sentence(
    begun: StepContext, village: WornVillage
) -> None:
    del village.texts[TITLE]
    with pytest.raises(StepFailed, match="Baris Judul website baru saja hilang") as caught:
        write_values(begun)
    assert "Coba lagi" in caught.value.hint
    assert village.texts[LOGIN] == "OpenSID"


def test_the_way_back_goes_on_without_a_row_that_went(
    begun: StepContext, village: WornVillage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_files(begun)
    write_values(begun)
    assert village.texts[LOGIN] == "Masuk"
    del village.texts[TITLE]
    for name in ("_serve", "_forget_in"):
        monkeypatch.setattr(brand_steps, name, lambda *_: "wadah")
    for name in ("wait_until_healthy", "prove_pages_inside"):
        monkeypatch.setattr(brand_steps.verify, name, lambda *_: None)
    undress(begun)
    assert village.texts[LOGIN] == "OpenSID" and TITLE not in village.texts


def test_a_folder_that_appears_in_the_place_of_a_file_of_ours_holds_nothing_up(
    begun: StepContext, village: WornVillage, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = village.home / "config/merek.json"
    document.mkdir()
    (document / "milik-desa").write_text("utuh")
    begun.results["remember"] = dict(remember(begun))
    lay_files(begun)
    assert document.is_file()
    document.unlink()
    document.mkdir()
    for name in ("_serve", "_forget_in"):
        monkeypatch.setattr(brand_steps, name, lambda *_: "wadah")
    for name in ("wait_until_healthy", "prove_pages_inside"):
        monkeypatch.setattr(brand_steps.verify, name, lambda *_: None)
    undress(begun)
    kept = list(village.home.glob("config/*.dipindah-*/milik-desa"))
    assert [each.read_text() for each in kept] == ["utuh"]


def test_after_that_the_row_is_simply_left_out(begun: StepContext, village: WornVillage) -> None:
    del village.texts[TITLE]
    plan = remember(begun)
    assert TITLE not in to_states(plan["wanted"]) and TITLE not in look_at(begun).present


def add_versions() -> None:
    with transaction():
        theme = Theme(slug="takalar")
        db.session.add(theme)
        db.session.flush()
        for number, (sha256, state) in enumerate(
            [(READY, ThemeState.READY), (GONE, ThemeState.WITHDRAWN), (REFUSED, ThemeState.REFUSED)]
        ):
            row = ThemeVersion(theme_id=theme.id, version=f"1.{number}", state=state, sha256=sha256)
            db.session.add(row)


def link(target: str) -> str:
    return f"→{THEMES_IN_CONTAINER}/{target}"


@pytest.mark.parametrize("sha256", [READY, GONE])
def test_a_package_that_the_panel_has_is_on_its_way(village: WornVillage, sha256: str) -> None:
    add_versions()
    with pytest.raises(Unavailable, match="sedang dikirim"):
        check_packages(village.order(None), [link(sha256)])
    assert db.session.query(Task).count() == 1


@pytest.mark.parametrize("sha256", [REFUSED, "4" * 64])
def test_a_package_that_nobody_has_is_not_waited_for(village: WornVillage, sha256: str) -> None:
    add_versions()
    with pytest.raises(StepErrored, match="tidak ada lagi di panel"):
        check_packages(village.order(None), [link(sha256)])
    assert db.session.query(Task).count() == 0


def test_links_of_the_village_s_own_are_not_ours_to_check(village: WornVillage) -> None:
    add_versions()
    own = ["→../../lain", "→/etc", link("../mariadb"), link(f"{READY}/dalam"), "", READY]
    check_packages(village.order(None), own)
    assert db.session.query(Task).count() == 0


def test_a_theme_that_is_still_coming_is_waited_for_before_anything_begins(
    village: WornVillage,
) -> None:
    add_versions()
    set_values(ALL, {"theme": "takalar@1.0"}, by="ani")
    version = freeze_now("Tema", by="ani").id
    context = village.order(version)
    with pytest.raises(Unavailable):
        check_theme(context, version)
    package = context.job.server.paths.root / "tema" / READY
    package.mkdir(parents=True)
    (package / "template.php").touch()
    check_theme(context, version)
    check_theme(context, None)
