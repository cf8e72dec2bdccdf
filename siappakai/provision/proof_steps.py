"""Touch: what a village has is counted before and after its database moves; nothing may be lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from siappakai.errors import StepFailed
from siappakai.models import Release, db
from siappakai.products.balance import Measured, command_for, compare
from siappakai.provision.balance import BalancePlace, measure, place_of_job
from siappakai.provision.come_back import led
from siappakai.provision.members import member_contexts
from siappakai.provision.release_balance import Balance, balance_of, contract_with
from siappakai.provision.snapshots import snapshot
from siappakai.provision.step_context import Result, StepContext

SHOWN = 8
ADDITION = "balance_toml"  # in the result of a step: what the release added when it counted


def snapshot_and_count(context: StepContext) -> Result:
    """The dump, and beside it the count of everything in it: both only read, nobody writes."""
    balance = balance_of(context.job.release_id)
    place = _place(context, balance)
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(measure, place)
        taken = snapshot(context)
        measured = counting.result().to_json()
        return {**taken, "measured": measured, ADDITION: balance.addition}


def count_content(context: StepContext) -> Result:
    """Rows, sums and files of every village that moves, as they are before."""
    kept = context.results["snapshot"]
    if kept.get("measured"):
        return {"measured": kept["measured"], ADDITION: kept.get(ADDITION)}
    balance = balance_of(context.job.release_id)
    return {"measured": measure(_place(context, balance)).to_json(), ADDITION: balance.addition}


def compare_content(context: StepContext) -> Result:
    """The same counted again; StepFailed names what is missing that no contract explains."""
    before = Measured.from_json(context.results["count"]["measured"])
    balance = counted_by(context)
    after = measure(_place(context, balance))
    new = context.job.release
    losses = compare(before, after, balance.contract, _old_version(context), new.version)
    if losses:
        sentences = [each.sentence for each in losses]
        raise StepFailed(
            f"Neraca data tidak cocok: {sentences[0]}",
            hint="Tidak ada data yang hilang: keadaan lama dikembalikan. Laporkan kepada pembuat "
            "aplikasi; bila memang disengaja, tulis alasannya dengan: "
            + command_for(context.job.recipe.product, new.version, new.edition),
            log_tail="\n".join(sentences[:SHOWN]),
        )
    return {"measured": after.to_json(), "losses": 0}


def counted_by(context: StepContext) -> Balance:
    """The contract that `count` measured by: one that was changed since judges the next update."""
    addition = context.results["count"].get(ADDITION)
    if addition is None:  # counted by a panel that did not keep it yet
        return balance_of(context.job.release_id)
    return Balance(addition, contract_with(context.job.recipe.product, addition))


def _place(context: StepContext, balance: Balance) -> BalancePlace:
    return place_of_job(context.job, context.tools.databases, balance.contract)


def _old_version(context: StepContext) -> str:
    """The version that everything comes from."""
    kept = led(member_contexts(context)[0]) or {}
    old = db.session.get_one(Release, int(kept["old_release_id"])).version
    db.session.rollback()
    return old
