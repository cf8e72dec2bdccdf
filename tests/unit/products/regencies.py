"""Two regencies with a combined database each, secrets that never change."""

from __future__ import annotations

from dataclasses import replace

from siappakai.products.contract import DatabaseAccess, Place, RegionFacts
from siappakai.secret import Secret
from tests.unit.products.places import place_of

TAKALAR = RegionFacts(
    code="7305",
    name="Kabupaten Takalar",
    regency_code="7305",
    regency_name="Kabupaten Takalar",
    province_code="73",
    province_name="Sulawesi Selatan",
    domain="takalarkab.go.id",
)
BIMA = RegionFacts(
    code="5272",
    name="Kota Bima",
    regency_code="5272",
    regency_name="Kota Bima",
    province_code="52",
    province_name="Nusa Tenggara Barat",
    domain="kotabima.go.id",
    email="kominfo@kotabima.go.id",
)
TOKEN = "satu_data_api.api_token"


def regency_place(region: RegionFacts, prefix: str) -> Place:
    """A place that reads a combined database and knows the token of its Satu Data API."""
    plain = place_of(region, prefix)
    token = Secret(f"tanda{region.code}")
    reads = DatabaseAccess(
        f"sid_gabungan_{region.code}", plain.database.user, plain.database.password
    )
    return replace(
        plain,
        secrets={**plain.secrets, "api_token": token},
        reads=reads,
        peer_secrets={TOKEN: token},
        public_port=443 if region is TAKALAR else 8543,
    )
