"""Touch: products of a district or regency: where they stand, and their installation."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from siappakai.config import Settings
from siappakai.errors import InvalidInput, NotFound
from siappakai.intake.addresses import clean_domain
from siappakai.models import (
    Instance,
    Region,
    Release,
    Village,
    append_event,
    db,
    transaction,
)
from siappakai.products import find_recipe, in_order_of_needs
from siappakai.products.contract import Scope
from siappakai.provision.install_queue import find_combined, queue_installs
from siappakai.provision.start import installable_release
from siappakai.queue import enqueue_operations
from siappakai.regions import find_district, find_province, find_regency

SCOPE_OF_LENGTH = {4: Scope.REGENCY, 6: Scope.DISTRICT}


@dataclass(frozen=True, slots=True)
class RegionOrder:
    """Which releases to install for a district or regency, under which domain.

    `group_id` is the combined database that a product of the regency looks into.
    """

    code: str
    domain: str
    release_ids: tuple[int, ...]
    group_id: int | None = None


def install_for_region(order: RegionOrder, *, by: str) -> list[int]:
    """Queue the installation of these products; returns the operations' ids.

    What is installed already stays; the same order again queues nothing new.
    """
    if len(order.code) not in SCOPE_OF_LENGTH or not order.code.isdigit():
        raise InvalidInput(
            f"Kode {order.code} bukan kode kabupaten atau kecamatan.",
            hint="Isi 4 angka untuk kabupaten/kota, atau 6 angka untuk kecamatan.",
        )
    with transaction():
        region = ensure_region(order.code, order.domain)
        releases = _releases(order, region)
        group = find_combined(order.group_id)
        ids: list[int] = []
        for release in releases:
            if not _is_there(region, release):
                ids += queue_installs([region.code], release, by=by, combined=group)
        append_event("region_started", f"region:{region.code}", by=by, installs=len(ids))
    enqueue_operations(ids)
    return ids


def ensure_region(code: str, domain: str) -> Region:
    """The district or regency with this domain; part of the caller's transaction."""
    wanted = _free_domain(code, domain)
    region = db.session.get(Region, code)
    if region is None:
        region = _make(code, wanted)
        db.session.add(region)
    elif region.domain != wanted and any(each.exposed_at for each in region.instances):
        raise InvalidInput(
            f"Alamat {region.name} sudah dipakai: {region.domain}.",
            hint="Alamat yang sudah melayani tidak diganti di sini.",
        )
    region.domain = wanted
    db.session.flush()
    return region


def _make(code: str, domain: str) -> Region:
    found = find_regency(code) if len(code) == 4 else find_district(code)
    regency, province = find_regency(code[:4]), find_province(code[:2])
    if found is None or regency is None or province is None:
        raise NotFound(
            f"Kode wilayah {code} tidak ada dalam daftar resmi.",
            hint="Isi 4 angka untuk kabupaten/kota, atau 6 angka untuk kecamatan.",
        )
    return Region(
        code=code,
        name=found.name,
        regency_code=regency.code,
        regency_name=regency.name,
        province_code=province.code,
        province_name=province.name,
        domain=domain,
    )


def _free_domain(code: str, text: str) -> str:
    cleaned = clean_domain(text)
    if cleaned.message:
        raise InvalidInput(cleaned.message, hint=cleaned.fix)
    settings: Settings = current_app.extensions["siappakai_settings"]
    village = db.session.scalar(select(Village.name).filter_by(domain=cleaned.value))
    other = db.session.scalar(
        select(Region.name).where(Region.domain == cleaned.value, Region.code != code)
    )
    taken = village or other
    if cleaned.value == settings.panel_domain:
        taken = "panel ini"
    if taken:
        raise InvalidInput(
            f"Alamat {cleaned.value} sudah dipakai {taken}.", hint="Pilih alamat yang lain."
        )
    return cleaned.value


def _releases(order: RegionOrder, region: Region) -> list[Release]:
    releases = [installable_release(release_id) for release_id in order.release_ids]
    if not releases:
        raise InvalidInput("Belum ada rilis yang dipilih.", hint="Pilih paling sedikit satu.")
    scope = SCOPE_OF_LENGTH[len(region.code)]
    for release in releases:
        recipe = find_recipe(release.product)
        if recipe.scope != scope:
            raise InvalidInput(
                f"{recipe.label} adalah produk {recipe.scope}, bukan {scope}.",
                hint=f"Pilih wilayah tingkat {recipe.scope}.",
            )
    return in_order_of_needs(releases)


def _is_there(region: Region, release: Release) -> bool:
    instance = db.session.scalar(
        select(Instance).filter_by(product=release.product, scope_code=region.code)
    )
    return instance is not None and (instance.is_installed or instance.is_busy)
