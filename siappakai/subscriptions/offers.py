"""Touch: which villages a release may not be offered to, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select

from siappakai.models import Release, Subscription, db, utc_now
from siappakai.subscriptions.expiry import local_date
from siappakai.subscriptions.gate import PREMIUM, release_allowed

AT_ONCE = 500


def token_gate(
    codes: Iterable[str], release: Release, now: datetime | None = None
) -> dict[str, str]:
    """The villages of `codes` that the release is kept from, each with the reason in Indonesian."""
    if release.edition != PREMIUM:
        return {}
    wanted, at = sorted(set(codes)), now or utc_now()
    ends = _ends_of(wanted)
    reasons = (
        (
            code,
            release_allowed(release.version, release.edition, ends.get(code), local_date(code, at)),
        )
        for code in wanted
    )
    return {code: reason for code, reason in reasons if reason}


def _ends_of(codes: list[str]) -> dict[str, date]:
    found: dict[str, date] = {}
    for start in range(0, len(codes), AT_ONCE):
        some = codes[start : start + AT_ONCE]
        query = select(Subscription.village_code, Subscription.ends_on)
        rows = db.session.execute(query.where(Subscription.village_code.in_(some)))
        found.update({row.village_code: row.ends_on for row in rows})
    return found
