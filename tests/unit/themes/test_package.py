"""The same content is the same package everywhere, and another content never is."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.themes.check import check_theme
from siappakai.themes.describe import describe, make_slug, version_of_tag
from siappakai.themes.findings import Finding, Permission, Severity, standing
from siappakai.themes.package import Package, write_package
from tests.unit.themes.packages import honest, write_folder

LIBRARY = Path(__file__).resolve().parents[3] / "playbooks" / "library"


@pytest.fixture(scope="module")
def content() -> ModuleType:
    place = LIBRARY / "siappakai_content.py"
    spec = importlib.util.spec_from_file_location("siappakai_content", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pack(folder: Path, into: Path) -> Package:
    return write_package(folder, check_theme(folder).kept, into)


def placed(content: ModuleType, root: Path, package: Package) -> dict[str, object]:
    name = f"{package.sha256}.tar"
    item = {"name": name, "bytes": package.size_bytes, "source": str(package.path)}
    params = {"root": str(root), "contents": [item], "state": "present", "arriving": None}
    return content.act({**params, "owner": "", "reserve_bytes": 0}, check=False)


def test_times_owners_and_rights_of_the_source_do_not_matter(tmp_path: Path) -> None:
    one = write_folder(tmp_path / "satu", honest())
    two = write_folder(tmp_path / "dua", dict(reversed(honest().items())))
    os.chmod(two / "template.php", 0o4777)
    os.utime(two / "template.php", (1, 1))
    first, second = pack(one, tmp_path / "a"), pack(two, tmp_path / "b")
    assert first.sha256 == second.sha256
    assert first.path.read_bytes() == second.path.read_bytes()
    assert hashlib.sha256(first.path.read_bytes()).hexdigest() == first.sha256


def test_one_changed_letter_is_another_package_with_another_time(tmp_path: Path) -> None:
    one = write_folder(tmp_path / "satu", honest())
    two = write_folder(
        tmp_path / "dua", honest(**{"assets/css/gaya.css": b"body{color:#123457}\n"})
    )
    first, second = pack(one, tmp_path / "a"), pack(two, tmp_path / "b")
    assert first.sha256 != second.sha256
    times = []
    for each in (first, second):
        with tarfile.open(each.path) as tar:
            times.append(tar.getmember("assets/css/gaya.css").mtime)
    assert times[0] != times[1], "nginx makes its ETag of time and length"


def test_everything_in_the_tar_belongs_to_root_and_nothing_can_be_run(tmp_path: Path) -> None:
    package = pack(write_folder(tmp_path / "tema", honest()), tmp_path / "a")
    with tarfile.open(package.path) as tar:
        members = tar.getmembers()
    assert {(each.uid, each.gid, each.uname) for each in members} == {(0, 0, "")}
    assert {each.mode for each in members if each.isfile()} == {0o644}
    assert {each.mode for each in members if each.isdir()} == {0o755}


def test_what_is_unpacked_on_a_server_proves_itself_and_comes_once(
    content: ModuleType, tmp_path: Path
) -> None:
    package = pack(write_folder(tmp_path / "tema", honest()), tmp_path / "a")
    root = tmp_path / "srv"
    root.mkdir()
    assert placed(content, root, package)["changed"] is True
    folder = root / "tema" / package.sha256
    assert content.folder_sum(folder) == package.sha256
    assert (folder / "template.php").read_bytes() == honest()["template.php"]
    assert stat.S_IMODE((folder / "template.php").stat().st_mode) == 0o644
    assert placed(content, root, package)["changed"] is False
    assert sorted(os.listdir(root / "tema")) == [package.sha256]


@pytest.mark.parametrize("harm", ["changed", "added", "removed", "linked", "writable", "folder"])
def test_a_folder_somebody_touched_is_seen_and_put_right(
    content: ModuleType, tmp_path: Path, harm: str
) -> None:
    package = pack(write_folder(tmp_path / "tema", honest()), tmp_path / "a")
    root = tmp_path / "srv"
    root.mkdir()
    placed(content, root, package)
    folder = root / "tema" / package.sha256
    match harm:
        case "changed":
            (folder / "template.php").write_bytes(b"<?php system(1);")
        case "added":
            (folder / "baru.php").write_bytes(b"x")
        case "removed":
            (folder / "template.php").unlink()
        case "linked":
            (folder / "template.php").unlink()
            (folder / "template.php").symlink_to("/etc/passwd")
        case "writable":
            (folder / "template.php").chmod(0o666)
        case "folder":
            (folder / "kosong").mkdir()
    assert not content.is_there(root, f"{package.sha256}.tar")
    assert placed(content, root, package)["changed"] is True
    assert content.folder_sum(folder) == package.sha256
    assert sorted(os.listdir(root / "tema")) == [package.sha256]


def test_a_package_that_is_not_its_name_is_never_unpacked(
    content: ModuleType, tmp_path: Path
) -> None:
    package = pack(write_folder(tmp_path / "tema", honest()), tmp_path / "a")
    package.path.write_bytes(package.path.read_bytes() + b"x")
    root = tmp_path / "srv"
    root.mkdir()
    answer = placed(content, root, package)
    assert answer["wrong"] == [f"{package.sha256}.tar"]
    assert not (root / "tema" / package.sha256).exists()


def test_what_arrives_in_part_is_waited_for_and_what_is_too_long_begins_anew(
    content: ModuleType, tmp_path: Path
) -> None:
    package = pack(write_folder(tmp_path / "tema", honest()), tmp_path / "a")
    arriving, name = tmp_path / "kiriman", f"{package.sha256}.tar"
    arriving.mkdir()
    item = {"name": name, "bytes": package.size_bytes, "source": str(package.path)}
    assert content.make_ready(arriving, [item], os.geteuid()) == [name]
    (arriving / name).write_bytes(package.path.read_bytes()[:700])
    assert content.make_ready(arriving, [item], os.geteuid()) == [name]
    assert (arriving / name).stat().st_size == 700
    (arriving / name).write_bytes(b"x" * (package.size_bytes + 1))
    content.make_ready(arriving, [item], os.geteuid())
    assert (arriving / name).stat().st_size == 0
    (arriving / name).write_bytes(package.path.read_bytes())
    assert content.make_ready(arriving, [item], os.geteuid()) == []


def test_too_little_room_is_told_before_anything_is_sent(
    content: ModuleType, tmp_path: Path
) -> None:
    item = {"name": "0" * 64 + ".tar", "bytes": 10**15, "source": "/x"}
    assert "kurang" in content.lacking(tmp_path, [item], None, 0)
    assert content.lacking(tmp_path, [], None, 10**15) == ""


@given(st.sampled_from(["../a", "/a", "a" * 64, "A" * 64 + ".tar", "0" * 64 + "/../a.tar"]))
def test_only_a_whole_sum_is_a_name(content: ModuleType, name: str) -> None:
    with pytest.raises(content.Failed):
        content.place_of(Path("/srv"), name)


def test_a_theme_says_its_own_name_version_and_licence(tmp_path: Path) -> None:
    named = honest(
        **{
            "theme.json": b'{"name": "Tema Galesong", "version": "1.4.0"}',
            "LICENSE": b"MIT License\n\nCopyright",
        }
    )
    said = describe(write_folder(tmp_path / "a", named), "https://git.example/x.git")
    assert (said.slug, said.version, said.licence) == ("galesong", "1.4.0", "MIT")
    plain = describe(write_folder(tmp_path / "b", honest()), "https://git.example/tema-Palanta.git")
    assert (plain.slug, plain.version, plain.licence) == ("palanta", "", "")
    readme = honest(**{"README.md": b"# Bontokanang\nVersi 2.1\n"})
    assert describe(write_folder(tmp_path / "c", readme), "/srv/repo").version == "2.1"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("tema-palanta", "palanta"),
        ("OpenSID-Cosmos.zip", "cosmos"),
        ("Netral-OpenSIDThemes", "netral"),
        ("Desa Galesong!", "desa-galesong"),
        ("---", ""),
    ],
)
def test_a_slug_is_made_of_any_words(text: str, slug: str) -> None:
    assert make_slug(text) == slug


def test_only_tags_that_are_numbers_are_versions() -> None:
    assert version_of_tag("v2410.0.0") == "2410.0.0"
    assert version_of_tag("rilis-baru") == ""
    assert version_of_tag("7") == ""


def test_a_permission_holds_for_one_kind_in_one_content_and_never_for_a_refusal() -> None:
    asked = Finding("basis-data", "a.php", 3, "x", "1" * 64)
    given_ = Permission("basis-data", "a.php", "1" * 64, "admin", "dibaca bersama pembuatnya")
    assert asked.severity == Severity.EXCEPTION
    assert standing([asked], [given_]) == []
    changed = Finding("basis-data", "a.php", 3, "x", "2" * 64)
    elsewhere = Finding("basis-data", "b.php", 3, "x", "1" * 64)
    refused = Finding("perintah-sistem", "a.php", 3, "x", "1" * 64)
    for each in (changed, elsewhere, refused):
        granted = Permission(each.code, "a.php", "1" * 64, "admin", "sama")
        assert standing([each], [given_, granted]) == [each]
