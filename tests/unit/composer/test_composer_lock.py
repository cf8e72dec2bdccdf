"""What a lock promises, and how it is given to one run."""

from __future__ import annotations

from typing import Any

import pytest

from siappakai.errors import InvalidInput
from siappakai.provision.composer_lock import (
    content_hash,
    fitting_php,
    local_packages,
    missing_packages,
    named,
    offline_lock,
    package_key,
    read_object,
    run_lock,
    run_project,
    settled_installed,
)

Json = dict[str, Any]


def locked(name: str, version: str, **more: Any) -> Json:
    dist = {"type": "zip", "url": f"https://paket.invalid/{name}.zip", "shasum": "ab" * 20}
    return {"name": name, "version": version, "source": {"type": "git"}, "dist": dist, **more}


@pytest.mark.parametrize(
    ("one", "other"), [("v1.2", "1.2.0"), ("1.2.0.0", "1.2"), ("V3.0-beta1", "3.0.0-BETA1")]
)
def test_a_version_is_the_same_however_it_is_spelt(one: str, other: str) -> None:
    assert package_key("Uji/Satu", one) == package_key("uji/satu", other)


@pytest.mark.parametrize(
    ("one", "other"), [("1.2", "1.20"), ("1.2.0", "1.2.0-RC1"), ("dev-main", "dev-master")]
)
def test_different_versions_stay_different(one: str, other: str) -> None:
    assert package_key("uji/satu", one) != package_key("uji/satu", other)


def test_the_content_hash_is_composers_own() -> None:
    """The sum composer 2.5.5 and 2.8.8 both wrote for this very composer.json."""
    project = {
        "name": "uji/app",
        "require": {"php": "^8.1", "uji/satu": "^1.0"},
        "require-dev": {"uji/dev": "^3"},
        "autoload": {"psr-4": {"App\\": "app/"}},
        "scripts": {"post-autoload-dump": ["touch /rilis/vendor/JALAN"]},
        "config": {"platform": {"php": "8.1.0"}},
    }
    assert content_hash(project) == "047d56cccc16338d649a99d2bd426b72"
    assert content_hash({**project, "extra": {}}) == content_hash({**project, "extra": []})
    assert content_hash({**project, "autoload": {}}) == content_hash(project)


def test_a_lock_may_forbid_a_php_that_composer_json_allows() -> None:
    wants_new = locked("uji/baru", "3.2.1", require={"php-64bit": "^8.3"})
    wants_old = locked("uji/lama", "1.0.0", require={"php": "~8.2.0"})
    lock = {"packages": [wants_new], "packages-dev": [wants_old]}
    assert fitting_php({"packages": [locked("a/b", "1")]}, with_dev=True) == ("8.2", "8.4")
    assert fitting_php(lock, with_dev=False) == ("8.4",)
    with pytest.raises(InvalidInput, match=r"uji/lama meminta PHP \"~8\.2\.0\"") as caught:
        fitting_php(lock, with_dev=True)
    assert "8.4" in caught.value.hint


def test_a_php_constraint_nobody_here_can_read_is_left_to_composer() -> None:
    odd = locked("uji/aneh", "1", require={"php": "^8.1 !== apa"})
    assert fitting_php({"packages": [odd]}, with_dev=False) == ("8.2", "8.4")


def test_a_run_sees_the_real_platform_and_a_fresh_lock_stays_fresh() -> None:
    project = {"require": {"php": "^8.1"}, "config": {"platform": {"php": "8.1"}, "sort": True}}
    lock = {"content-hash": content_hash(project), "platform-overrides": {"php": "8.1"}}
    made = run_project(project, offline=False)
    assert made["config"] == {"sort": True} and project["config"]["platform"]
    assert run_lock(lock, project, made) == {"content-hash": content_hash(made)}
    stale = run_lock({**lock, "content-hash": "lama"}, project, made)
    assert stale["content-hash"] == "lama"


def test_offline_only_the_folder_and_the_source_itself_are_repositories() -> None:
    given = {"a": {"type": "vcs", "url": "https://x.invalid"}, "b": {"type": "path", "url": "p"}}
    made = run_project({"repositories": given, "require-dev": {"a/b": "1"}}, offline=True)
    assert made["repositories"] == [given["b"]] and "require-dev" in made
    assert run_project({"repositories": given}, offline=False)["repositories"] == given
    assert "require-dev" not in run_project(
        {"require-dev": {"a/b": "1"}}, offline=True, require_dev=False
    )


def test_an_offline_lock_takes_each_package_from_its_file_and_tells_what_lacks() -> None:
    meta = locked("uji/kumpulan", "1", type="metapackage")
    inner = {**locked("uji/dalam", "1"), "dist": {"type": "path", "url": "paket/dalam"}}
    lock = {"packages": [locked("uji/satu", "v1.2"), meta, inner], "packages-dev": []}
    available = {package_key("uji/satu", "1.2.0"): "satu.zip"}
    made = offline_lock(lock, available)["packages"]
    assert made[0]["dist"]["url"] == "/paket/satu.zip" and made[0]["dist"]["shasum"] == ""
    assert "source" not in made[0] and made[1:] == [meta, inner]
    assert missing_packages(lock, available, with_dev=False) == []
    assert missing_packages(lock, {}, with_dev=False) == ["uji/satu v1.2"]


def test_a_sum_taken_from_the_folder_itself_is_still_checked() -> None:
    dist = {"type": "zip", "url": "/paket/satu.zip", "shasum": "cd" * 20}
    lock = {"packages": [{**locked("uji/satu", "1"), "dist": dist}]}
    assert local_packages(lock, with_dev=False) == ["uji/satu"]
    made = offline_lock(lock, {package_key("uji/satu", "1"): "lain.zip"})["packages"][0]["dist"]
    assert (made["url"], made["shasum"]) == ("/paket/lain.zip", "cd" * 20)


def test_installed_json_names_the_places_of_the_lock() -> None:
    lock = {"packages": [locked("uji/satu", "v1.2")]}
    found = {"name": "uji/satu", "version": "v1.2", "dist": {"url": "/paket/x.zip"}, "time": "t"}
    settled = settled_installed({"packages": [found], "dev": False}, lock)
    assert settled["packages"][0]["dist"] == lock["packages"][0]["dist"]
    assert settled["dev"] is False and settled["packages"][0]["time"] == "t"


@pytest.mark.parametrize("text", [b"[1]", b"{", b"\xff", b'"x"'])
def test_what_is_no_object_is_a_broken_source(text: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"composer\.lock milik rilis ini rusak"):
        read_object(text, "composer.lock")


def test_a_long_list_is_cut_and_counted() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named([str(n) for n in range(10)], 3) == "0, 1, 2 dan 7 lagi"
