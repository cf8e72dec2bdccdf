"""Touch: one instance wears a brand version, proven; if anything fails it wears what it wore."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from siappakai.errors import StepErrored, StepFailed
from siappakai.models import Instance, db
from siappakai.products.brand import BrandProof, SlotState, Wear
from siappakai.products.contract import PageProbe, Statement
from siappakai.provision import files, verify
from siappakai.provision.brand_dress import (
    UNCHANGED,
    changed,
    content_hash,
    to_states,
)
from siappakai.provision.brand_packages import check_packages, check_theme
from siappakai.provision.brand_plan import FOLDER, LINK
from siappakai.provision.brand_remember import Look, brand_tree, look_at, remember, version_of
from siappakai.provision.brand_wanted import find_version
from siappakai.provision.brand_worn import Dressed, record_dressed, values_of, want_worn_again
from siappakai.provision.containers import remove_others
from siappakai.provision.http_probe import get_over_socket
from siappakai.provision.install_steps import (
    prepare_files,
    start_instance,
    switch,
    verify_outside,
)
from siappakai.provision.refresh_steps import forget
from siappakai.provision.step_context import Result, StepContext, last_object
from siappakai.provision.stopwatch import outside

States = Mapping[str, SlotState]
LINK_SEEN_S = 4.5  # a link that leads elsewhere is followed anew (images/opensid/README.md)


def check_brand(context: StepContext) -> Result:
    """The version and its theme are there, and the instance serves a proven release."""
    job = context.job
    version = find_version(version_of(job))
    number = version.number if version is not None else 0
    row = db.session.get_one(Instance, job.instance_id)
    serving = row.recorded_spec_sha256
    db.session.rollback()
    if not serving or not context.tools.engine.has_image(job.digest):
        raise StepErrored(
            "Belum ada versi yang terbukti berjalan di sini.", hint="Pasang dahulu aplikasinya."
        )
    check_theme(context, version_of(job))
    return {"number": number, "serving": serving, "mariadb": context.tools.databases.ping()}


def lay_files(context: StepContext) -> Result:
    """Every file and link of the new look lies in its place, whole."""
    plan, tree = context.results["remember"], brand_tree(context.job)
    check_packages(context, plan["laid"].values())
    count = sum(tree.lay(path, what) for path, what in sorted(plan["laid"].items()))
    return {"files": count or UNCHANGED}


def is_link(what: str) -> bool:
    return what.startswith(LINK)


def write_values(context: StepContext) -> Result:
    """The application's own rows hold the new look, all in one transaction."""
    plan = context.results["remember"]
    before, wanted = to_states(plan["before"]), to_states(plan["wanted"])
    _refuse_gone_rows(look_at(context), changed(before, wanted))
    return {"values": _write(context, before, wanted) or UNCHANGED}


def _refuse_gone_rows(look: Look, addresses: Sequence[str]) -> None:
    gone = [each.label for each in look.slots if each.address in set(addresses) - set(look.present)]
    if gone:
        raise StepFailed(
            f"Baris {gone[0]} baru saja hilang dari basis data aplikasi.",
            hint="Tekan Coba lagi: isian yang tidak punya baris dilewati.",
        )


def _write(context: StepContext, now: States, wanted: States) -> int:
    """How many rows were written; an address whose row is gone is left out."""
    job = context.job
    cells = {each.address: each for each in job.recipe.brand_slots(job.place)}
    statements = []
    for address in changed(now, wanted):
        if address not in now or address not in cells:
            continue
        slot, state = cells[address], wanted[address]
        if slot.cell is not None and now[address].text != state.text:
            sql, values = slot.cell.write(state.text)
            statements.append(Statement(sql, values, expects_one=f"baris {slot.label}"))
    if statements:
        context.tools.databases.run(job.place.database.name, statements)
    return len(statements)


def forget_brand(context: StepContext) -> Result:
    """The application reads its changed rows and files again."""
    if not context.results["remember"]["changed"]:
        return {"commands": UNCHANGED}
    return forget(context)


def verify_brand(context: StepContext) -> Result:
    """Health, pages, every value read back, and pages made by just this look."""
    plan = context.results["remember"]
    _prove_states(context, to_states(plan["wanted"]), plan["laid"])
    earlier = plan["before_files"]
    if any(is_link(what) and is_link(earlier[path]) for path, what in plan["laid"].items()):
        with outside():
            time.sleep(LINK_SEEN_S)
    pages = _prove_pages(context, plan)
    return {"pages": pages, "values": len(plan["wanted"]), "files": len(plan["laid"])}


def _prove_states(context: StepContext, wanted: States, laid: Mapping[str, str]) -> None:
    look = look_at(context)
    wrong = [each for each in changed(look.present, wanted) if each in wanted]
    labels = {each.address: each.label for each in look.slots}
    if wrong:
        raise StepFailed(
            f"{labels[wrong[0]]} tidak terbaca seperti yang ditulis.",
            hint="Aplikasi sedang menulisnya juga. Coba lagi; bila berulang, lihat log aplikasi.",
            log_tail=", ".join(wrong),
        )
    missing = [
        path for path, what in laid.items() if what != FOLDER and look.tree.look(path) != what
    ]
    if missing:
        raise StepFailed(f"Berkas {missing[0]} tidak seperti yang ditulis.", hint="Coba lagi.")


