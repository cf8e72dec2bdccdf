"""Releases become known from real git repositories, once each, and nothing is built."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from siappakai.cli import main
from siappakai.errors import InvalidInput, Refused, Unavailable
from siappakai.models import Edition, Event, Release, ReleaseState, db, transaction
from siappakai.provision.composer_build import ComposerOptions
from siappakai.provision.discovery import add_named, discover
from siappakai.provision.release_settings import ReleaseSource, set_source, source_of
from siappakai.provision.release_tags import NamedRelease
from tests.cast import add_release

TAGS = ("v2407.0.0", "v2408.0.0", "v2408.0.1-rev01", "v2410.0.0-premium", "percobaan")
REAL = os.environ.get("SIAPPAKAI_SUMBER_OPENSID", "")


def git(folder: Path, *words: str) -> None:
    author = ["-c", "user.name=uji", "-c", "user.email=uji@contoh.invalid"]
    command = ["git", "-C", str(folder), *author, *words]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git directory with one commit a tag; the notes name the tag they came with."""
    folder = tmp_path / "sumber"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for tag in TAGS:
        (folder / "catatan_rilis.md").write_text(f"Catatan\n\n- untuk {tag}\n")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", tag)
        git(folder, "tag", "--annotate", "--message", tag, tag)
    return folder


def rows() -> list[Release]:
    db.session.rollback()
    return list(db.session.scalars(select(Release).order_by(Release.id)))


def test_each_tag_that_names_a_release_is_known_with_its_notes(
    app: Flask, repository: Path
) -> None:
    told: list[str] = []
    found = discover("opensid", str(repository), by="ani", on_line=told.append)
    assert [(each.version, each.edition, each.is_new) for each in found.found] == [
        ("2410.0.0", Edition.PREMIUM, True),
        ("2408.0.1-rev01", Edition.GENERAL, True),
        ("2408.0.0", Edition.GENERAL, True),
        ("2407.0.0", Edition.GENERAL, True),
    ]
    assert found.strange == ("percobaan",) and "percobaan" in "\n".join(told)
    for row, tag in zip(rows(), reversed(TAGS[:-1]), strict=True):
        assert (row.state, row.digest, row.revision) == (ReleaseState.NEW, "", tag)
        assert row.notes == f"Catatan\n\n- untuk {tag}"
        assert row.origin == str(repository)


def test_looking_again_changes_nothing_and_a_new_tag_is_one_more(
    app: Flask, repository: Path
) -> None:
    discover("opensid", str(repository), by="ani")
    again = discover("opensid", str(repository), by="ani")
    assert again.new == [] and len(rows()) == 4
    git(repository, "tag", "v2411.0.0")
    assert [each.version for each in discover("opensid", str(repository), by="ani").new] == [
        "2411.0.0"
    ]
    found = select(Event.id).filter_by(word="release_discovered")
    assert len(db.session.scalars(found).all()) == 5


def test_a_built_release_keeps_what_it_was_built_from(app: Flask, repository: Path) -> None:
    known = add_release("2408.0.0", ReleaseState.OFFERED)
    found = discover("opensid", str(repository), by="ani")
    assert next(each for each in found.found if each.version == "2408.0.0").release_id == known
    kept = db.session.get_one(Release, known)
    assert (kept.origin, kept.revision, kept.state) == ("", "", ReleaseState.OFFERED)
    assert len(rows()) == 4  # the other three are new


def editions(version: str) -> dict[Edition, str]:
    """Edition → the tag it came from, of the rows of that version."""
    return {each.edition: each.revision for each in rows() if each.version == version}


def test_an_ordinary_and_a_premium_release_of_one_version_are_two(
    app: Flask, repository: Path
) -> None:
    git(repository, "tag", "v2411.0.0")
    (repository / "premium.txt").write_text("premium")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "premium")
    git(repository, "tag", "v2411.0.0-premium")
    both = {Edition.GENERAL: "v2411.0.0", Edition.PREMIUM: "v2411.0.0-premium"}
    for new in (6, 0):
        assert len(discover("opensid", str(repository), by="ani").new) == new
        assert editions("2411.0.0") == both
        assert all(each.notes for each in rows())


def test_a_premium_release_of_elsewhere_leaves_room_for_the_ordinary_one(
    app: Flask, repository: Path
) -> None:
    premium = NamedRelease("2408.0.0", "v2408.0.0", Edition.PREMIUM)
    add_named("opensid", "https://contoh.invalid/premium.git", [premium], by="ani")
    discover("opensid", str(repository), by="ani")
    assert editions("2408.0.0") == {Edition.PREMIUM: "v2408.0.0", Edition.GENERAL: "v2408.0.0"}
    origins = {each.edition: each.origin for each in rows() if each.version == "2408.0.0"}
    assert origins[Edition.PREMIUM] == "https://contoh.invalid/premium.git"


def test_a_repository_that_names_no_edition_may_hold_premium_releases(
    app: Flask, repository: Path
) -> None:
    """Its tags tell nothing; what a person told, or what the code said when built, is kept."""
    premium = NamedRelease("2407.0.0", "v2407.0.0", Edition.PREMIUM)
    add_named("opensid", str(repository), [premium], by="ani")
    discover("opensid", str(repository), by="ani")
    assert set(editions("2407.0.0")) == {Edition.PREMIUM}
    with transaction():
        built = next(each for each in rows() if each.version == "2408.0.0")
        command = ["git", "-C", str(repository), "rev-parse", "v2408.0.0^{commit}"]
        found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        row = db.session.get_one(Release, built.id)
        row.state, row.edition = ReleaseState.BUILT, Edition.PREMIUM
        row.revision = found.stdout.strip()
    assert discover("opensid", str(repository), by="ani").new == []


