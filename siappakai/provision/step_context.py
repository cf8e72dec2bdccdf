"""Touch: what every step of an operation works with: its job, its tools, earlier results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from siappakai.errors import StepFailed
from siappakai.provision.job import Job
from siappakai.provision.tools import Tools, tools_for
from siappakai.provision.wanted import ContainerSpec, make_container_spec

Result = Mapping[str, Any]


@dataclass(slots=True)
class StepContext:
    """A job, its tools, and what earlier steps (perhaps of another attempt) found out.

    `members` are the jobs of all instances that the operation moves; alone, the job itself.
    """

    job: Job
    tools: Tools
    results: dict[str, Result] = field(default_factory=dict)
    members: tuple[Job, ...] = ()

    def __post_init__(self) -> None:
        self.members = self.members or (self.job,)

    @classmethod
    def of(cls, job: Job, results: dict[str, Result]) -> StepContext:
        return cls(job, tools_for(job.server), results)


def wanted_container(job: Job) -> ContainerSpec:
    """The instance's container with its way outside, if it has one."""
    way_out = job.way_out
    spec = make_container_spec(
        job.recipe,
        job.paths,
        uid=job.uid,
        image_digest=job.digest,
        labels={
            "village": job.place.region.code,  # or a district's or regency's code
            "product": job.recipe.product,
            "release": job.release.version,
            "digest": job.digest,
            "instance": str(job.instance_id),
        },
        files=tuple(job.recipe.files(job.place)),
        environment={**job.recipe.environment(job.place), **way_out.environment},
    )
    return replace(spec, mounts=(*spec.mounts, *way_out.mounts), hosts=dict(way_out.hosts))


def run_commands(
    context: StepContext, commands: Sequence[tuple[str, ...]], word: str
) -> list[dict[str, Any]]:
    """The answers of these commands, each run to its end in a throw-away container."""
    return [run_command(context, command, word) for command in commands]


def run_command(
    context: StepContext,
    command: tuple[str, ...],
    word: str,
    limit_s: int = 900,
    spec: ContainerSpec | None = None,
) -> dict[str, Any]:
    """One command's JSON answer; StepFailed when it fails or says that it did not do its work.

    `spec` is the container to run it in, if it isn't just like the instance's own.
    """
    job = context.job
    name = command_container(job, word)
    result = context.tools.engine.run_once(name, spec or wanted_container(job), command, limit_s)
    answer = last_object(result.output)
    if result.exit_code or not answer.get("ok"):
        raise StepFailed(
            f"Perintah {command[-1] if len(command) < 4 else command[2]} milik "
            f"{job.recipe.label} gagal (kode {result.exit_code}).",
            hint="Baca keterangan di bawah; setelah sebabnya diperbaiki, tekan Coba lagi.",
            log_tail=(result.output + "\n" + result.errors)[-6000:],
        )
    return answer


def command_container(job: Job, word: str) -> str:
    """The throw-away container of such a command; an attempt before may have left it running."""
    return f"{job.server.paths.fleet}-{job.paths.key}-{word}"


def last_object(output: str) -> dict[str, Any]:
    """The JSON object on the last line of a program's output; empty when there is none."""
    try:
        answer = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}
