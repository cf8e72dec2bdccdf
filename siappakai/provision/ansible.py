"""Touch: runs one playbook on one server through ansible-runner and tells what really happened.

`status == "successful"` is no proof: a play that meets no host ends with 0 too. Only the closing
statistics are believed, and only when they name the wanted host.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import ansible_runner
import yaml

from siappakai.errors import StepErrored, StepFailed, Unavailable
from siappakai.provision.server_address import ServerAddress as ServerAddress
from siappakai.provision.server_address import inventory_of
from siappakai.secret import Secret

ATTEMPT_PREFIX = "siappakai-play-"
TAIL_LINES = 15
HIDDEN = "rincian disembunyikan karena memuat rahasia"
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class PlayEvent:
    """One thing that happened: kind is started, ok, changed, skipped, failed or unreachable."""

    kind: str
    task: str
    host: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A task that failed, with the words that explain it."""

    task: str
    message: str


@dataclass(frozen=True, slots=True)
class PlayResult:
    """What a play did to its server; `recap` counts tasks of that server by outcome.

    The last of `failures` ended the play; earlier ones were answered by a rescue.
    """

    ok: bool
    changed: int
    failures: tuple[TaskFailure, ...]
    unreachable: bool
    stats: Mapping[str, Mapping[str, int]]
    recap: Mapping[str, int]
    log_tail: str

    def require_ok(self) -> PlayResult:
        """Itself, or StepFailed (Unavailable when the server could not be reached) with why."""
        if self.ok:
            return self
        reason = "".join(f"{one.task}: {one.message}" for one in self.failures[-1:])
        if self.unreachable:
            raise Unavailable(
                f"Server tidak dapat dihubungi. {reason}".strip(),
                hint="Periksa alamat, kunci SSH, dan apakah server itu menyala.",
                log_tail=self.log_tail,
            )
        raise StepFailed(
            f"Penyiapan server gagal. {reason}".strip(),
            hint="Perbaiki penyebabnya lalu jalankan lagi; yang sudah selesai tidak diulang.",
            log_tail=self.log_tail,
        )


def run_play(
    playbook: Path,
    host: ServerAddress,
    variables: Mapping[str, Any],
    secrets: Mapping[str, Secret] | None = None,
    *,
    check: bool = False,
    on_event: Callable[[PlayEvent], None] | None = None,
    timeout_s: int = 1800,
    stop: threading.Event | None = None,
) -> PlayResult:
    """What `playbook` did on `host`; StepErrored when it did not run there at all.

    Setting `stop` ends it early, in the middle of a long task too. Values are handed over as data,
    never as templates, in a file only we can read; the folder of the attempt is deleted
    afterwards, whatever happens.
    """
    hidden = {name: value.reveal() for name, value in (secrets or {}).items()}
    listener = _Listener(on_event, tuple(value for value in hidden.values() if value), stop)
    sweep_dead_attempts()
    attempt = Path(tempfile.mkdtemp(prefix=f"{ATTEMPT_PREFIX}{os.getpid()}-"))
    try:
        _write_private(attempt / "variables.yml", as_yaml_data({**variables, **hidden}))
        _write_private(attempt / "inventory" / "hosts.json", json.dumps(inventory_of(host)))
        _write_private(attempt / "ansible.cfg", "[defaults]\n")
        runner = _run_attempt(attempt, playbook, check, timeout_s, listener)
        return read_result(host.name, runner.status, runner.stats, listener)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)


def _run_attempt(
    attempt: Path, playbook: Path, check: bool, timeout_s: int, listener: _Listener
) -> ansible_runner.Runner:
    """The finished runner. Ansible is driven by a thread, and events are told in ours: whatever
    the one who listens raises (a lost lease, a time limit) ends Ansible and goes on upwards.
    """
    stop = threading.Event()
    thread, runner = ansible_runner.run_async(
        private_data_dir=str(attempt),
        playbook=str(playbook.resolve()),
        cmdline=f"-e @{attempt / 'variables.yml'}" + (" --check --diff" if check else ""),
        envvars=_environment(attempt),
        event_handler=listener,
        cancel_callback=lambda: stop.is_set() or listener.stop.is_set(),
        quiet=True,
        timeout=timeout_s,
    )
    try:
        while thread.is_alive():
            listener.tell(wait_s=0.2)
        listener.tell(wait_s=0)
    finally:
        stop.set()
        thread.join()
        _end_workers(attempt)
    return runner


