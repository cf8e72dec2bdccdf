"""Two villages of different regencies, with secrets that never change, for golden files."""

from __future__ import annotations

from siappakai.products.contract import DatabaseAccess, Place, RegionFacts
from siappakai.secret import Secret

TAMASAJU = RegionFacts(
    code="7305052001",
    name="Tamasaju",
    regency_code="7305",
    regency_name="Kabupaten Takalar",
    province_code="73",
    province_name="Sulawesi Selatan",
    domain="tamasaju.desa.id",
    district_code="730505",
    district_name="Galesong",
    email="desa@tamasaju.desa.id",
)
SIMPASAI = RegionFacts(
    code="5272031004",
    name="Simpasai",
    regency_code="5272",
    regency_name="Kota Bima",
    province_code="52",
    province_name="Nusa Tenggara Barat",
    domain="simpasai.desa.id",
    district_code="527203",
    district_name="Asakota",
)


def place_of(region: RegionFacts, prefix: str = "pbb", token: str = "") -> Place:
    """A place whose secrets are made of the region's code, awkward characters included."""
    return Place(
        region=region,
        database=DatabaseAccess(
            f"{prefix}_{region.code}", f"{prefix}_{region.code}", Secret(f'a"b$c\\{region.code}')
        ),
        secrets={
            "app_key": Secret(f"base64:{region.code}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            "database_password": Secret(f'a"b$c\\{region.code}'),
            "admin_password": Secret(f"Sandi#{region.code}"),
        },
        local_time_zone="Asia/Makassar",
        premium_token=Secret(token) if token else None,
        licence_url="https://layanan.opendesa.id",
        public_port=443 if region is TAMASAJU else 8543,
    )
