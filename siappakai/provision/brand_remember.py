"""Touch: look at an instance, keep what will be replaced, and lay down what it is to wear.

All that later steps do follows from the result of this one, so a worker that is killed anywhere
goes on with the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siappakai.products.brand import BrandFile, BrandSlot, SlotState, Wear
from siappakai.provision.brand_choices import replaced_choices, tell_village_layer
from siappakai.provision.brand_dress import (
    Settled,
    changed,
    first_base,
    give_way,
    make_note,
    overridden,
    settle,
    to_rows,
    wanted_files,
)
from siappakai.provision.brand_plan import (
    Wardrobe,
    files_of,
    may_hold_block,
    plan_states,
    split_files,
    with_block,
    without_block,
)
from siappakai.provision.brand_read import read_states
from siappakai.provision.brand_tree import KEPT, BrandTree
from siappakai.provision.brand_wanted import (
    WantedBrand,
    keep_fonts,
    known_wardrobe,
    public_pictures,
    slot_pictures,
    wanted_brand,
)
from siappakai.provision.brand_worn import Worn, keep_base, load_worn
from siappakai.provision.job import Job
from siappakai.provision.step_context import Result, StepContext

States = Mapping[str, SlotState]
CHOOSER = "opensid"  # the product in which a village chooses its look


@dataclass(frozen=True, slots=True)
class Look:
    """An instance as it is seen now: its slots, its files, what the rows remember of it."""

    slots: Sequence[BrandSlot]
    tree: BrandTree
    worn: Worn
    wardrobe: Wardrobe
    present: States


def brand_tree(job: Job) -> BrandTree:
    """Where it wears its files; pictures may also come from the server or the village's OpenSID."""
    home = job.recipe.brand_home
    folder = job.paths.home_of(home) if home else job.paths.home
    stores = (job.server.paths.root / "merek", job.paths.home_of(CHOOSER) / KEPT)
    return BrandTree(folder, job.uid, job.paths.home / KEPT, stores)


def look_at(context: StepContext) -> Look:
    """What the instance wears now, by its own database and files."""
    job = context.job
    slots, tree = job.recipe.brand_slots(job.place), brand_tree(job)
    worn = load_worn(job.instance_id)
    wardrobe = known_wardrobe(tree, slots, {**worn.base, **worn.states})
    database = job.place.database.name
    present = read_states(slots, context.tools.databases, database, tree, wardrobe)
    return Look(slots, tree, worn, wardrobe, present)


def remember(context: StepContext) -> Result:
    """What is there is kept, what the village chose is known, and the plan is whole."""
    look = look_at(context)
    version_id = version_of(context.job)
    seen = _settle(look)
    settled = _given_way(seen, context.job, version_id, look.worn)
    for state in (*look.present.values(), *settled.base.values()):
        if state.file and state.sha256:
            look.tree.keep_file(state.file)
    keep_base(context.job.instance_id, seen.base)  # what gives way does so once all is proven
    if context.job.recipe.product == CHOOSER:
        tell_village_layer(context.job, settled)
    scope = context.job.place.region.code
    wanted = wanted_brand(version_id, scope, look.slots, settled.base)
    return _plan(context, look, settled, wanted)


def version_of(job: Job) -> int | None:
    found = job.parameters.get("brand_version_id")
    return int(found) if found is not None else None


def settle_look(look: Look, job: Job, version_id: int | None) -> Settled:
    """Whose choice everything is that the look holds, before it wears that version."""
    return _given_way(_settle(look), job, version_id, look.worn)


def _given_way(seen: Settled, job: Job, version_id: int | None, worn: Worn) -> Settled:
    return give_way(seen, replaced_choices(job, version_id, worn.version_id))


def _settle(look: Look) -> Settled:
    if look.worn.is_first:
        base = first_base(look.slots, look.present)
        return Settled(base, tuple(each.address for each in base.values() if each.is_own))
    return settle(
        look.slots,
        look.present,
        look.worn.states,
        look.worn.base,
        look.worn.locked,
        is_nobodys=look.worn.was_put_back,
    )


def _plan(
    context: StepContext, look: Look, settled: Settled, wanted: WantedBrand
) -> dict[str, Any]:
    """Everything that later steps do, as JSON."""
    job, tree, slots = context.job, look.tree, look.slots
    wardrobe = replace(look.wardrobe, pictures=slot_pictures(tree, slots, wanted.slot_values))
    states = plan_states(slots, wanted.slot_values, wardrobe, look.present, settled.base)
    pictures, icons = public_pictures(tree, job.recipe.brand_pictures, wanted.values)
    keep_fonts(tree, wanted.values)
    wear = Wear(
        number=wanted.number,
        values=wanted.values,
        locked=wanted.locked,
        states=states,
        pictures=pictures,
        icons=icons,
        is_branded=wanted.is_branded,
    )
    derived = [(each, _hash_of(tree, each)) for each in job.recipe.brand_files(job.place, wear)]
    files = wanted_files(slots, states, derived)
    before = _files_now(tree, {*files, *look.worn.files, *files_of(look.present)})
    own_files = frozenset(each.file for each in settled.base.values() if each.file)
    laid, gone = split_files(files, before, look.worn.files, own_files)
    covered = overridden(slots, settled.base, states, wanted.locked)
    return {
        "version_id": version_of(job),
        "number": wanted.number,
        "values": dict(wanted.values),
        "locked": sorted(wanted.locked),
        "replaced": list(settled.replaced),
        "before": to_rows(look.present),
        "wanted": to_rows(states),
        "before_files": {path: before[path] for path in {*laid, *gone}},
        "files": files,
        "laid": dict(laid),
        "gone": dict(gone),
        "changed": len(changed(look.present, states)) + len(laid),
        "note": make_note(slots, settled, covered),
    }


def _hash_of(tree: BrandTree, file: BrandFile) -> str:
    """The hash under which the file's content is kept; "" when it is not to be there."""
    if file.picture is not None:
        return file.picture.sha256
    if file.content is not None:
        return tree.keep(file.content.encode(), file.path.rpartition(".")[2])
    if not may_hold_block(file.path):
        return ""
    own = without_block(tree.read(file.path) or b"")
    content = with_block(own, file.block)
    return tree.keep(content, "css") if content else ""


def _files_now(tree: BrandTree, paths: set[str]) -> dict[str, str]:
    """The file map of what lies there now, every file's bytes kept."""
    found = {}
    for path in sorted(paths):
        found[path] = tree.look(path)
        if len(found[path]) == 64:
            tree.keep_file(path)
    return found
