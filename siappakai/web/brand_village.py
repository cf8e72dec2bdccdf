"""The card "Wajah" on a village's page: what it wears, what is its own, what was put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from siappakai.branding.edits import layer_of
from siappakai.branding.frozen import thaw_layers
from siappakai.branding.layers import resolve
from siappakai.branding.scope import Scope
from siappakai.branding.values import VALUES, label_of
from siappakai.models import BrandLayer, BrandVersion, InstanceBrand, LayerKind, Village, db
from siappakai.web import queries_brand as queries
from siappakai.web.queries_brand import LayerIndex


@dataclass(frozen=True, slots=True)
class Apart:
    """A value that the application shows otherwise than its version says."""

    label: str
    key: str
    worn: str
    wanted: str


@dataclass(frozen=True, slots=True)
class WornBrand:
    """One application of the village."""

    brand: InstanceBrand
    apart: Sequence[Apart]


@dataclass(frozen=True, slots=True)
class VillageBrand:
    """`choices` are label, key and value of what the village chose itself."""

    worn: Sequence[WornBrand]
    choices: Sequence[tuple[str, str, str]]
    own_values: int


def village_brand(village: Village) -> VillageBrand:
    rows = queries.brands_of(village.code)
    query = select(BrandLayer).filter_by(kind=LayerKind.VILLAGE, scope_code=village.code)
    own = db.session.scalars(query).first()
    layer = layer_of(own) if own else None
    adopted = sorted((layer.adopted if layer else {}).items())
    choices = [(label_of(key), key, value) for key, value in adopted if value]
    worn = [WornBrand(each, _apart(each)) for each in rows]
    return VillageBrand(worn, choices, len(layer.values) if layer else 0)


def _apart(brand: InstanceBrand) -> list[Apart]:
    """What was proven to be worn against what the version gives the place."""
    if brand.applied_version_id is None:
        return []
    version = db.session.get_one(BrandVersion, brand.applied_version_id)
    code = brand.instance.scope_code
    given = resolve(LayerIndex(thaw_layers(version.layers)).of(code), Scope(code), None, {})
    worn = brand.observed_values or brand.applied_values
    product = brand.instance.product
    return [
        Apart(label_of(key), key, str(worn[key]), each.value)
        for key, each in given.items()
        if key in VALUES
        and product in VALUES[key].products
        and key in worn
        and worn[key] != each.value
    ]