def _prove_pages(context: StepContext, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Each page is asked for once: it answers as ever, and its source shows the new look."""
    job = context.job
    socket = job.paths.socket_of(str(context.results["start"]["spec_sha256"]))
    wear = Wear(plan["number"], plan["values"], states=to_states(plan["wanted"]))
    probes = {each.path: each for each in job.recipe.page_probes(job.place, job.release)}
    proofs = {each.path: each for each in job.recipe.brand_proofs(job.place, wear)}
    pages = {}
    for path in dict.fromkeys((*probes, *proofs)):
        with outside():
            answer = get_over_socket(
                socket, path, host=job.place.region.domain, timeout_s=verify.PAGE_TIMEOUT_S
            )
        wrong = verify.wrong_answer(probes.get(path) or PageProbe(path), answer)
        missing = missing_text(proofs.get(path), answer.text)
        if wrong or missing:
            _refuse_page(context, path, wrong or f"tidak memakai wajah yang baru ({missing})")
        pages[path] = {"status": answer.status, "seconds": round(answer.seconds, 3)}
    return pages


def _refuse_page(context: StepContext, path: str, wrong: str) -> NoReturn:
    raise StepFailed(
        f"Halaman {path}: {wrong}.",
        hint="Tema itu mungkin gagal dimuat. Baca log aplikasi, lalu tekan Coba lagi.",
        log_tail=context.tools.engine.last_log_lines(str(context.results["start"]["container"])),
    )


def missing_text(proof: BrandProof | None, source: str) -> str:
    """The first text that the page's source should hold and doesn't; empty when it has all."""
    wanted = proof.must_hold if proof is not None else ()
    return next((text for text in wanted if text not in source), "")


def record_brand(context: StepContext) -> Result:
    """The rows say what the instance wears, with an append-only record of it."""
    job, plan = context.job, context.results["remember"]
    states = to_states(plan["wanted"])
    dressed = Dressed(
        version_id=plan["version_id"],
        values={**values_of(states), **plan["values"]},
        states=states,
        files=plan["files"],
        locked=frozenset(plan["locked"]),
        before=to_states(plan["before"]),
        sha256=content_hash(states, plan["files"]),
        spec_sha256=str(context.results["start"]["spec_sha256"]),
        note=plan["note"],
        replaced=frozenset(plan.get("replaced", ())),
    )
    written = record_dressed(job.instance_id, job.operation_id, dressed, by=job.requested_by)
    return {**written, "changed": plan["changed"] or UNCHANGED, "note": plan["note"]}


def retire_brand(context: StepContext) -> Result:
    """What no row names any more is gone, and so is a container that serves no longer."""
    plan, tree = context.results["remember"], brand_tree(context.job)
    gone = sum(tree.lay(path, what) for path, what in plan["gone"].items())
    look = look_at(context)
    kept = {each.sha256 for each in (*look.worn.base.values(), *look.worn.states.values())}
    forgotten = tree.forget_kept(frozenset(kept | {*plan["files"].values()}))
    removed = remove_others(context, keep=str(context.results["start"]["container"]))
    return {"gone": gone, "forgotten": forgotten, "removed": removed}


def undress(context: StepContext) -> Result:
    """Rows, files and links are to the byte what they were, and the old container serves.

    Rows that are gone meanwhile, and folders that stood in the place of files, are left out.
    """
    plan = context.results["remember"]
    tree, before = brand_tree(context.job), to_states(plan["before"])
    present = look_at(context).present
    rows = _write(context, present, before)
    earlier = {path: plan["before_files"][path] for path in sorted(plan["laid"])}
    laid = sum(tree.lay(path, what) for path, what in earlier.items())
    serving = str(context.results["check_brand"]["serving"])
    name = _serve(context, serving)
    _forget_in(context, name)
    left = {address: state for address, state in before.items() if address in present}
    _prove_states(context, left, earlier)
    socket = context.job.paths.socket_of(serving)
    verify.wait_until_healthy(context.job, socket)
    verify.prove_pages_inside(context.job, socket)
    want_worn_again(context.job.instance_id)
    return {"rows": rows, "files": laid, "container": name}


def _serve(context: StepContext, spec_sha256: str) -> str:
    """The container that served before serves; one that was begun beside it is gone."""
    paths = context.job.paths
    name = paths.container(spec_sha256)
    context.tools.engine.start(name)
    verify.wait_until_healthy(context.job, paths.socket_of(spec_sha256))
    files.switch_link(paths.current, paths.link_target(spec_sha256))
    remove_others(context, keep=name)
    return name


def _forget_in(context: StepContext, name: str) -> None:
    for command in context.job.recipe.forget_commands():
        result = context.tools.engine.run_inside(name, command)
        if result.exit_code or not last_object(result.output).get("ok"):
            raise StepFailed(
                f"{context.job.recipe.label} belum membaca ulang wajah lamanya.",
                hint="Tekan Coba lagi: operasi ini meneruskan jalan kembalinya.",
                log_tail=(result.output + "\n" + result.errors)[-4000:],
            )


APPLY_BRAND: dict[str, Callable[[StepContext], Result]] = {
    "check_brand": check_brand,
    "files": prepare_files,
    "remember": remember,
    "brand_files": lay_files,
    "start": start_instance,
    "switch": switch,
    "brand_values": write_values,
    "forget": forget_brand,
    "verify": verify_brand,
    "outside": verify_outside,
    "record_brand": record_brand,
    "retire": retire_brand,
}
