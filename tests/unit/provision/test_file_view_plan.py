"""Which mounts a view replaces and what it may leave out; serving containers keep their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.products import RECIPES
from siappakai.products.contract import Limits, Recipe
from siappakai.provision.file_view import volatile_paths
from siappakai.provision.file_view_plan import is_within, overlay_options, plan_parts
from siappakai.provision.naming import ServerPaths, instance_key
from siappakai.provision.wanted import ContainerSpec, VolumeMount, make_container_spec

CODES = {4: "7305", 6: "730505", 10: "7305052001"}
EACH = pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
SERVER = ServerPaths(Path("/srv/uji"), "uji")


def spec_of(recipe: Recipe, code: str = "7305052001") -> ContainerSpec:
    return make_container_spec(
        recipe,
        SERVER.instance(instance_key(recipe.product, code)),
        uid=200_001,
        image_digest="sha256:" + "a" * 64,
        labels={"village": code},
        files=(),
        environment={},
    )


def test_the_container_of_an_installed_instance_keeps_its_name() -> None:
    """Another hash replaces each container at its next operation: never by accident.

    OpenSID's changed once, on purpose, when themes became a mount of every village.
    """
    assert spec_of(RECIPES["opensid"]).sha256[:16] == "89a7af6ca4599734"


def test_a_volume_gives_another_spec() -> None:
    spec = ContainerSpec("a", 1, (VolumeMount("v", "/desa"),), {}, Limits(), {}, "")
    other = ContainerSpec("a", 1, (VolumeMount("w", "/desa"),), {}, Limits(), {}, "")
    assert spec.sha256 != other.sha256


@EACH
def test_every_writable_mount_is_seen_through_the_view_and_no_other(recipe: Recipe) -> None:
    spec = spec_of(recipe)
    parts = plan_parts(spec, Path("/srv/uji/kerja/a"), "uji-kerja-a-")
    writable = {mount.target for mount in recipe.mounts() if not mount.read_only}
    assert {part.target for part in parts} == writable
    assert not any("mariadb" in str(part.real) or "run" in part.real.parts for part in parts)
    assert len({part.volume for part in parts}) == len({part.upper for part in parts}) == len(parts)


def test_what_is_mounted_inside_a_part_is_known() -> None:
    parts = plan_parts(spec_of(RECIPES["opensid"]), Path("/k"), "v")
    assert {part.target.rpartition("/")[2]: part.inner for part in parts}["desa"] == (
        "config",
        "app_key",
    )


@EACH
def test_volatile_folders_lie_in_what_the_instance_writes_to(recipe: Recipe) -> None:
    paths = SERVER.instance(instance_key(recipe.product, "7305052001"))
    parts = plan_parts(spec_of(recipe), Path("/k"), "v")
    for folder in volatile_paths(recipe, paths):
        assert any(is_within(str(folder), [str(part.real)]) for part in parts), folder


def test_the_shared_folder_of_another_product_brings_its_volatile_ones_along() -> None:
    paths = SERVER.instance("mobile-api-7305052001")
    shared = Path("/srv/uji/instances/opensid-7305052001/desa/cache")
    assert shared in volatile_paths(RECIPES["mobile_api"], paths)


@pytest.mark.parametrize("root", ["/srv/a,b", "/srv/a:b", '/srv/a"b', "/srv/a\\b"])
def test_a_path_that_would_end_a_mount_option_is_refused(root: str) -> None:
    [part, *_] = plan_parts(spec_of(RECIPES["opensid"]), Path(root) / "kerja", "v")
    with pytest.raises(StepErrored):
        overlay_options(part)
