"""A worker: takes ids from the queue and runs the operations behind them."""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from siappakai import create_app
from siappakai.models import db
from siappakai.provision.run import run_operation
from siappakai.queue import OperationJob, open_queue

WORKER_NAME = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


@cache
def worker_app() -> Flask:
    """One application a process, made when the first job comes."""
    return create_app()


def run(operation_id: int) -> None:
    """The one function the queue calls; it gets an id and finds everything else in the rows."""
    app = worker_app()
    lease_s = app.extensions["siappakai_settings"].lease_s
    with app.app_context():
        try:
            run_operation(app, operation_id, WORKER_NAME, lease_s)
        finally:
            db.session.remove()


def work(burst: bool = False) -> None:
    """Work until told to stop; a second signal stops at once."""
    app = worker_app()
    with app.app_context():
        worker = SimpleWorker(
            [open_queue()], job_class=OperationJob, serializer=JSONSerializer, name=WORKER_NAME
        )
        worker.work(burst=burst, logging_level="WARNING")
