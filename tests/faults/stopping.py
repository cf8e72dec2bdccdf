"""A worker or ticker that stands still at a moment told by a file, until it may go on or is killed.

    python -m tests.faults.stopping worker|ticker FOLDER

FOLDER/saat.json says where: instance id → moment; under "0" what is no instance's. On reaching its
moment a process writes its id to FOLDER/sampai-<instance> (the first one only) and waits for
FOLDER/lanjut-<instance>. Moments are `perbarui.migrate.before` (a step of an operation, or
`perbarui.return.…`, its way back) and `call.restore._take_place.after` (a function on the way).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from siappakai import create_app, worker
from siappakai.models import OperationKind
from siappakai.provision import run
from siappakai.provision.docker_engine import DockerEngine
from siappakai.ticker import tick_forever

WHERE, REACHED, GO_ON = "saat.json", "sampai-", "lanjut-"
NOBODY = "0"
KINDS = (OperationKind.UPDATE, OperationKind.RETURN)
PROVISION = "siappakai.provision."
CALLS = (
    PROVISION + "databases._write_without_accounts",
    PROVISION + "update_steps.bring_back",
    PROVISION + "kept_files.apply_changes",
    PROVISION + "file_view_apply._reach",
    PROVISION + "holding.hide_copies",
    PROVISION + "restore._load_aside",
    PROVISION + "restore._take_place",
    PROVISION + "come_back.hold_all",
    PROVISION + "come_back.bring_back",
    PROVISION + "come_back._bring_files_back",
    PROVISION + "come_back._try_all",
    PROVISION + "come_back.lead_to",
    PROVISION + "come_back._want_old_again",
    PROVISION + "come_back.remove_others",
    PROVISION + "record.append_event",
    "siappakai.rollout.drive.after_operation",
    "siappakai.rollout.drive.enqueue_operations",
    "siappakai.rollout.drive._carry_out",
)


class Stops:
    """Where this process stands still; `instance` is the one it works on just now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.instance = NOBODY

    def pass_by(self, moment: str) -> None:
        """Stand still if this is the moment, and nobody stood here before."""
        try:
            wanted = json.loads((self.folder / WHERE).read_text())
        except FileNotFoundError:
            return
        for who in (self.instance, NOBODY):
            if wanted.get(who) == moment and self._is_first(who):
                while not (self.folder / f"{GO_ON}{who}").exists():
                    time.sleep(0.02)

    def _is_first(self, who: str) -> bool:
        written = self.folder / f"{os.getpid()}.{who}"
        written.write_text(str(os.getpid()))
        try:
            os.link(written, self.folder / f"{REACHED}{who}")
        except FileExistsError:
            return False
        finally:
            written.unlink()
        return True

    def around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def passed(*args: Any, **more: Any) -> Any:
            self.pass_by(f"{name}.before")
            result = real(*args, **more)
            self.pass_by(f"{name}.after")
            return result

        return passed

    def around_step(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """The same for a step, which tells whose turn it is."""
        inner = self.around(name, real)

        def step(context: Any) -> Any:
            self.instance = str(context.job.instance_id)
            return inner(context)

        return step

    def stand_at_steps(self) -> None:
        for kind in KINDS:
            steps = run.STEP_FUNCTIONS[kind]
            for name in list(steps):
                steps[name] = self.around_step(f"{kind}.{name}", steps[name])
            run.COMES_BACK[kind] = self.around_step(f"{kind}.return", run.COMES_BACK[kind])

    def stand_at_calls(self) -> None:
        for path in CALLS:
            module, _, name = path.rpartition(".")
            place = importlib.import_module(module)
            short = f"call.{module.rpartition('.')[2]}.{name}"
            setattr(place, name, self.around(short, getattr(place, name)))

    def stand_in_containers(self) -> None:
        """`inside.pindah`: the throw-away container of that word has just been started."""
        real = DockerEngine._wait

        def wait(engine: DockerEngine, name: str, timeout_s: float) -> int:
            self.pass_by(f"inside.{name.rpartition('-')[2]}")
            return real(engine, name, timeout_s)

        DockerEngine._wait = wait  # type: ignore[method-assign]


def main(role: str, folder: str) -> None:
    stops = Stops(Path(folder))
    stops.stand_at_steps()
    stops.stand_at_calls()
    stops.stand_in_containers()
    if role == "ticker":
        tick_forever(create_app(), threading.Event())
    worker.work()


if __name__ == "__main__":
    main(*sys.argv[1:])
