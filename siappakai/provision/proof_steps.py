"""Touch: what a village has is counted before and after its database moves; nothing may be lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from siappakai.errors import StepFailed
from siappakai.models import Release, db
from siappakai.products.balance import BalanceContract, Measured, compare, find_contract
from siappakai.products.balance import merge_contract as merged
from siappakai.provision.balance import measure, place_of_job
from siappakai.provision.come_back import led
from siappakai.provision.members import member_contexts
from siappakai.provision.snapshots import snapshot
from siappakai.provision.step_context import Result, StepContext

SHOWN = 8


def snapshot_and_count(context: StepContext) -> Result:
    """The dump, and beside it the count of everything in it: both only read, nobody writes."""
    place = place_of_job(context.job, context.tools.databases)
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(measure, place)
        taken = snapshot(context)
        return {**taken, "measured": counting.result().to_json()}


def count_content(context: StepContext) -> Result:
    """Rows, sums and files of every village that moves, as they are before."""
    kept = context.results["snapshot"].get("measured")
    place = place_of_job(context.job, context.tools.databases)
    return {"measured": kept or measure(place).to_json()}


def compare_content(context: StepContext) -> Result:
    """The same counted again; StepFailed names what is missing that no contract explains."""
    before = Measured.from_json(context.results["count"]["measured"])
    after = measure(place_of_job(context.job, context.tools.databases))
    old, contract = releases_of(context)
    losses = compare(before, after, contract, old, context.job.release.version)
    if losses:
        sentences = [each.sentence for each in losses]
        raise StepFailed(
            f"Neraca data tidak cocok: {sentences[0]}",
            hint="Tidak ada data yang hilang: keadaan lama dikembalikan. Laporkan kepada "
            "pembuat aplikasi, atau lengkapi kontrak neraca rilis ini bila memang disengaja.",
            log_tail="\n".join(sentences[:SHOWN]),
        )
    return {"measured": after.to_json(), "losses": 0}


def releases_of(context: StepContext) -> tuple[str, BalanceContract]:
    """The version that everything comes from, and the contract with the new release's additions."""
    kept = led(member_contexts(context)[0]) or {}
    old = db.session.get_one(Release, int(kept["old_release_id"])).version
    added = db.session.get_one(Release, context.job.release_id).balance_toml
    db.session.rollback()
    contract = find_contract(context.job.recipe.product)
    return old, merged(contract, added) if added else contract
