"""Think: what the regency's own phone application reads of a village: one public document."""

from __future__ import annotations

import json
from collections.abc import Sequence

from siappakai.branding.tokens import make_tokens, palette_of
from siappakai.products.brand import BrandFile, Wear
from siappakai.products.brand_slots.documents import SOCIAL_KEYS, TEXT_KEYS, named

# In OpenSID's folder, whose web server gives JSON by type: the API's own gives none.
PUBLIC_FOLDER = "desa/merek"
MANIFEST = f"{PUBLIC_FOLDER}/merek.json"
PICTURE_FOLDER = f"{PUBLIC_FOLDER}/hp"  # OpenSID's own pictures come and go beside it


def mobile_files(wear: Wear, public_url: str, village_name: str) -> Sequence[BrandFile]:
    """`https://<domain>/desa/merek/merek.json` and the pictures it names."""
    if not wear.is_branded:
        return (BrandFile(MANIFEST),)
    every = {each.name: each for each in (*wear.pictures.values(), *wear.icons.values())}
    return (
        BrandFile(MANIFEST, content=_manifest(wear, public_url, village_name)),
        *(BrandFile(f"{PICTURE_FOLDER}/{name}", picture=every[name]) for name in sorted(every)),
    )


def _manifest(wear: Wear, public_url: str, village_name: str) -> str:
    def address(name: str) -> str:
        return f"{public_url}/{PICTURE_FOLDER}/{name}"

    values = wear.values
    document = {
        "format": 1,
        "version": wear.number,
        "village": village_name,
        "site": public_url,
        "api": f"{public_url}/api",
        "names": named(values, TEXT_KEYS),
        "colours": make_tokens(*palette_of(values)) if values.get("primary_colour") else {},
        "social": named(values, SOCIAL_KEYS),
        "images": {key: address(each.name) for key, each in wear.pictures.items()},
        "icons": {size: address(each.name) for size, each in wear.icons.items()},
    }
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
