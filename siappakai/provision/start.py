"""Touch: from a saved village list to queued operations; pressing twice starts nothing twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    Batch,
    BatchRow,
    BatchState,
    DatabaseGroup,
    Release,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products import find_recipe, in_order_of_needs
from siappakai.products.contract import Scope
from siappakai.provision.install_queue import (
    find_combined,
    make_combined_group,
    queue_installs,
)
from siappakai.provision.planner import InstallPlan, PlanAction, make_install_plan
from siappakai.provision.village_states import village_states
from siappakai.queue import enqueue_operations


@dataclass(frozen=True, slots=True)
class StartChoice:
    """What an admin chose: one release a product, and which database OpenSID uses.

    `group_id` is an existing combined database, `new_group` the name of one to be made; neither
    means a database for each village.
    """

    release_ids: tuple[int, ...]
    group_id: int | None = None
    new_group: str = ""


@dataclass(frozen=True, slots=True)
class StartResult:
    started: int
    kept: int
    blocked: int
    already_started: bool


def plan_batch(batch_id: int, choice: StartChoice | None = None) -> InstallPlan:
    """What *Pasang* would do for the list now; nothing is changed."""
    return _plan(_batch_codes(batch_id), choice)


def plan_villages(codes: list[str], choice: StartChoice | None = None) -> InstallPlan:
    return _plan(codes, choice)


def _plan(codes: list[str], choice: StartChoice | None) -> InstallPlan:
    """Without a choice yet: OpenSID alone, of whatever release."""
    if choice is None:
        return make_install_plan(village_states(codes, []))
    releases = _chosen_releases(choice)
    return make_install_plan(village_states(codes, releases, find_combined(choice.group_id)))


def start_batch(batch_id: int, *, choice: StartChoice, by: str) -> StartResult:
    """Queue an installation of every chosen product for every village that needs one."""
    with transaction():
        batch = db.session.get(Batch, batch_id)
        if batch is None:
            raise NotFound("Daftar itu tidak ada.")
        if batch.state == BatchState.CHECKED:
            raise Refused("Daftar ini belum disimpan.", hint="Tekan “Simpan yang benar” dahulu.")
        releases = _chosen_releases(choice)
        already = batch.state == BatchState.STARTED
        group = find_combined(choice.group_id)
        plan = make_install_plan(village_states(_batch_codes(batch_id), releases, group))
        ids: list[int] = []
        if not already:
            group = group or _new_group(choice, batch.regency_code)
            ids = _queue(plan, releases, group, batch_id, by)
            batch.state, batch.started_at = BatchState.STARTED, utc_now()
            append_event("batch_started", f"batch:{batch_id}", by=by, installs=len(ids))
        result = StartResult(len(ids), plan.keep_count, plan.blocked_count, already)
    enqueue_operations(ids)
    return result


def _queue(
    plan: InstallPlan,
    releases: list[Release],
    group: DatabaseGroup | None,
    batch_id: int,
    by: str,
) -> list[int]:
    ids: list[int] = []
    for release in releases:
        codes = plan.codes(PlanAction.INSTALL, release.product)
        ids += queue_installs(codes, release, by=by, batch_id=batch_id, combined=group)
    return ids


def _chosen_releases(choice: StartChoice) -> list[Release]:
    """The chosen releases, those that others need first; one a product, all for villages."""
    releases = [installable_release(release_id) for release_id in choice.release_ids]
    products = [release.product for release in releases]
    if not releases or len(set(products)) < len(products):
        raise InvalidInput(
            "Pilih paling sedikit satu produk, dan satu rilis untuk tiap produk.",
            hint="Centang produk yang akan dipasang, lalu tekan Pasang.",
        )
    for product in products:
        if find_recipe(product).scope != Scope.VILLAGE:
            raise InvalidInput(f"{find_recipe(product).label} bukan produk desa.")
    return in_order_of_needs(releases)


def _new_group(choice: StartChoice, regency_code: str) -> DatabaseGroup | None:
    label = choice.new_group.strip()
    if not label:
        return None
    if len(label) > 80:
        raise InvalidInput("Nama basis data gabungan terlalu panjang: paling banyak 80 huruf.")
    if db.session.scalar(select(DatabaseGroup.id).filter_by(label=label)) is not None:
        raise InvalidInput(
            f"Basis data gabungan bernama “{label}” sudah ada.",
            hint="Pilih yang sudah ada itu, atau beri nama lain.",
        )
    return make_combined_group(label, "opensid", regency_code)


def installable_release(release_id: int) -> Release:
    release = db.session.get(Release, release_id)
    if release is None or not release.is_installable:
        raise Refused(
            "Rilis itu belum siap dipasang.",
            hint="Pilih rilis lain, atau bangun dahulu dengan `siappakai rilis tambah`.",
        )
    return release


def _batch_codes(batch_id: int) -> list[str]:
    rows = db.session.scalars(
        select(BatchRow.village_code)
        .join(Village, Village.code == BatchRow.village_code)
        .where(BatchRow.batch_id == batch_id, BatchRow.status != "salah")
    )
    return sorted(set(rows))
