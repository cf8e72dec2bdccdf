"""Touch: checked lines wait for their admin, tokens in the vault, and are kept or forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from siappakai.errors import NotFound, Refused
from siappakai.local_words import words_of_regency
from siappakai.models import (
    StoredSecret,
    Subscription,
    SubscriptionCheck,
    SubscriptionLine,
    Village,
    db,
    read_setting,
    transaction,
    utc_now,
)
from siappakai.subscriptions.check import (
    KEPT,
    CheckContext,
    CheckedLine,
    KnownVillage,
    LineOutcome,
    check_lines,
)
from siappakai.subscriptions.keep import keep_token
from siappakai.subscriptions.lines import Line
from siappakai.vault import find_secret, keep_secret

WAITS = timedelta(hours=1)
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class KeepResult:
    """How many tokens were kept, and why others were not."""

    kept: int = 0
    same: int = 0
    shorter_left: int = 0
    outdated: int = 0
    wrong: int = 0
    already_saved: bool = False


def start_check(
    check_id: str, lines: Iterable[Line], *, by: str, only_code: str = ""
) -> SubscriptionCheck:
    """The lines checked and held for an hour; the same id again gives the check it gave before.

    Nothing of the villages changes. The tokens of right lines lie in the vault until then.
    """
    checked = check_lines(lines, _context(only_code))
    forget_expired(utc_now())
    with transaction():
        kept = db.session.get(SubscriptionCheck, check_id)
        if kept is not None:
            return kept
        check = SubscriptionCheck(
            id=check_id, only_code=only_code, created_by=by, expires_at=utc_now() + WAITS
        )
        db.session.add(check)
        db.session.flush()
        if checked:
            db.session.execute(insert(SubscriptionLine), [_row(check_id, line) for line in checked])
        _hold_tokens(check_id, checked)
        return check


def get_check(check_id: str, *, by: str) -> SubscriptionCheck:
    """The person's own check; NotFound for another's, for a forgotten or for an expired one."""
    check = db.session.get(SubscriptionCheck, check_id)
    if check is None or check.created_by != by or check.expires_at <= utc_now():
        raise NotFound(
            "Pemeriksaan token ini tidak ada atau sudah kedaluwarsa.",
            hint="Token yang belum disimpan dibuang setelah satu jam. Tempel sekali lagi.",
        )
    return check


def save_check(check_id: str, *, by: str, shorter: Set[int] = frozenset()) -> KeepResult:
    """The right lines become the villages' tokens; those that shorten only when ticked.

    `shorter` holds the numbers of ticked lines. A village whose token changed after the check is
    left as it is and counted as outdated. A few lines a transaction, so that workers need not
    wait; stopped half-way, a second call goes on. At the end the tokens held are thrown away.
    """
    check = get_check(check_id, by=by)
    if check.saved_at is not None:
        return KeepResult(already_saved=True)
    numbers = [line.number for line in check.lines]
    counts: Counter[str] = Counter()
    for start in range(0, len(numbers), AT_ONCE):
        counts += _save_some(check_id, numbers[start : start + AT_ONCE], shorter, by)
    with transaction():
        db.session.get_one(SubscriptionCheck, check_id).saved_at = utc_now()
        _forget_tokens([check_id])
    return KeepResult(**counts)


def discard_check(check_id: str, *, by: str) -> None:
    """The check and the tokens it held are gone."""
    with transaction():
        if get_check(check_id, by=by).saved_at is not None:
            raise Refused("Pemeriksaan ini sudah disimpan; tidak ada yang dibatalkan.")
        _forget([check_id])


def forget_expired(now: datetime) -> int:
    """Throw away checks whose hour has passed, with their tokens; returns how many."""
    old = select(SubscriptionCheck.id).where(SubscriptionCheck.expires_at <= now)
    if not list(db.session.scalars(old)):
        return 0
    with transaction():
        ids = list(db.session.scalars(old))
        _forget(ids)
        return len(ids)


def _save_some(check_id: str, numbers: list[int], shorter: Set[int], by: str) -> Counter[str]:
    with transaction():
        lines = db.session.scalars(
            select(SubscriptionLine).where(
                SubscriptionLine.check_id == check_id, SubscriptionLine.number.in_(numbers)
            )
        ).all()
        return Counter(_save_line(line, shorter, by) for line in lines)


def _save_line(line: SubscriptionLine, shorter: Set[int], by: str) -> str:
    """Keeps one line's token; returns the name of what it counts as."""
    outcome = LineOutcome(line.outcome)
    if outcome not in KEPT:
        return "wrong" if outcome is LineOutcome.WRONG else "same"
    if outcome is LineOutcome.SHORTER and line.number not in shorter:
        return "shorter_left"
    present = db.session.get(Subscription, line.village_code, populate_existing=True)
    has_now = present.fingerprint if present else ""
    if has_now == line.fingerprint:
        return "same"
    token = find_secret(_owner(line.check_id), str(line.number))
    if token is None or has_now != line.before_fingerprint:
        return "outdated"
    keep_token(line.village_code, token, by=by)
    return "kept"


def _context(only_code: str) -> CheckContext:
    rows = db.session.execute(
        select(
            Village.code, Village.name, Subscription.ends_on, Subscription.fingerprint
        ).outerjoin(Subscription, Subscription.village_code == Village.code)
    )
    return CheckContext(
        villages={
            code: KnownVillage(name, ends_on, mark or "") for code, name, ends_on, mark in rows
        },
        now=utc_now(),
        only_code=only_code,
        village_word=words_of_regency(read_setting("regency_code") or "").village,
    )


def _row(check_id: str, line: CheckedLine) -> dict[str, Any]:
    return {
        "check_id": check_id,
        "number": line.number,
        "outcome": str(line.outcome),
        "village_code": line.village_code,
        "village_name": line.village_name,
        "ends_on": line.facts.ends_on if line.facts else None,
        "fingerprint": line.facts.fingerprint if line.facts else "",
        "before_ends_on": line.before_ends_on,
        "before_fingerprint": line.before_fingerprint,
        "message": line.message,
        "hint": line.hint,
    }


def _hold_tokens(check_id: str, checked: Iterable[CheckedLine]) -> None:
    for line in checked:
        if line.outcome in KEPT and line.token is not None:
            held = line.token
            keep_secret(_owner(check_id), str(line.number), lambda held=held: held)


def _forget(ids: list[str]) -> None:
    _forget_tokens(ids)
    db.session.execute(delete(SubscriptionLine).where(SubscriptionLine.check_id.in_(ids)))
    db.session.execute(delete(SubscriptionCheck).where(SubscriptionCheck.id.in_(ids)))


def _forget_tokens(ids: list[str]) -> None:
    owners = [_owner(each) for each in ids]
    db.session.execute(delete(StoredSecret).where(StoredSecret.owner.in_(owners)))


def _owner(check_id: str) -> str:
    return f"subscription_check:{check_id}"
