"""A worker: takes ids from the queue and runs the operations behind them."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from siappakai import create_app
from siappakai.errors import Refused
from siappakai.models import db
from siappakai.provision.run import run_operation
from siappakai.queue import RUN, RUN_TASK, open_queue
from siappakai.rollout import drive, rehearse
from siappakai.tasks import run as tasks

WORKER_NAME = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


@cache
def worker_app() -> Flask:
    """One application a process, made when the first job comes."""
    return create_app()


def run(operation_id: int) -> None:
    """The queue calls this with an operation's id; everything else stands in the rows."""
    _run(_run_and_go_on, operation_id)


def run_task(task_id: int) -> None:
    """The other function the queue calls: work that is on no instance; an id as well."""
    _run(tasks.run_task, task_id)


def _run_and_go_on(app: Flask, operation_id: int, worker: str, lease_s: int) -> None:
    """After an operation of a rollout or rehearsal ended, the next begins at once."""
    run_operation(app, operation_id, worker, lease_s)
    drive.after_operation(operation_id)
    rehearse.after_operation(operation_id)


def _run(carry_out: Callable[[Flask, int, str, int], None], work_id: int) -> None:
    app = worker_app()
    lease_s = app.extensions["siappakai_settings"].lease_s
    with app.app_context():
        try:
            carry_out(app, work_id, WORKER_NAME, lease_s)
        finally:
            db.session.remove()


class OperationJob(Job):
    """A queued id, and nothing but an id.

    Workers are root and Redis is written by the panel's account too, so what a job says about
    functions, callbacks and webhooks is not believed: there are two functions, named here, and
    one whole number.
    """

    @property
    def func(self) -> Callable[[int], None]:
        ours = {RUN: run, RUN_TASK: run_task}
        is_plain = not self.kwargs and [type(one) for one in self.args] == [int]
        if self.func_name not in ours or not is_plain:
            raise Refused("Antrean memuat pekerjaan yang bukan milik panel ini.")
        return ours[self.func_name]

    def restore(self, raw_data: Any) -> None:
        super().restore(raw_data)
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []


def work(burst: bool = False) -> None:
    """Work until told to stop; a second signal stops at once."""
    app = worker_app()
    with app.app_context():
        worker = SimpleWorker(
            [open_queue(OperationJob)],
            job_class=OperationJob,
            serializer=JSONSerializer,
            name=WORKER_NAME,
        )
        worker.work(burst=burst, logging_level="WARNING")