def _end_workers(attempt: Path) -> None:
    """End what outlived its Ansible: workers have sessions of their own since ansible-core 2.19,
    so that ending Ansible early leaves them and the command they run. Services that a task
    started have left those sessions and live on.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(attempt) in (process / "cmdline").read_bytes():
                group = os.getpgid(int(process.name))
                if group != os.getpgrp():
                    os.killpg(group, signal.SIGKILL)


class _Listener:
    """Takes the runner's events one by one; keeps failures and the last lines, never secrets."""

    def __init__(
        self,
        on_event: Callable[[PlayEvent], None] | None,
        hidden: Iterable[str] = (),
        stop: threading.Event | None = None,
    ) -> None:
        self.on_event = on_event
        self.stop = stop or threading.Event()
        self.hidden = tuple(hidden)
        self.failures: list[TaskFailure] = []
        self.lines: list[str] = []
        self.untold: SimpleQueue[PlayEvent] = SimpleQueue()

    def tell(self, wait_s: float) -> None:
        """Tell all events that are there; wait up to `wait_s` for each next one."""
        with suppress(Empty):
            while True:
                seen = self.untold.get(timeout=wait_s) if wait_s else self.untold.get_nowait()
                if self.on_event is not None:
                    self.on_event(seen)

    def __call__(self, event: Mapping[str, Any]) -> bool:
        """Pass the event on; False tells ansible-runner not to keep it in a file."""
        self._remember(str(event.get("stdout") or ""))
        seen = read_event(event)
        if seen is not None:
            seen = PlayEvent(seen.kind, seen.task, seen.host, self.without_secrets(seen.message))
            if seen.kind in {"failed", "unreachable"}:
                self.failures.append(TaskFailure(seen.task, seen.message))
            self.untold.put(seen)
        return event.get("event") == "playbook_on_stats"

    def _remember(self, text: str) -> None:
        plain = TERMINAL_COLOURS.sub("", self.without_secrets(text))
        self.lines += [line.rstrip() for line in plain.splitlines() if line.strip()]
        del self.lines[:-TAIL_LINES]

    def without_secrets(self, text: str) -> str:
        for value in self.hidden:
            text = text.replace(value, "…")
        return text

    @property
    def log_tail(self) -> str:
        return "\n".join(self.lines)


def read_event(event: Mapping[str, Any]) -> PlayEvent | None:
    """The PlayEvent in an event of ansible-runner, or None when it tells the admin nothing."""
    data = event.get("event_data") or {}
    task, host = _spoken(str(data.get("task") or "")), str(data.get("host") or "")
    match event.get("event"):
        case "playbook_on_task_start":
            return PlayEvent("started", task)
        case "runner_on_ok":
            return PlayEvent("changed" if _has_changed(event, data) else "ok", task, host)
        case "runner_on_skipped":
            return PlayEvent("skipped", task, host)
        case "runner_on_failed" if not data.get("ignore_errors"):
            return PlayEvent("failed", task, host, explain(data.get("res") or {}))
        case "runner_on_unreachable":
            return PlayEvent("unreachable", task, host, explain(data.get("res") or {}))
    return None


