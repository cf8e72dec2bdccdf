"""A rollout in rows, five minutes ago, and the edge's log that its villages' visitors filled."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from siappakai.models import (
    Instance,
    ItemState,
    Operation,
    Rollout,
    RolloutItem,
    RolloutState,
    RolloutWave,
    Step,
    StepState,
    db,
    transaction,
)
from siappakai.provision.naming import instance_key
from siappakai.rollout.drive import advance
from siappakai.rollout.policy import Limits, RolloutPolicy
from siappakai.rollout.watch import watch
from tests.integration.rows.rollout_rows import active_operations, begin, end_operation, make_ground

AGO_S = 300


def at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@dataclass
class Day:
    """Seconds are counted from the beginning of the first wave."""

    rollout_id: int
    instances: list[int]
    keys: list[str]
    logs: Path
    began_s: int

    @classmethod
    def begin(cls, root: Path, waves: tuple[int, ...] = (2, 4), **more: Any) -> Day:
        """All villages on the old release; the first wave has just begun to move."""
        policy = RolloutPolicy(
            limits=Limits(parallel=waves[0]), skip_calendar_days=False, **{"bake_s": 120, **more}
        )
        rollout_id, instances = make_ground(root, sum(waves), list(waves), policy)
        began_s = int(time.time()) - AGO_S
        begin(rollout_id)
        with transaction():
            rows = [db.session.get_one(Instance, one) for one in instances]
            keys = [instance_key(each.product, each.scope_code) for each in rows]
        day = cls(rollout_id, instances, keys, root / "edge" / "logs", began_s)
        day.logs.mkdir(parents=True)
        day.set_wave(1, started_at=0)
        return day

    # --- rows

    def set_wave(self, number: int, **seconds: float) -> None:
        with transaction():
            for name, second in seconds.items():
                setattr(self._wave(number), name, at(self.began_s + second))

    def move_wave(self, held: float = 10, switched: float = 13, ends: float | None = None) -> None:
        """All that runs now ends well; visitors were held between the two seconds."""
        for operation in active_operations():
            self._hold(operation.id, held)
            end_operation(operation.id, well=True)
            self._switch(operation.id, switched)
        advance(self.rollout_id)
        rollout = self.rollout()
        number = max(each.number for each in rollout.waves if each.finished_at)
        bake_s = rollout.waves[number - 1].bake_s
        db.session.rollback()
        self.set_wave(number, finished_at=switched, bake_until_at=ends or switched + bake_s)

    def _hold(self, operation_id: int, second: float) -> None:
        with transaction():
            step = self._step(operation_id, "hold")
            step.state, step.started_at = StepState.DONE, at(self.began_s + second)
            step.result = {"held_at": self.began_s + second, "held": []}

    def _switch(self, operation_id: int, second: float) -> None:
        target = self.rollout().release_id
        with transaction():
            for name in ("warm", "check_return", "switch"):
                step = self._step(operation_id, name)
                if step is not None:
                    step.started_at = step.finished_at = at(self.began_s + second)
                    step.state = StepState.DONE
                if step is not None and name == "check_return":
                    step.result = {"old_release_id": target}
            operation = db.session.get_one(Operation, operation_id)
            operation.finished_at = at(self.began_s + second + 1)

    def _step(self, operation_id: int, name: str) -> Any:
        return db.session.query(Step).filter_by(operation_id=operation_id, name=name).one_or_none()

    def rollout(self) -> Rollout:
        db.session.expire_all()
        return db.session.get_one(Rollout, self.rollout_id)

    def _wave(self, number: int) -> RolloutWave:
        return next(each for each in self.rollout().waves if each.number == number)

    def verdict(self, number: int = 1) -> dict[str, Any]:
        found = dict(self._wave(number).verdict or {})
        db.session.rollback()
        return found

    def state(self) -> RolloutState:
        found = self.rollout().state
        db.session.rollback()
        return found

    def untouched(self) -> int:
        """How many units wait on their old release."""
        found = [
            each.id
            for each in db.session.query(RolloutItem).filter_by(
                rollout_id=self.rollout_id, state=ItemState.WAITING
            )
        ]
        db.session.rollback()
        return len(found)

    # --- visitors

    def visitors(
        self,
        keys: list[str],
        first: int,
        last: int,
        *,
        each: int = 1,
        fails: int = 0,
        seconds: float = 0.1,
    ) -> None:
        """Every second in [first, last) `each` requests of each; one of `fails` gets 500."""
        number = 0
        with (self.logs / "sites.log").open("a") as log:
            for second in range(first, last):
                for key in keys:
                    for _ in range(each):
                        number += 1
                        status = 500 if fails and number % fails == 0 else 200
                        log.write(self._line(second, key, status, seconds))

    def _line(self, second: int, key: str, status: int, seconds: float) -> str:
        row = {
            "level": "info",
            "ts": at(self.began_s + second).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "logger": "http.log.access.sites",
            "msg": "handled request",
            "request": {"method": "GET", "host": "x.desa.id", "uri": "/"},
            "duration": seconds,
            "size": 1053,
            "status": status,
            "instance_key": key,
        }
        return json.dumps(row, separators=(",", ":")) + "\n"

    def look(self, until: int) -> None:
        """What the ticker does, as if it were this second."""
        watch(self.rollout_id, self.began_s + until)
