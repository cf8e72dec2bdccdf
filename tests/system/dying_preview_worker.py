"""A worker that kills itself with SIGKILL in or after one step of a preview. For tests only."""

from __future__ import annotations

import os
import signal
import sys
import threading

from siappakai.provision.preview_steps import PREVIEW
from siappakai.provision.step_context import Result, StepContext
from siappakai.worker import work


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(name: str, moment: str) -> None:
    """Replace the step by one that dies after its work, or so many seconds into it."""
    real = PREVIEW[name]

    def step(context: StepContext) -> Result:
        if moment != "after":
            threading.Timer(float(moment), die).start()
        real(context)
        die()
        raise AssertionError("killed")

    PREVIEW[name] = step


if __name__ == "__main__":
    dying(sys.argv[1], sys.argv[2])
    work()
