"""Two villages with PBB, and what every test of PBB does with them."""

from __future__ import annotations

import re
from pathlib import Path

from siappakai.products.contract import RegionFacts
from siappakai.products.pbb import Pbb
from tests.fleet import Fleet
from tests.system.lone_instance import LoneInstance, build_image

RECIPE = Pbb()


def region(last: int, name: str) -> RegionFacts:
    return RegionFacts(
        code=f"730505200{last}",
        name=name,
        regency_code="7305",
        regency_name="Kabupaten Takalar",
        province_code="73",
        province_name="Sulawesi Selatan",
        domain=f"{name.lower()}.desa.localhost",
        district_code="730505",
        district_name="Galesong",
    )


REGIONS = [region(1, "Tamasaju"), region(2, "Bontokanang")]


class Images:
    """Image of each release, built when first asked for; `trees` are the releases' folders."""

    def __init__(self, fleet: Fleet, trees: Path) -> None:
        self.fleet, self.trees = fleet, trees
        self.made: dict[str, str] = {}

    def of(self, tag: str) -> str:
        if tag not in self.made:
            version = RECIPE.read_release(self.trees / tag).version
            self.made[tag] = build_image(self.fleet.tools, RECIPE, version, self.trees / tag)
        return self.made[tag]

    def wrong(self, instance: LoneInstance, tag: str) -> str:
        facts = RECIPE.read_release(self.trees / tag)
        return RECIPE.wrong_health(instance.health(), instance.place, facts)


def start_all(villages: list[LoneInstance]) -> None:
    for village in villages:
        code, answer = village.install()
        assert (code, answer["state"]) == (0, "ready"), answer
        village.write_identity()
        village.serve()


def log_in(village: LoneInstance) -> str:
    """The page after logging in with the password that was made for this village."""
    answer = village.log_in(village.place.secrets["admin_password"].reveal())
    assert answer.status == 302 and "/login" not in answer.headers["location"]
    inside = village.get("/pbb/")
    assert inside.status == 200, inside.text[-600:]
    return inside.text


def addresses(page: str) -> set[str]:
    """Every link, form and asset of a page that leads to the village's own domain."""
    found = set(re.findall(r"""(?:href|src|action)=["']([^"'#]+)["']""", page))
    found |= set(re.findall(r"""url\(['"]?([^'")]+)""", page))
    return {one for one in found if one.startswith("/") or ".desa.localhost" in one}


def settings_of(village: LoneInstance) -> str:
    return str(
        village.query(
            "SELECT GROUP_CONCAT(`key`, '=', COALESCE(value, '') ORDER BY `key`) "
            "FROM pengaturan_aplikasi"
        )
    )
