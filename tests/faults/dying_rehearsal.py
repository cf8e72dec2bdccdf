"""A worker that kills itself with SIGKILL in one step of a rehearsal. For tests only."""

from __future__ import annotations

import os
import signal
import sys
import threading

from siappakai.models import OperationKind
from siappakai.provision import run
from siappakai.provision.step_context import Result, StepContext
from siappakai.worker import work


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(name: str, moment: str) -> None:
    """Replace the step `name` by one that dies before, after, or so many seconds inside it."""
    steps = run.STEP_FUNCTIONS[OperationKind.REHEARSE]
    real = steps[name]

    def step(context: StepContext) -> Result:
        if moment == "before":
            die()
        if moment != "after":
            threading.Timer(float(moment), die).start()
        result = real(context)
        die()
        return result

    steps[name] = step


if __name__ == "__main__":
    dying(sys.argv[1], sys.argv[2])
    work()
