"""Touch: what a rehearsal's steps found out becomes a verdict, village by village."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from siappakai.models import (
    Operation,
    RehearsalItem,
    Verdict,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.products.balance import command_for
from siappakai.products.data_checks import Finding, find_checks
from siappakai.provision.held_time import HeldParts, hold_seconds
from siappakai.provision.job import Job
from siappakai.provision.step_context import Result, StepContext
from siappakai.rollout import verdicts
from siappakai.rollout.verdicts import Found


def write_verdicts(context: StepContext) -> Result:
    """Verdict, findings and measures of every village stand in its row, in one transaction."""
    measures = _measures(context)
    told = {job.instance_id: _of_village(context, job, measures) for job in context.members}
    with transaction():
        operation = db.session.get_one(Operation, context.job.operation_id)
        for instance_id, (verdict, findings, own) in told.items():
            item = db.session.scalar(
                db.select(RehearsalItem).filter_by(
                    rehearsal_id=operation.rehearsal_id, instance_id=instance_id
                )
            )
            if item is None:
                continue  # it joined the database after the rehearsal was ordered
            item.verdict, item.findings, item.measures = verdict, findings, own
            item.operation_id, item.finished_at = operation.id, utc_now()
            item.judged_at = item.finished_at
            item.from_release_id = int(context.results["check_rehearsal"]["from_release_id"])
            append_event(
                "rehearsed", f"instance:{instance_id}", by=operation.claimed_by, verdict=verdict
            )
    return {str(one): str(verdict) for one, (verdict, _, _) in told.items()}


def _of_village(
    context: StepContext, job: Job, measures: Mapping[str, Any]
) -> tuple[Verdict, list[dict[str, str]], dict[str, Any]]:
    own = {**measures, **_own_measures(context, job)}
    findings = verdicts.in_order(
        [*_migration(context), *_pages(context, job), *_losses(context, job)]
    )
    went_well = not findings and bool(_seen(context, job))
    findings += [
        *_beside(context, job),
        *_dirt(context, job, went_well),
        *verdicts.slow(own),
        *verdicts.logged(_seen(context, job).get("log_errors", {})),
    ]
    findings = verdicts.in_order(findings)
    return verdicts.verdict_of(findings), [each.to_json() for each in findings], own


def _migration(context: StepContext) -> Iterable[Found]:
    tried = context.results["try_migration"]
    if tried["ok"]:
        return ()
    if tried["is_hanging"]:
        return (verdicts.migration_hangs(float(tried["migrate_s"]), tried["log_tail"]),)
    return (verdicts.migration_failed(tried["message"], tried["log_tail"]),)


def _seen(context: StepContext, job: Job) -> Mapping[str, Any]:
    """What was seen of this village's own pages; empty when it was not in the sample."""
    seen: Mapping[str, Any] = context.results["probe"].get("seen", {})
    return seen.get(str(job.instance_id), {})


def _pages(context: StepContext, job: Job) -> Iterable[Found]:
    told = _seen(context, job)
    if "wrong" in told:
        yield verdicts.page_wrong(told["kind"], told["wrong"], told["log_tail"])


def _beside(context: StepContext, job: Job) -> Iterable[Found]:
    for told in context.results["probe"].get("beside", ()):
        if "wrong" in told and told["village_code"] == job.place.region.code:
            yield verdicts.neighbour_ill(
                told["label"], told["wrong"], told["log_tail"], was_ill=told["was_ill"]
            )


def _losses(context: StepContext, job: Job) -> Iterable[Found]:
    codes = _codes(context)
    command = command_for(job.recipe.product, job.release.version, job.release.edition)
    for told in context.results["compare"]["losses"]:
        if _concerns(job, told["village_code"], codes):
            yield verdicts.lost(told["key"], told["sentence"], command)


def _dirt(context: StepContext, job: Job, went_well: bool) -> Iterable[Found]:
    """Dirty rows; only a village whose pages were opened, and answered, proves a fear wrong."""
    version = str(context.results["check_rehearsal"]["from_version"])
    listed = _listed(job, version)
    codes = _codes(context)
    for row in context.results["inspect"]["findings"]:
        finding = Finding.from_json(row)
        if _concerns(job, finding.village_code, codes):
            foretold = {finding.code, finding.code.partition(":")[0]}
            yield verdicts.dirty(finding, is_disproven=went_well and not foretold & listed)


def _listed(job: Job, from_version: str) -> frozenset[str]:
    """Codes that the product's own list speaks of: tried on the real thing, not only foretold."""
    checks = find_checks(job.recipe.product, from_version, job.release.version)
    relations = {f"yatim:{each.child}.{each.column}" for each in checks.relations}
    return frozenset({*checks.effects, *relations, *(each.code for each in checks.listed)})


def _codes(context: StepContext) -> frozenset[str]:
    return frozenset(each.place.region.code for each in context.members)


def _concerns(job: Job, village_code: str, codes: frozenset[str]) -> bool:
    """What is nobody's, or of a village that does not serve, concerns all of the database."""
    return village_code == job.place.region.code or village_code not in codes


def _measures(context: StepContext) -> dict[str, Any]:
    """Seconds and bytes of the whole database; `hold_s` is what visitors will wait."""
    results = context.results
    tried = results["try_migration"]
    clone = tried.get("clone") or results["clone"]
    count_s, members = float(results["count"]["count_s"]), len(context.members)
    member_s = _member_seconds(context)
    parts = HeldParts(
        float(clone["dump_s"]), count_s, float(tried.get("migrate_s") or 0), member_s, members
    )
    return {
        "dump_s": round(parts.dump_s, 3),
        "load_s": round(float(clone["load_s"]), 3),
        "dump_bytes": clone["size_bytes"],
        "migrate_s": tried.get("migrate_s"),
        "member_s": round(member_s, 3),
        "hold_s": round(hold_seconds(parts), 1),
        "probed": len(results["probe"].get("seen", {})),
        "probed_of": results["probe"].get("of", members),
        "proof": tried["proof"],
    }


def _member_seconds(context: StepContext) -> float:
    """What preparing and proving one village took, on average of those that were opened."""
    seen = context.results["probe"].get("seen", {}).values()
    return fmean(
        [float(each["prepare_s"]) + float(each["proof_s"]) for each in seen if "proof_s" in each]
        or [0.0]
    )


def _own_measures(context: StepContext, job: Job) -> dict[str, Any]:
    told = _seen(context, job)
    return {"first_page_s": told.get("first_page_s"), "is_probed": bool(told)}
