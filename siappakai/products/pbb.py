"""PBB: a village's land and building tax, below /pbb of its domain.

Facts tried with the real releases 2603 and 2607; why each rule exists stands in
images/pbb/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from siappakai.products.brand import Wear
from siappakai.products.brand_slots.laravel import pbb_proofs, pbb_slots
from siappakai.products.contract import (
    BrandProof,
    BrandSlot,
    ComposerNeeds,
    DatabaseNeeds,
    PageProbe,
    Place,
    ReleaseFacts,
    Scope,
    Statement,
    refuse_tree,
)
from siappakai.products.keys import php_bcrypt
from siappakai.products.laravel import LaravelRecipe

NOTES = "catatan_rilis.md"
VERSION = re.compile(r"\bversi\s+v?(\d+\.\d+\.\d+(?:-[a-z0-9.]+)?)", re.IGNORECASE)
MARKS = {
    "*_create_objek_pajak_table.php": "tabel objek_pajak tidak dibuat oleh migrasinya",
    "*_create_tenants_*.php": "rilis sebelum 2512 belum mengenal kode desa di basis datanya",
}
OWN = "tenant_id = (SELECT id FROM tenants WHERE code = %s)"


class Pbb(LaravelRecipe):
    product = "pbb"
    label = "PBB"
    scope = Scope.VILLAGE
    web_path = "/pbb"
    private_paths = (web_path,)  # every page of it wants a login
    database = DatabaseNeeds("pbb", collation="utf8mb4_unicode_ci")
    composer = ComposerNeeds(without_dev=True)
    php_wanted = ("8.2",)
    needs_token = True
    calls_own_domain = True  # reads people from the village's own mobile API

    def refuse_other_tree(self, tree: Path) -> None:
        for pattern, reason in MARKS.items():
            if not any((tree / "database/migrations").glob(pattern)):
                raise refuse_tree(self.label, reason)

    def read_version(self, tree: Path) -> str:
        try:
            notes = (tree / NOTES).read_text(encoding="utf-8", errors="replace")[:2000]
        except OSError as error:
            raise refuse_tree(self.label, f"berkas {NOTES} tidak ada") from error
        if not (found := VERSION.search(notes)):
            raise refuse_tree(self.label, f"nomor versi tidak terbaca di {NOTES}")
        return found[1]

    def adopt(self, place: Place) -> Sequence[Statement]:
        """The template's only tenant becomes this village, by whose code all that follows finds it.

        A template is made for a code of zeros; the application asks for the dotted code of .env.
        """
        code = place.region.dotted_code
        return (Statement("UPDATE tenants SET code = %s ORDER BY id LIMIT 1", (code,)),)

    def identity(self, place: Place) -> Sequence[Statement]:
        code = place.region.dotted_code
        email = place.region.email or f"admin@{place.region.domain}"
        return (
            Statement(
                "UPDATE tenants SET name = %s WHERE code = %s",
                (place.region.name, code),
                expects_one="baris desa ini di tabel tenants",
            ),
            *(_setting(code, name, value) for name, value in _settings(self, place).items()),
            Statement(
                "UPDATE users SET name = %s, username = %s, email = %s, password = %s "
                f"WHERE {OWN} ORDER BY id LIMIT 1",
                (
                    "Administrator",
                    self.first_admin,
                    email,
                    php_bcrypt(place.secrets["admin_password"]),
                    code,
                ),
                expects_one="akun admin pertama",
            ),
        )

    def token_statements(self, place: Place) -> Sequence[Statement]:
        """Its row wins over .env while it isn't empty, so both are kept equal.

        The application keeps the value in its file cache for ever; that cache lives in the
        container's memory and a changed .env means a new container, so none outlives a token.
        """
        token = place.premium_token.reveal() if place.premium_token else ""
        return (_setting(place.region.dotted_code, "layanan_opendesa_token", token),)

    def brand_slots(self, place: Place) -> Sequence[BrandSlot]:
        return pbb_slots(place.region.dotted_code)

    def brand_proofs(self, place: Place, wear: Wear) -> Sequence[BrandProof]:
        return pbb_proofs(self.web_path, wear)

    def page_probes(self, place: Place, facts: ReleaseFacts) -> Sequence[PageProbe]:
        version = f"Aplikasi PBB v{facts.version}"
        return (PageProbe(f"{self.web_path}/login", (version, "Nama Pengguna", "Kata Sandi")),)


def _setting(code: str, name: str, value: str) -> Statement:
    return Statement(
        f"UPDATE pengaturan_aplikasi SET value = %s WHERE `key` = %s AND {OWN}",
        (value, name, code),
        expects_one=f"pengaturan {name} milik desa ini",
    )


def _settings(recipe: Pbb, place: Place) -> dict[str, str]:
    """Rows of `pengaturan_aplikasi`.

    The codes of district and village are those printed on tax bills (SPPT), three digits each;
    they are first guessed from the official code as the application's own form explains it, and
    the village corrects them where its tax office numbers otherwise.
    """
    village = place.region
    return {
        "kode_provinsi": village.province_code,
        "nama_provinsi": village.province_name,
        "kode_kabupaten": village.regency_code[2:],
        "nama_kabupaten": re.sub(r"^Kabupaten ", "", village.regency_name),
        "kode_kecamatan": village.district_code[4:] + "0",
        "nama_kecamatan": village.district_name,
        "kode_desa": "0" + village.code[8:],
        "nama_desa": village.name,
        "layanan_kode_desa": village.dotted_code,
        "opensid_url": f"{place.public_url}/api",
    }
