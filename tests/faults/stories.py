"""Whole stories: a struck rollout and its return, a struck try of a broken release."""

from __future__ import annotations

import time

from siappakai.models import Instance, ObservedState, Operation, db
from siappakai.provision.observe import observe_server
from siappakai.provision.order import order_return
from tests.faults.aftermath import check_answers, check_state
from tests.faults.ground import BAD, GOOD, Ground
from tests.faults.strikes import Strikes, return_all, update_all
from tests.load import constant_load


def there_and_back(
    ground: Ground, forward: Strikes, back: Strikes
) -> tuple[dict[int, str], dict[int, str]]:
    """A rollout and its return, struck on both ways, under constant load; where all ended.

    A return that failed is wholly on the new release, and is ordered again, unstruck.
    """
    courses = []
    with constant_load(ground.fleet, [each.domain for each in ground.villages]) as load:
        rollout_id, course = update_all(ground, "good", forward)
        there = ended = check_state(ground, rollout_id, course)
        courses.append(course)
        for strikes in (back, ()):
            if "good" in ended.values():
                courses.append(return_all(ground, rollout_id, strikes))
                ended = check_state(ground, rollout_id, courses[-1])
        time.sleep(1)
    check_answers(ground, load, courses, GOOD.version)
    return there, ended


def broken_release(ground: Ground, strikes: Strikes) -> dict[int, str]:
    """Every village tries a release whose home page is 500, and is struck on its way back."""
    with constant_load(ground.fleet, [each.domain for each in ground.villages]) as load:
        rollout_id, course = update_all(ground, "bad", strikes)
        ended = check_state(ground, rollout_id, course)
        time.sleep(1)
    check_answers(ground, load, [course], BAD.version)
    return ended


def begin_again(ground: Ground) -> None:
    """All villages are on the old release, whatever a test that failed has left.

    They are looked at again too: a plan leaves out who was seen ill while something was away.
    """
    ground.stand_still({})
    with ground.fleet.app.app_context():
        ordered = [
            order_return(each.instance_id, by="uji")
            for each in ground.villages
            if db.session.get_one(Instance, each.instance_id).recorded_release_id
            != ground.releases["old"]
        ]

    def all_done() -> bool:
        return all(db.session.get_one(Operation, one).is_finished for one in ordered)

    ground.wait(all_done, "villages go back to the old release")
    with ground.fleet.app.app_context():
        seen = observe_server(ground.fleet.server_id)
        assert seen[ObservedState.HEALTHY] == len(ground.villages)
        db.session.remove()
    for village in ground.villages:
        assert ground.content(village) == ground.old[village.instance_id]
