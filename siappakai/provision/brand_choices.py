"""Touch: what the panel set for a village since takes the place of what it had chosen itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from siappakai.branding.edits import read_layers, set_adopted
from siappakai.branding.frozen import thaw_layers
from siappakai.branding.layers import Layer
from siappakai.branding.scope import Scope
from siappakai.errors import InvalidInput
from siappakai.models import BrandRecord, BrandVersion, LayerKind, db
from siappakai.provision.brand_dress import Settled
from siappakai.provision.job import Job


def replaced_choices(job: Job, version_id: int | None, worn_id: int | None) -> frozenset[str]:
    """Keys that the village's own layer sets anew in a version worn here for the first time.

    What the layer holds as the village's choice is none of them: that was made later.
    """
    is_known = version_id == worn_id or _was_worn(job.instance_id, version_id)
    now, before = (_frozen_layer(each, job) for each in (version_id, worn_id))
    db.session.rollback()
    if is_known:
        return frozenset()
    changed = {key for key, value in now.values.items() if before.values.get(key) != value}
    return frozenset(changed - now.adopted.keys())


def tell_village_layer(job: Job, settled: Settled) -> None:
    """What the village chose in its application is seen on its layer.

    What a person replaced there is not told again; nor is what the kit has no word for.
    """
    scope = Scope(job.place.region.code)
    living = _layer_of(read_layers(), scope)
    db.session.rollback()
    fresh = {settled.base[address].key for address in settled.adopted}
    silent = living.values.keys() - living.adopted.keys() - fresh
    own = {each.key: each.value for each in settled.base.values() if each.is_own and each.value}
    told: dict[str, str | None] = {key: own[key] for key in own.keys() - silent}
    told |= dict.fromkeys(settled.replaced)
    try:
        set_adopted(scope, told, by=f"operasi:{job.operation_id}")
    except InvalidInput:
        return


def _was_worn(instance_id: int, version_id: int | None) -> bool:
    records = select(BrandRecord.id).filter_by(instance_id=instance_id, version_id=version_id)
    return db.session.scalar(records.limit(1)) is not None


def _frozen_layer(version_id: int | None, job: Job) -> Layer:
    version = db.session.get(BrandVersion, version_id) if version_id is not None else None
    layers = thaw_layers(version.layers) if version is not None else ()
    return _layer_of(layers, Scope(job.place.region.code))


def _layer_of(layers: Iterable[Layer], scope: Scope) -> Layer:
    """The lasting layer of that one village; an empty one when it has none."""
    found = (each for each in layers if each.kind == LayerKind.VILLAGE and each.scope == scope)
    return next(found, Layer(LayerKind.VILLAGE, scope))
