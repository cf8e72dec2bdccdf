"""Touch: a throw-away stand wears a brand version; no row of ours and nothing of production moves.

It goes the way of an application of the brand (brand_steps), on a clone and in the stand's files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from siappakai.errors import Refused
from siappakai.provision.brand_dress import to_states
from siappakai.provision.brand_packages import check_packages
from siappakai.provision.brand_read import read_states
from siappakai.provision.brand_remember import Look, settle_look
from siappakai.provision.brand_remember import _plan as plan_look
from siappakai.provision.brand_steps import _write as write_rows
from siappakai.provision.brand_wanted import known_wardrobe, wanted_brand
from siappakai.provision.brand_worn import load_worn
from siappakai.provision.clones import PREFIX
from siappakai.provision.preview_tree import tree_of
from siappakai.provision.rehearsal_stand import Stand
from siappakai.provision.step_context import StepContext


def dress_stand(context: StepContext, stand: Stand, version_id: int) -> dict[str, Any]:
    """The stand's rows and files are those of the version; how many changed, and what to know.

    No container of the stand runs meanwhile.
    """
    database = stand.job.place.database.name
    if not database.startswith(PREFIX):
        raise Refused(f"{database} bukan salinan gladi; tidak dipakaikan wajah percobaan.")
    own = replace(context, job=stand.job)
    look = _look(own, stand)
    settled = settle_look(look, own.job, version_id)
    for state in (*look.present.values(), *settled.base.values()):
        if state.file and state.sha256:
            look.tree.keep_file(state.file)
    scope = stand.job.place.region.code
    plan = plan_look(own, look, settled, wanted_brand(version_id, scope, look.slots, settled.base))
    check_packages(own, plan["laid"].values())
    for path, what in sorted(plan["laid"].items()):
        look.tree.lay(path, what)
    rows = write_rows(own, to_states(plan["before"]), to_states(plan["wanted"]))
    for path, what in plan["gone"].items():
        look.tree.lay(path, what)
    return {"rows": rows, "files": len(plan["laid"]), "note": plan["note"]}


def _look(context: StepContext, stand: Stand) -> Look:
    job = stand.job
    slots, tree = job.recipe.brand_slots(job.place), tree_of(stand)
    worn = load_worn(job.instance_id)
    wardrobe = known_wardrobe(tree, slots, {**worn.base, **worn.states})
    databases = context.tools.databases
    present = read_states(slots, databases, job.place.database.name, tree, wardrobe)
    return Look(slots, tree, worn, wardrobe, present)
