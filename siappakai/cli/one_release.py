"""The one release that a command names: never an edition that nobody chose."""

from __future__ import annotations

import click
from sqlalchemy import select

from siappakai.errors import NotFound, Refused
from siappakai.models import Edition, Release, db
from siappakai.models.release import version_key
from siappakai.products import RECIPES
from siappakai.provision.catalogue import newest_first

PRODUCT = click.argument("produk", type=click.Choice(sorted(RECIPES)))
EDITION = click.option("--edisi", type=click.Choice([str(each) for each in Edition]), default=None)


def find_release(product: str, version: str, edition: str | None) -> Release:
    """The one release of that product and version; of several editions one must be named.

    Versions are compared as versions where none is written just so: `2410` is `2410.0.0`.
    """
    wanted = {"product": product} | ({"edition": Edition(edition)} if edition else {})
    known = newest_first(db.session.scalars(select(Release).filter_by(**wanted)))
    found = [each for each in known if each.version == version.removeprefix("v")]
    found = found or [each for each in known if version_key(each.version) == version_key(version)]
    if not found:
        called = f"{version} edisi {edition}" if edition else version
        raise NotFound(
            f"Rilis {product} {called} belum ada di katalog.",
            hint=f"Lihat: siappakai rilis daftar, atau cari: siappakai rilis cari {product}",
        )
    if len(found) > 1:
        editions = ", ".join(f"--edisi {each.edition}" for each in found)
        raise Refused(f"Rilis {version} ada dalam beberapa edisi.", hint=f"Sebutkan: {editions}")
    return found[0]
