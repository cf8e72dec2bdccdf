"""A worker that kills itself with SIGKILL before, inside or after one step. For tests only."""

from __future__ import annotations

import os
import signal
import sys
import threading

from siappakai.provision import run
from siappakai.provision.install_steps import INSTALL, Result, StepContext
from siappakai.worker import work


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(name: str, moment: str) -> None:
    """Replace the step `name` by one that dies at `moment` (before, inside, after)."""
    real = INSTALL[name]

    def step(context: StepContext) -> Result:
        if moment == "before":
            die()
        if moment == "inside":
            threading.Timer(0.15, die).start()
        result = real(context)
        die()
        return result

    INSTALL[name] = step
    assert run.STEP_FUNCTIONS[next(iter(run.STEP_FUNCTIONS))][name] is step


if __name__ == "__main__":
    dying(sys.argv[1], sys.argv[2])
    work()
