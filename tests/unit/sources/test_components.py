"""The component list is valid CycloneDX, the same for the same files, and free of secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from siappakai.errors import InvalidInput
from siappakai.provision.components import component_list, php_requirement


def package(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "license": ["MIT"], **more}


PROJECT = {
    "name": "desa/aplikasi",
    "license": "GPL-3.0-or-later",
    "require": {"php": "^7.4 || ^8.0", "satu/pustaka": "^1", "ext-gd": "*"},
}
ONE = package(
    "satu/pustaka",
    "1.2.0",
    require={"dua/pustaka": "*"},
    source={"url": "https://git.example/satu.git", "reference": "abc123"},
    dist={
        "url": "https://budi:rahasia@paket.example/satu.zip?token=rahasia",
        "reference": "abc123",
    },
)
TWO = package("dua/pustaka", "v3.0.1", license=["BSD-3-Clause", "GPL-2.0-only"])
ODD = package("uji/alat", "dev-main", license=["Milik sendiri"])


def make_tree(
    root: Path,
    installed: object = None,
    locked: object = None,
    project: object = PROJECT,
) -> Path:
    (root / "vendor" / "composer").mkdir(parents=True)
    for path, content in (
        ("composer.json", project),
        ("composer.lock", locked),
        ("vendor/composer/installed.json", installed),
    ):
        if content is not None:
            (root / path).write_text(content if isinstance(content, str) else json.dumps(content))
    return root


def listed(content: bytes) -> dict[str, str]:
    found = json.loads(content).get("components", [])
    return {f"{one.get('group')}/{one['name']}": one["version"] for one in found}


def test_what_lies_in_vendor_counts_more_than_the_lock(tmp_path: Path) -> None:
    older = {"packages": [package("satu/pustaka", "1.0.0")]}
    installed = {"packages": [ONE, TWO]}
    both = component_list(make_tree(tmp_path / "a", installed, older))
    only_lock = component_list(make_tree(tmp_path / "b", None, older))
    assert listed(both) == {"satu/pustaka": "1.2.0", "dua/pustaka": "v3.0.1"}
    assert listed(only_lock) == {"satu/pustaka": "1.0.0"}


def test_the_list_is_valid_cyclonedx_with_its_dependencies(tmp_path: Path) -> None:
    installed = {"packages": [ONE, TWO, ODD], "dev-package-names": ["uji/alat"]}
    content = component_list(make_tree(tmp_path / "a", installed))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None
    bom = json.loads(content)
    depends = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    assert depends["rilis"] == ["pkg:composer/satu/pustaka@1.2.0"]
    assert depends["pkg:composer/satu/pustaka@1.2.0"] == ["pkg:composer/dua/pustaka@v3.0.1"]
    scopes = {one["name"]: one["scope"] for one in bom["components"]}
    assert scopes["alat"] == "optional"
    licences = json.dumps([one.get("licenses") for one in bom["components"]])
    assert "BSD-3-Clause OR GPL-2.0-only" in licences and "Milik sendiri" in licences


def test_the_same_files_give_the_same_bytes_and_another_version_gives_others(
    tmp_path: Path,
) -> None:
    one = component_list(make_tree(tmp_path / "a", {"packages": [ONE, TWO]}))
    turned = component_list(make_tree(tmp_path / "b", {"packages": [TWO, ONE]}))
    newer = {"packages": [ONE, {**TWO, "version": "v3.0.2"}]}
    other = component_list(make_tree(tmp_path / "c", newer))
    assert one == turned != other
    assert json.loads(one)["serialNumber"] != json.loads(other)["serialNumber"]
    assert b"timestamp" not in one


def test_no_password_of_a_private_mirror_ends_up_in_the_list(tmp_path: Path) -> None:
    content = component_list(make_tree(tmp_path / "a", {"packages": [ONE]}))
    assert b"rahasia" not in content and b"https://paket.example/satu.zip" in content


def test_an_old_installed_json_is_a_plain_list(tmp_path: Path) -> None:
    assert listed(component_list(make_tree(tmp_path / "a", [ONE, TWO]))).keys() == {
        "satu/pustaka",
        "dua/pustaka",
    }


def test_a_package_that_stands_twice_is_listed_twice(tmp_path: Path) -> None:
    twice = {"packages": [TWO, {**TWO, "version": "v3.1.0"}]}
    content = component_list(make_tree(tmp_path / "a", twice))
    versions = [one["version"] for one in json.loads(content)["components"]]
    assert versions == ["v3.0.1", "v3.1.0"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None


def test_a_product_without_composer_has_an_empty_valid_list(tmp_path: Path) -> None:
    content = component_list(make_tree(tmp_path / "a", project=None))
    assert listed(content) == {}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None


def test_a_broken_composer_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"installed\.json milik rilis ini rusak"):
        component_list(make_tree(tmp_path / "a", installed="{rusak"))


def test_the_php_requirement_is_what_composer_json_states(tmp_path: Path) -> None:
    assert php_requirement(make_tree(tmp_path / "a")) == "^7.4 || ^8.0"
    assert php_requirement(make_tree(tmp_path / "b", project={"name": "a/b"})) is None
    assert php_requirement(make_tree(tmp_path / "c", project=None)) is None