def test_a_folder_that_is_no_repository_has_no_tags(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match="bukan repositori git"):
        discover("opensid", str(tmp_path / "folder"), by="ani")
    with pytest.raises(InvalidInput, match="tidak ditemukan"):
        discover("opensid", str(tmp_path / "tidak-ada"), by="ani")
    assert rows() == []


def test_an_origin_that_does_not_answer_is_told_plainly(app: Flask) -> None:
    with pytest.raises(Unavailable, match="tidak dapat dihubungi") as told:
        discover("opensid", "http://127.0.0.1:9/opensid.git", by="ani")
    assert "arsip" in told.value.hint and rows() == []


def test_a_token_goes_only_to_the_origin_it_was_given_for(app: Flask, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("rahasia-baca\n")
    token.chmod(0o644)
    own = ReleaseSource("https://contoh.invalid/premium.git", token, ComposerOptions(tmp_path))
    with pytest.raises(Refused, match="dapat dibaca pengguna lain"):
        set_source("opensid", own, by="ani")
    token.chmod(0o600)
    set_source("opensid", own, by="ani")
    assert source_of("opensid") == own
    elsewhere = source_of("opensid", "https://lain.invalid/opensid.git")
    assert elsewhere.token_file is None and elsewhere.composer.packages_dir == tmp_path
    assert source_of("pbb").token_file is None
    written = db.session.scalars(select(Event)).all()
    assert "rahasia-baca" not in repr([each.fields for each in written])


def test_what_a_command_does_not_repeat_stays_with_its_address(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siappakai.cli.create_app", lambda: app)
    token, auth, packages = tmp_path / "token", tmp_path / "auth.json", tmp_path / "paket"
    token.write_text("rahasia\n")
    auth.write_text("{}")
    packages.mkdir()
    for path in (token, auth):
        path.chmod(0o600)

    def run(*words: str) -> str:
        answer = CliRunner().invoke(main, ["rilis", "sumber", "opensid", *words])
        db.session.rollback()
        return answer.output

    address = "https://contoh.invalid/premium.git"
    said = run(address, "--berkas-token", str(token), "--auth-composer", str(auth))
    assert f"token: {token} (baru)" in said and "paket composer: tidak ada" in said
    said = run("--paket-composer", str(packages))
    assert f"token: {token} (tetap)" in said and f"auth composer: {auth} (tetap)" in said
    whole = ReleaseSource(address, token, ComposerOptions(packages, auth))
    assert source_of("opensid") == whole
    assert "tetap" in run(address) and "tetap" in run() and source_of("opensid") == whole
    assert "sekaligus dibuang" in run("--tanpa-token", "--berkas-token", str(token))
    assert f"auth composer: dibuang, semula {auth}" in run("--tanpa-auth")
    assert source_of("opensid") == ReleaseSource(address, token, ComposerOptions(packages))
    said = run("https://lain.invalid/opensid.git")
    assert f"token: dibuang, semula {token}" in said
    assert source_of("opensid") == ReleaseSource("https://lain.invalid/opensid.git")
    assert source_of("pbb").token_file is None


def test_releases_named_by_hand_are_checked(app: Flask) -> None:
    origin = "https://contoh.invalid/opensid.git"
    named = [NamedRelease("2606.0.0", "v2606.0.1"), NamedRelease("2605.0.0", "v2605.0.0")]
    assert [each.is_new for each in add_named("mobile_api", origin, named, by="ani")] == [True] * 2
    assert [each.revision for each in rows()] == ["v2606.0.1", "v2605.0.0"]
    for wrong in (
        NamedRelease("x", "v1.0"),
        NamedRelease("1.0", "--x"),
        NamedRelease("1.0", "a" * 65),
    ):
        with pytest.raises(InvalidInput):
            add_named("mobile_api", origin, [wrong], by="ani")
    assert len(rows()) == 2


@pytest.mark.skipif(not REAL, reason="SIAPPAKAI_SUMBER_OPENSID is not set")
def test_the_real_opensid_tags_are_found_with_their_notes(app: Flask) -> None:
    found = discover("opensid", REAL, by="ani")
    versions = [each.version for each in found.found]
    assert versions[:4] == ["2410.0.0", "2409.0.0", "2408.0.0", "2407.0.0"]
    assert {"akhir-tahap-2", "v.1.2.1"} <= set(found.strange) and len(found.older) > 100
    newest = db.session.get_one(Release, found.found[0].release_id)
    assert "#### FITUR" in newest.notes and newest.revision == "v2410.0.0"


def test_an_old_release_in_use_widens_what_is_found(app: Flask, repository: Path) -> None:
    for number in range(20):
        git(repository, "tag", f"v25{number:02d}.0.0")
    found = discover("opensid", str(repository), by="ani")
    assert len(found.found) == 12 and len(found.older) == 12
    with transaction():
        assert db.session.scalar(select(Release).filter_by(version="2407.0.0")) is None
