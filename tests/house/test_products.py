"""Every product has all its rooms; what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from siappakai.branding.values import VALUES, ValueKind
from siappakai.products import RECIPES
from siappakai.products.contract import Limits, Recipe, Scope

ROOT = Path(__file__).resolve().parents[2]
EACH = pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))


@EACH
def test_a_product_has_its_recipe_image_templates_and_tests(recipe: Recipe) -> None:
    name = recipe.product
    rooms = (
        f"siappakai/products/{name}.py",
        f"images/{name}/Dockerfile",
        f"images/{name}/README.md",
        f"siappakai/templates/instance/{name}",
    )
    missing = [room for room in rooms if not (ROOT / room).exists()]
    assert not missing, f"{recipe.label}: belum ada {', '.join(missing)}"
    tested = [path for path in (ROOT / "tests").rglob("test_*.py") if name in path.read_text()]
    assert tested, f"{recipe.label}: belum ada tes yang menyebutnya"


@EACH
def test_a_recipe_declares_everything_the_control_plane_asks(recipe: Recipe) -> None:
    assert recipe.label
    assert recipe.scope in Scope
    assert recipe.web_path.startswith("/")
    assert recipe.web_path == "/" or not recipe.web_path.endswith("/")
    assert isinstance(recipe.limits, Limits)
    assert "database_password" in recipe.secret_makers()
    for other in (
        *recipe.needs,
        recipe.runs_as,
        recipe.database.shared_with,
        recipe.database.reads,
    ):
        assert not other or other in RECIPES, f"{recipe.label} names {other}, which no recipe has"
    for key in recipe.peer_secrets:
        product, _, secret = key.partition(".")
        assert secret in RECIPES[product].secret_makers(), key
    if recipe.shared_image_folder:
        assert (ROOT / "images" / recipe.shared_image_folder).is_dir()
    for key in recipe.brand_pictures:
        assert key == "icons" or VALUES[key].kind == ValueKind.IMAGE
    assert not recipe.brand_home or recipe.brand_home in recipe.needs


@EACH
def test_a_product_that_shares_a_database_runs_after_its_owner(recipe: Recipe) -> None:
    if recipe.database.shared_with:
        assert recipe.database.shared_with in recipe.needs


def test_no_two_products_of_one_scope_share_an_address_or_a_database_prefix() -> None:
    for scope in Scope:
        recipes = [each for each in RECIPES.values() if each.scope == scope]
        assert len({each.web_path for each in recipes}) == len(recipes)
    prefixes = [each.database.prefix for each in RECIPES.values()]
    assert len(set(prefixes)) == len(prefixes)
