"""A worker that kills itself with SIGKILL before or after one step of a brand's application."""

from __future__ import annotations

import os
import signal
import sys

from siappakai.provision.brand_steps import APPLY_BRAND
from siappakai.provision.step_context import Result, StepContext
from siappakai.worker import work


def dying(name: str, moment: str) -> None:
    real = APPLY_BRAND[name]

    def step(context: StepContext) -> Result:
        if moment == "after":
            real(context)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed")

    APPLY_BRAND[name] = step


if __name__ == "__main__":
    dying(sys.argv[1], sys.argv[2])
    work()
