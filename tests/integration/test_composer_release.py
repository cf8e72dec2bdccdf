"""A release without vendor/ comes in: completed by composer, built, listed; or nothing is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from siappakai.config import Settings
from siappakai.errors import StepFailed, Unavailable
from siappakai.models import Edition, Event, Release, db
from siappakai.products import RECIPES
from siappakai.products.contract import (
    ComposerNeeds,
    DataMount,
    InstanceFile,
    Recipe,
    ReleaseFacts,
    Scope,
    Statement,
)
from siappakai.provision.build_context import tree_sha256
from siappakai.provision.composer_build import ComposerOptions
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.release_build import ReleaseOrder, add_release
from tests.conftest import make_settings
from tests.integration import composer_sources as sources

IMAGES = Path(__file__).resolve().parents[2] / "images"
PRODUCT = "uji_composer"
DOCKERFILE = "ARG BASE\nFROM ${BASE}\nCOPY source/ /srv/rilis/\n"
LOCK_LABEL = "siappakai.composer_lock_sha256"


class Composed(Recipe):
    """A product of this test only: its release is a version in a file."""

    product = PRODUCT
    label = "Uji Composer"
    scope = Scope.VILLAGE
    composer = ComposerNeeds()

    def read_release(self, tree: Path) -> ReleaseFacts:
        version = (tree / "versi.txt").read_text().strip().removeprefix("v")
        return ReleaseFacts(version, "1", Edition.GENERAL, ("8.2",))

    def mounts(self) -> Sequence[DataMount]:
        return ()

    def tmpfs(self, uid: int) -> Mapping[str, str]:
        return {}

    def secret_makers(self) -> Mapping[str, Any]:
        return {}

    def files(self, place: Any) -> Sequence[InstanceFile]:
        return ()

    def identity(self, place: Any) -> Sequence[Statement]:
        return ()

    def wrong_health(self, answer: Any, place: Any, facts: Any) -> str:
        return ""

    def page_probes(self, place: Any, facts: Any) -> Sequence[Any]:
        return ()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    images = tmp_path / "images"
    (images / PRODUCT).mkdir(parents=True)
    (images / PRODUCT / "Dockerfile").write_text(DOCKERFILE)
    for name in ("base", "composer"):
        (images / name).symlink_to(IMAGES / name)
    return make_settings(tmp_path, IMAGES_DIR=str(images))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerEngine]:
    monkeypatch.setitem(RECIPES, PRODUCT, Composed())
    made = DockerEngine("unix:///var/run/docker.sock", "ujicomposer")
    yield made
    for image in images_of(made):
        made.client.images.remove(image.id, force=True)
    assert made.list_containers() == []
    made.client.close()


def images_of(engine: DockerEngine) -> list[Any]:
    return list(engine.client.images.list(filters={"label": f"siappakai.product={PRODUCT}"}))


def add(engine: DockerEngine, source: Path, packages: Path | None) -> Release:
    order = ReleaseOrder(
        PRODUCT, "v2601.0.0", str(source), by="uji", composer=ComposerOptions(packages)
    )
    return db.session.get_one(Release, add_release(order, engine, print))


def test_a_release_is_built_with_its_packages_and_the_same_again_is_reused(
    app: Flask, engine: DockerEngine, settings: Settings, tmp_path: Path
) -> None:
    packages = sources.pack_all(tmp_path / "paket")
    source = sources.write_source(tmp_path / "sumber-uji")
    before = tree_sha256(source)
    first = add(engine, source, packages)
    content, digest = first.content_sha256, first.digest
    listed = json.loads(first.components)["components"]
    assert {one["name"] for one in listed} == {"satu", "dua", "pengaya"}
    again = add(engine, source, packages)
    assert (again.content_sha256, again.digest) == (content, digest)
    (image,) = images_of(engine)
    events = db.session.query(Event).filter_by(word="release_built").all()
    assert [one.fields["reused"] for one in events] == [False, True]
    assert {one.fields["composer_lock_sha256"] for one in events} == {image.labels[LOCK_LABEL]}
    assert tree_sha256(source) == before
    assert list(settings.sources_dir.iterdir()) == []


def test_a_patch_may_mend_what_composer_brought(
    app: Flask, engine: DockerEngine, settings: Settings, tmp_path: Path
) -> None:
    patch = {
        "file": "vendor/uji/satu/src/Isi.php",
        "find": "'satu'",
        "replace": "'ditambal'",
        "expect_matches": 1,
        "reason": "uji",
        "measured": "uji",
    }
    folder = settings.images_dir / PRODUCT / "patches" / "v2601.0.0"
    folder.mkdir(parents=True)
    (folder / "satu.json").write_text(json.dumps(patch))
    packages = sources.pack_all(tmp_path / "paket")
    release = add(engine, sources.write_source(tmp_path / "sumber-uji"), packages)
    shown = engine.client.containers.run(
        release.digest,
        ["cat", "/srv/rilis/vendor/uji/satu/src/Isi.php"],
        network_mode="none",
        remove=True,
    )
    assert b"'ditambal'" in shown


@pytest.mark.parametrize("is_offline", [True, False])
def test_without_its_packages_no_release_no_image_and_no_workshop_is_left(
    app: Flask, engine: DockerEngine, settings: Settings, tmp_path: Path, is_offline: bool
) -> None:
    packages = sources.pack_all(tmp_path / "paket")
    (packages / "satu-1.2.0.zip").unlink()
    source = sources.write_source(tmp_path / "sumber-uji")
    with pytest.raises(StepFailed if is_offline else Unavailable, match=r"uji/\w+"):
        add(engine, source, packages if is_offline else None)
    assert images_of(engine) == [] and list(settings.sources_dir.iterdir()) == []
    assert db.session.query(Release).count() == 0
    assert not (settings.home / "kunci-composer").exists()
