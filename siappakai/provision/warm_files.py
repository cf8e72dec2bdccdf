"""Touch: the scripts that a release's pages use: learnt once, compiled ahead in new containers.

A new container has compiled nothing, so its first page would keep visitors waiting while they are
held. Whatever goes wrong here is a note in a step's result: it costs a second, never an update.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from siappakai.errors import SiapPakaiError
from siappakai.provision import files, verify
from siappakai.provision.http_probe import Answer, ask_over_socket
from siappakai.provision.job import Job
from siappakai.provision.naming import ServerPaths
from siappakai.provision.stopwatch import outside

FOLDER = "hangat"
LOADED_PATH = "/.siappakai/loaded"
WARM_PATH = "/.siappakai/warm"
WITHIN_S = 12.0
ASK_S = 10.0  # the container itself gives up after 8
MOST_SCRIPTS = 3000
MOST_BYTES = 1_000_000  # what the container reads
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_SCRIPT = re.compile(r"/var/www/app(/(?!\.\.?/)[^/\x00-\x1f\x7f]{1,200}){1,30}\.php")


def learn(job: Job, socket: Path) -> dict[str, Any]:
    """Keep which scripts this instance has compiled, unless its release's are known already.

    To be asked after its pages were proven, never while visitors are held.
    """
    target = list_file(job.server.paths, job.digest)
    if target is None or target.exists() or not job.recipe.compiles_ahead:
        return {}
    try:
        with outside():
            answer = _ask(job, socket, LOADED_PATH, ASK_S)
        scripts = read_list(answer.text) if answer.is_success else []
        if not scripts:
            return {"note": f"daftar berkas tidak terbaca ({answer.status})"}
        _keep(target, scripts)
    except (SiapPakaiError, OSError) as error:
        return {"note": f"daftar berkas tidak disimpan: {error}"[:300]}
    return {"scripts": len(scripts)}


def warm_up(job: Job, socket: Path) -> dict[str, Any]:
    """Have the new container compile what its release's pages use; how many, and in what time."""
    if not job.recipe.compiles_ahead:
        return {"note": "produk ini tidak dihangatkan"}
    scripts = known_scripts(job.server.paths, job.digest)
    if not scripts:
        return {"note": "belum ada daftar berkas rilis ini"}
    started = time.monotonic()
    try:
        with outside():
            told = _compile_all(job, socket, scripts, started + WITHIN_S)
    except SiapPakaiError as error:
        return {"note": f"tidak dihangatkan: {error}"[:300]}
    return {**told, "seconds": round(time.monotonic() - started, 3)}


def wait_and_warm_up(job: Job, socket: Path) -> dict[str, Any]:
    """The same for a container that was only just started, however well it says it is."""
    deadline = time.monotonic() + WITHIN_S
    with outside():
        while verify.ask_health(job.recipe, job.place, socket) is None:
            if time.monotonic() > deadline:
                return {"note": "tidak menjawab, jadi tidak dihangatkan"}
            time.sleep(verify.POLL_S)
    return warm_up(job, socket)


def _compile_all(job: Job, socket: Path, scripts: Sequence[str], deadline: float) -> dict[str, Any]:
    """Asked again without the script that ended PHP's request, as long as there is time."""
    compiled, left, asked, wanted = 0, 0, 0, list(scripts)
    while True:
        left_s = min(ASK_S, deadline - time.monotonic())
        if left_s <= 0:
            return {"compiled": compiled, "asked": asked, "note": "waktu habis"}
        answer = _ask(job, socket, WARM_PATH, left_s, wanted)
        asked += 1
        told = verify.read_object(answer) or {}
        if not answer.is_success or not told.get("ok"):
            return {"compiled": compiled, "asked": asked, "note": f"menjawab {answer.status}"}
        compiled += int(told.get("compiled") or 0)
        left += int(told.get("left") or 0)
        at = told.get("at")
        if told.get("stopped") != "fatal" or at not in wanted:
            return {"compiled": compiled, "left": left, "asked": asked, "of": len(scripts)}
        wanted = wanted[wanted.index(at) + 1 :]


def _ask(
    job: Job, socket: Path, path: str, timeout_s: float, scripts: Sequence[str] | None = None
) -> Answer:
    headers = {"Host": job.place.region.domain}
    if scripts is None:
        return ask_over_socket(socket, "GET", path, headers=headers, timeout_s=timeout_s)
    headers["Content-Type"] = "application/json"
    body = json.dumps(scripts).encode()
    return ask_over_socket(socket, "POST", path, headers=headers, body=body, timeout_s=timeout_s)


# --- the list of a release


def list_file(paths: ServerPaths, digest: str) -> Path | None:
    """Where a release's list is kept; None when the digest isn't one."""
    match = _DIGEST.fullmatch(digest)
    return paths.root / FOLDER / f"{match[1]}.json" if match else None


def known_scripts(paths: ServerPaths, digest: str) -> list[str]:
    """The scripts that a release's pages use; empty when nobody knows them yet."""
    target = list_file(paths, digest)
    try:
        return read_list(target.read_text()) if target else []
    except (OSError, UnicodeDecodeError):
        return []


def read_list(text: str) -> list[str]:
    """The scripts in a list; empty unless every one of them may be of a release.

    It came from a village's container, and others are asked to compile it.
    """
    try:
        told = json.loads(text)
    except ValueError:
        return []
    if not isinstance(told, list) or len(told) > MOST_SCRIPTS or len(text) > MOST_BYTES:
        return []
    well = all(isinstance(each, str) and _SCRIPT.fullmatch(each) for each in told)
    return told if well else []


def forget_list(paths: ServerPaths, digest: str) -> None:
    """The list of a release whose image is gone is gone too."""
    target = list_file(paths, digest)
    if target is not None:
        target.unlink(missing_ok=True)


def _keep(target: Path, scripts: Sequence[str]) -> None:
    """Whole or not at all, though several workers may learn the same at once."""
    files.make_dir(target.parent, uid=0, gid=0, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".baru", dir=target.parent)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(list(scripts), stream, indent=0)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, target)
