"""The queue carries ids, nothing else; rows are the truth, the ticker refills what is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import cache

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from siappakai.log import get_logger

log = get_logger(__name__)

RUN = "siappakai.worker.run"
RUN_TASK = "siappakai.worker.run_task"
TASK_MARK = "tugas"
JOB_TIMEOUT_S = 4 * 3600


@cache
def connect_redis(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30)


def open_queue(job_class: type[Job] = Job) -> Queue:
    settings = current_app.extensions["siappakai_settings"]
    return Queue(
        settings.fleet,
        connection=connect_redis(settings.redis_url),
        job_class=job_class,
        serializer=JSONSerializer,
    )


def enqueue_operations(operation_ids: Iterable[int]) -> bool:
    """Tell the workers to look at these operations; False when Redis doesn't answer.

    Losing this call loses nothing: the ticker finds the rows and calls again.
    """
    return _enqueue(RUN, {one: f"{uuid.uuid4().hex}-{one}" for one in operation_ids})


def enqueue_tasks(task_ids: Iterable[int]) -> bool:
    """Tell the workers to look at these tasks; losing this call loses nothing either."""
    named = {one: f"{uuid.uuid4().hex}-{TASK_MARK}-{one}" for one in task_ids}
    return _enqueue(RUN_TASK, named)


def _enqueue(function: str, job_ids: dict[int, str]) -> bool:
    """One job for each id, carrying that whole number and nothing else."""
    if not job_ids:
        return True
    queue = open_queue()
    jobs = [
        Queue.prepare_data(
            function,
            args=(one,),
            timeout=JOB_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=3600,
            job_id=job_id,
        )
        for one, job_id in job_ids.items()
    ]
    try:
        queue.enqueue_many(jobs)
    except RedisError as error:
        log.warning("queue_unreachable", error=str(error))
        return False
    return True


def queued_operation_ids() -> set[int]:
    """The operations whose ids wait in the queue now; raises RedisError."""
    return _waiting_ids(of_tasks=False)


def queued_task_ids() -> set[int]:
    """The tasks whose ids wait in the queue now; raises RedisError."""
    return _waiting_ids(of_tasks=True)


def _waiting_ids(*, of_tasks: bool) -> set[int]:
    names = (one.split("-") for one in open_queue().get_job_ids())
    ours = (name for name in names if name[-1].isdecimal() and (TASK_MARK in name) == of_tasks)
    return {int(name[-1]) for name in ours}
