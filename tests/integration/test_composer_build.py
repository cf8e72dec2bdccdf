"""Composer in a real throw-away container: what it writes, what it can't, and what it says."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from siappakai.errors import InvalidInput, Refused, SiapPakaiError, StepFailed, Unavailable
from siappakai.products.contract import ComposerNeeds
from siappakai.provision.build_context import tree_sha256
from siappakai.provision.composer_build import (
    ComposerFacts,
    ComposerJob,
    ComposerOptions,
    ensure_vendor,
)
from siappakai.provision.docker_engine import DockerEngine
from tests.integration import composer_sources as sources

IMAGES = Path(__file__).resolve().parents[2] / "images"
FLEET = "ujicomposer"


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    made = DockerEngine("unix:///var/run/docker.sock", FLEET)
    yield made
    left = [one.name for one in made.list_containers()]
    for name in left:
        made.remove(name)
    made.client.close()
    assert left == []


@dataclass
class Bench:
    """Builds sources below one folder and remembers every line and container it saw."""

    engine: DockerEngine
    home: Path
    lines: list[str] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)

    @property
    def packages(self) -> Path:
        return self.home / "paket"

    def build(self, tree: Path, php: str = "8.2", **more: Any) -> ComposerFacts | None:
        workshop = self.home / f"bengkel-{len(list(self.home.iterdir()))}"
        workshop.mkdir(mode=0o700)
        options = ComposerOptions(self.packages)
        job = ComposerJob(
            "uji", tree, workshop, php, ComposerNeeds(), options, IMAGES, self.home / "kunci"
        )
        try:
            return ensure_vendor(replace(job, **more), self.engine, self.hear)
        finally:
            shutil.rmtree(workshop)

    def hear(self, line: str) -> None:
        self.lines.append(line)
        for one in self.engine.list_containers():
            found = self.engine.client.api.inspect_container(one.name)
            self.seen += [found] if found["State"]["Running"] else []

    def run_php(self, tree: Path, code: str, php: str = "8.2") -> str:
        output = self.engine.client.containers.run(
            f"siappakai/php:{php}",
            ["php", "-r", "require '/rilis/vendor/autoload.php';" + code],
            volumes={str(tree): {"bind": "/rilis", "mode": "ro"}},
            network_mode="none",
            remove=True,
        )
        return bytes(output).decode()


@pytest.fixture
def bench(engine: DockerEngine, tmp_path: Path) -> Bench:
    sources.pack_all(tmp_path / "paket")
    return Bench(engine, tmp_path)


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def no_vendor(tree: Path) -> bool:
    return not any(one.is_file() for one in (tree / "vendor").rglob("*"))


@pytest.mark.parametrize("php", ["8.2", "8.4"])
def test_a_source_gets_the_packages_of_its_lock_and_a_working_autoloader(
    bench: Bench, tmp_path: Path, php: str
) -> None:
    tree = sources.write_source(tmp_path / "rilis")
    before = {name: (tree / name).read_bytes() for name in ("composer.json", "composer.lock")}
    facts = bench.build(tree, php)
    assert facts is not None and facts.package_count == 3 and not facts.lock_was_made
    assert names_in(tree / "vendor" / "uji") == {"satu", "dua", "pengaya"}
    shown = bench.run_php(
        tree, "echo Uji\\Satu\\Isi::NAMA, class_exists(App\\Inti::class), PHP_EOL;", php
    )
    assert shown == "satu1\n"
    assert (tree / "vendor" / "bin" / "alat").stat().st_mode & 0o100
    assert {name: (tree / name).read_bytes() for name in before} == before
    assert any("Installing uji/satu" in line for line in bench.lines)


def test_packages_for_development_come_only_where_the_application_needs_them(
    bench: Bench, tmp_path: Path
) -> None:
    without = sources.write_source(tmp_path / "tanpa")
    with_dev = sources.write_source(tmp_path / "dengan")
    bench.build(without)
    bench.build(with_dev, needs=ComposerNeeds(without_dev=False))
    assert "kembang" not in names_in(without / "vendor" / "uji")
    assert "kembang" in names_in(with_dev / "vendor" / "uji")


def test_no_script_and_no_plugin_of_anybody_runs(bench: Bench, tmp_path: Path) -> None:
    tree = sources.write_source(tmp_path / "rilis")
    bench.build(tree)
    assert (tree / "vendor" / "uji" / "pengaya" / "src" / "Plugin.php").is_file()
    assert names_in(tree / "vendor") == {"autoload.php", "bin", "composer", "uji"}


def test_the_builder_can_write_two_folders_and_reaches_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    bench.build(sources.write_source(tmp_path / "rilis"))
    assert bench.seen, "a container was seen at work"
    for one in bench.seen:
        limits = one["HostConfig"]
        writable = {each["Destination"] for each in one["Mounts"] if each["RW"]}
        assert writable == {"/rilis/vendor", "/kerja"}
        assert limits["ReadonlyRootfs"] and limits["CapDrop"] == ["ALL"]
        assert limits["NetworkMode"] == "none" and limits["Memory"] > 0
        assert int(one["Config"]["User"].split(":")[0]) > 1000


def test_two_builds_of_one_lock_give_one_tree_wherever_the_packages_lie(
    bench: Bench, tmp_path: Path
) -> None:
    elsewhere = sources.pack_all(tmp_path / "paket-lain")
    for number, path in enumerate(sorted(elsewhere.iterdir())):
        path.rename(elsewhere / f"berkas{number}.zip")
    first = sources.write_source(tmp_path / "satu")
    second = sources.write_source(tmp_path / "dua")
    one = bench.build(first)
    two = bench.build(second, options=ComposerOptions(elsewhere))
    assert one and two and one.lock_sha256 == two.lock_sha256
    assert tree_sha256(first) == tree_sha256(second)
    installed = (first / "vendor" / "composer" / "installed.json").read_text()
    assert "https://paket.invalid/uji/satu/1.2.0.zip" in installed and "/paket/" not in installed


def test_the_autoloader_does_not_depend_on_which_package_is_unpacked_first(
    bench: Bench, tmp_path: Path
) -> None:
    """Composer 2.5 and 2.8 list shared namespaces in the order their unzips happened to end."""
    pair = [
        sources.describe(name, "1.0.0") | {"autoload": {"psr-4": {"Uji\\Bersama\\": "src/"}}}
        for name in ("uji/awal", "uji/zaman")
    ]
    made = {"name": "uji/aplikasi", "require": {one["name"]: "^1.0" for one in pair}}
    orders = []
    for slow in pair:
        folder = tmp_path / f"paket-{slow['name'][4:]}"
        for one in pair:
            files = {f"src/isi/b{n}.txt": "x" * 999 for n in range(1500 if one is slow else 1)}
            sources.pack(folder, one, files=files)
        tree = sources.write_source(tmp_path / slow["name"][4:], made, sources.lock_of(made, *pair))
        bench.build(tree, options=ComposerOptions(folder))
        orders.append((tree / "vendor" / "composer" / "autoload_psr4.php").read_bytes())
    assert b"uji/awal" in orders[0] and orders[0] == orders[1]


def test_a_lock_is_made_once_and_serves_every_later_build_of_that_source(
    bench: Bench, tmp_path: Path
) -> None:
    def versions(name: str, line: str = "") -> str:
        tree = sources.write_source(tmp_path / name, lock={})
        (tree / "versi.txt").write_text(line or "v2601.0.0\n")
        facts = bench.build(tree)
        assert facts and facts.lock_was_made
        kept = json.loads((tree / "composer.lock").read_text())
        assert "kembang" not in json.dumps(kept["packages"] + kept["packages-dev"])
        return {one["name"]: one["version"] for one in kept["packages"]}["uji/satu"]

    assert versions("pertama") == "1.2.0"
    sources.pack(bench.packages, {**sources.ONE, "version": "1.3.0"})
    assert versions("sumber-sama") == "1.2.0"
    assert versions("sumber-baru", "v2602.0.0\n") == "1.3.0"
    assert len(list((tmp_path / "kunci").iterdir())) == 2


def test_a_lock_made_from_the_folder_says_so_when_the_folder_is_gone(
    bench: Bench, tmp_path: Path
) -> None:
    bench.build(sources.write_source(tmp_path / "pertama", lock={}))
    again = sources.write_source(tmp_path / "lagi", lock={})
    with pytest.raises(Refused, match="folder paket luring") as caught:
        bench.build(again, options=ComposerOptions())
    assert "--paket-composer" in caught.value.hint and no_vendor(again)


def test_a_bundle_with_its_vendor_is_left_exactly_as_it_is(bench: Bench, tmp_path: Path) -> None:
    tree = sources.write_source(tmp_path / "rilis")
    bench.build(tree)
    (tree / "vendor" / "uji" / "satu" / "src" / "Isi.php").write_text("<?php // diubah\n")
    before, bench.seen = tree_sha256(tree), []
    assert bench.build(tree, options=ComposerOptions()) is None
    assert tree_sha256(tree) == before and bench.seen == []


def test_files_a_source_lays_over_its_vendor_win_and_are_no_vendor(
    bench: Bench, tmp_path: Path
) -> None:
    tree = sources.write_source(tmp_path / "rilis")
    kept, ours = (
        "uji/satu/src/Isi.php",
        "<?php\nnamespace Uji\\Satu;\nclass Isi { const NAMA = 'k'; }",
    )
    new = "uji/dua/resources/views/masuk.blade.php"
    for name, text in ((kept, ours), (new, "halaman"), ("uji/dua/src/Isi.php", "tak dikenal")):
        (tree / "vendor" / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / "vendor" / name).write_text(text)
    facts = bench.build(tree, needs=ComposerNeeds(keep_over_vendor=(kept, new, "uji/x/tiada.php")))
    assert (
        facts
        and bench.run_php(tree, "echo Uji\\Satu\\Isi::NAMA, Uji\\Dua\\Isi::NAMA, PHP_EOL;")
        == "kdua\n"
    )
    assert (tree / "vendor" / new).read_text() == "halaman"
    assert "Berkas vendor/uji/dua/src/Isi.php milik sumber tidak dipakai." in bench.lines


def test_packages_out_of_reach_are_named_nothing_is_left_and_no_key_shows(
    bench: Bench, tmp_path: Path
) -> None:
    word, keys = "rahasia-desa-4711", tmp_path / "auth.json"
    login = {"username": "desa-uji", "password": word}
    keys.write_text(json.dumps({"http-basic": {"paket.invalid": login}}))
    keys.chmod(0o600)
    tree = sources.write_source(tmp_path / "rilis")
    with pytest.raises(Unavailable, match=r"paket uji/\w+.* dari paket\.invalid") as caught:
        bench.build(tree, options=ComposerOptions(auth_file=keys))
    assert "--paket-composer" in caught.value.hint and "vendor/" in caught.value.hint
    assert "Could not resolve host" in caught.value.log_tail
    assert no_vendor(tree) and bench.seen[0]["HostConfig"]["NetworkMode"] == "bridge"
    assert any(one["Destination"] == "/composer/auth.json" for one in bench.seen[0]["Mounts"])
    assert word not in json.dumps(bench.seen) + "".join(bench.lines) + caught.value.log_tail


def test_packages_the_folder_lacks_are_all_named_before_anything_runs(
    bench: Bench, tmp_path: Path
) -> None:
    for name in ("satu-1.2.0.zip", "dua-2.0.1.zip"):
        (bench.packages / name).unlink()
    tree = sources.write_source(tmp_path / "rilis")
    with pytest.raises(StepFailed, match=r"2 paket .*uji/dua 2\.0\.1, uji/satu 1\.2\.0"):
        bench.build(tree)
    assert no_vendor(tree) and bench.seen == []
    lockless = sources.write_source(tmp_path / "tanpa-kunci", lock={})
    with pytest.raises(StepFailed, match=r"uji/satu|uji/dua"):
        bench.build(lockless)
    assert not (tmp_path / "kunci").exists() and not (lockless / "composer.lock").exists()


def test_a_missing_extension_is_named_even_where_the_source_fakes_it(
    bench: Bench, tmp_path: Path
) -> None:
    wanting = {**sources.ONE, "require": {**sources.ONE["require"], "ext-imagick": "*"}}
    made = sources.project()
    made["config"]["platform"]["ext-imagick"] = "3.7.0"
    lock = sources.lock_of(made, sources.PLUG, sources.TWO, wanting)
    lock["platform-overrides"] = made["config"]["platform"]
    sources.pack(bench.packages, wanting)
    tree = sources.write_source(tmp_path / "rilis", made, lock)
    with pytest.raises(StepFailed, match=r"PHP 8\.2 tidak memiliki ekstensi .*: imagick\."):
        bench.build(tree)
    assert no_vendor(tree)


CLIMB = "../../../../../../"
Escape = Callable[[Path], Path]


@pytest.mark.parametrize(
    "place", [CLIMB + "kerja/lari.php", CLIMB + "rilis/lari.php", "../../lari.php"]
)
def test_a_package_with_climbing_names_writes_nothing_outside_its_folder(
    bench: Bench, tmp_path: Path, place: str
) -> None:
    sources.pack(bench.packages, sources.TWO, files={place: "<?php // lari\n", "bin/alat": ""})
    tree = sources.write_source(tmp_path / "rilis")
    before = tree_sha256(tree / "app")
    try:
        bench.build(tree)
    except SiapPakaiError:
        assert no_vendor(tree)
    escaped = [one for one in tmp_path.rglob("lari.php") if "uji/dua" not in str(one)]
    assert escaped == [] and tree_sha256(tree / "app") == before


@pytest.mark.parametrize(
    "target", ["/etc/passwd", CLIMB + "etc/passwd", "../../../../app/Inti.php"]
)
def test_a_package_with_a_link_out_of_vendor_is_refused(
    bench: Bench, tmp_path: Path, target: str
) -> None:
    sources.pack(bench.packages, sources.TWO, links={"tembus": target}, files={"bin/alat": ""})
    tree = sources.write_source(tmp_path / "rilis")
    with pytest.raises(StepFailed, match="ditolak"):
        bench.build(tree)
    assert no_vendor(tree)


def test_a_key_file_that_others_can_read_is_refused(bench: Bench, tmp_path: Path) -> None:
    keys = tmp_path / "auth.json"
    keys.write_text("{}")
    keys.chmod(0o640)
    with pytest.raises(Refused, match="dapat dibaca akun lain"):
        bench.build(
            sources.write_source(tmp_path / "rilis"), options=ComposerOptions(auth_file=keys)
        )
    assert bench.seen == []


def test_a_source_without_any_description_is_refused(bench: Bench, tmp_path: Path) -> None:
    tree = sources.write_source(tmp_path / "rilis")
    os.unlink(tree / "composer.json")
    with pytest.raises(InvalidInput, match="tidak memuat vendor/"):
        bench.build(tree)
