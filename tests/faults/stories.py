"""Whole stories: a struck rollout and its return, a struck try of a broken release."""

from __future__ import annotations

import time

from tests.faults.aftermath import check_answers, check_state
from tests.faults.ground import BAD, GOOD, Ground
from tests.faults.strikes import Strikes, return_all, update_all
from tests.load import constant_load


def there_and_back(
    ground: Ground, forward: Strikes, back: Strikes
) -> tuple[dict[int, str], dict[int, str]]:
    """A rollout and its return, struck on both ways, under constant load; where all ended."""
    with constant_load(ground.fleet, [each.domain for each in ground.villages]) as load:
        rollout_id, first = update_all(ground, "good", forward)
        there = check_state(ground, rollout_id, first)
        second = return_all(ground, rollout_id, back)
        again = check_state(ground, rollout_id, second)
        time.sleep(1)
    check_answers(ground, load, [first, second], GOOD.version)
    return there, again


def broken_release(ground: Ground, strikes: Strikes) -> dict[int, str]:
    """Every village tries a release whose home page is 500, and is struck on its way back."""
    with constant_load(ground.fleet, [each.domain for each in ground.villages]) as load:
        rollout_id, course = update_all(ground, "bad", strikes)
        ended = check_state(ground, rollout_id, course)
        time.sleep(1)
    check_answers(ground, load, [course], BAD.version)
    return ended