def _has_changed(event: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """A no_log task hides even whether it changed; only the printed line tells."""
    result = data.get("res") or {}
    if "censored" in result:
        return TERMINAL_COLOURS.sub("", str(event.get("stdout") or "")).startswith("changed:")
    return bool(result.get("changed"))


def _spoken(task: str) -> str:
    """The task's name for the admin; the names that Ansible makes itself are English."""
    if task.startswith("Validating arguments against arg spec"):
        return "Memeriksa pengaturan"
    return "Mengenali server" if task == "Gathering Facts" else task


def explain(result: Mapping[str, Any]) -> str:
    """The last lines of a task's result that say why it failed; a no_log task says nothing."""
    if "censored" in result:
        return HIDDEN
    failed = [item for item in result.get("results") or [] if item.get("failed")]
    if failed:
        return "; ".join(explain(item) for item in failed[:3])
    words = [str(result.get(key) or "").strip() for key in ("msg", "stderr", "module_stderr")]
    text = "\n".join(dict.fromkeys(word for word in words if word)) or "tanpa keterangan"
    return "\n".join(text.splitlines()[-TAIL_LINES:])


def read_result(
    host: str,
    status: str,
    stats: Mapping[str, Mapping[str, int]] | None,
    listener: _Listener,
) -> PlayResult:
    """The verdict from the closing statistics; StepErrored when they are absent or name others."""
    if status == "timeout":
        raise StepErrored(
            "Playbook melewati batas waktu dan dihentikan.",
            hint="Jalankan lagi; yang sudah selesai tidak diulang.",
            log_tail=listener.log_tail,
        )
    if status == "canceled":
        raise StepErrored(
            "Playbook dihentikan sebelum selesai.",
            hint="Jalankan lagi; yang sudah selesai tidak diulang.",
            log_tail=listener.log_tail,
        )
    if stats is None:
        raise StepErrored(
            "Ansible tidak dapat dijalankan.",
            hint="Baca catatan di bawah; biasanya playbook atau peran yang tidak terbaca.",
            log_tail=listener.log_tail,
        )
    recap = {name: hosts.get(host, 0) for name, hosts in stats.items()}
    if not any(recap.values()):
        raise StepErrored(
            f"Playbook tidak menyentuh server {host}.",
            hint="Periksa baris hosts pada playbook dan nama server.",
            log_tail=listener.log_tail,
        )
    ok = recap["ok"] + recap["processed"] > 0 and not recap["failures"] and not recap["dark"]
    failures = () if ok else tuple(listener.failures)
    unreachable = recap["dark"] > 0
    return PlayResult(ok, recap["changed"], failures, unreachable, stats, recap, listener.log_tail)


class _Data(dict[str, Any]):
    """Values that Ansible must take as they are, braces included."""


class _DataDumper(yaml.SafeDumper):
    """Writes values under the tag that forbids templating."""


_DataDumper.add_representer(
    _Data, lambda dumper, values: dumper.represent_mapping("!unsafe", dict(values))
)


def as_yaml_data(values: Mapping[str, Any]) -> str:
    """YAML in which no text is a template, so that a `{{` in a value stays a `{{`.

    The tag stands at the whole: on a single text Ansible would read it once more, and make a
    number of `0123` and nothing at all of an empty one (ansible's `_yaml/_constructor.py`).
    """
    return yaml.dump(_Data(_plain(values)), Dumper=_DataDumper, allow_unicode=True)


def _plain(value: Any) -> Any:
    match value:
        case str() | Path():
            return str(value)
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return value


def _environment(attempt: Path) -> dict[str, str]:
    """What Ansible adds to our environment; our own settings are blanked, secrets among them."""
    ours = {name: "" for name in os.environ if name.startswith("SIAPPAKAI_")}
    return {
        **ours,
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "ANSIBLE_CONFIG": str(attempt / "ansible.cfg"),
        "ANSIBLE_HOME": str(attempt / "home"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",  # ansible-runner turns it off unless told
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(attempt / "cp"),  # a connection ends with its play
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_NOCOWS": "True",
    }


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def sweep_dead_attempts() -> None:
    """Delete what attempts of processes that were killed left behind, secrets among it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{ATTEMPT_PREFIX}*-*"):
        owner = folder.name.removeprefix(ATTEMPT_PREFIX).split("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)) and folder.lstat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process_id: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return False
    return True
