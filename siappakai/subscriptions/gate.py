"""Think: may this release be offered to a village whose subscription ends on that day?

OpenSID refuses a premium release whose month begins after the token's end (controllers/Token.php,
isPremiumVersionExpired: `20YY-MM-01` against `akhir`); so does the panel, before it is installed.
"""

from __future__ import annotations

import re
from datetime import date

from siappakai.subscriptions.expiry import MONTHS, days_left, written_date

PREMIUM = "premium"
# `2607.0.0`, `v2607.0.1-beta`, and the older form `v22.07.01` of PBB.
_VERSION = re.compile(r"v?([0-9]{2})\.?(0[1-9]|1[0-2])(?:[.\-+].*)?", re.DOTALL)


def version_month(version: str) -> date | None:
    """The first day of the month a version is named after, or None when it names none."""
    found = _VERSION.fullmatch(version.strip())
    return date(2000 + int(found[1]), int(found[2]), 1) if found else None


def release_allowed(version: str, edition: str, ends_on: date | None, today: date) -> str:
    """Why the release is not offered, in Indonesian; empty when it may be."""
    if edition != PREMIUM:
        return ""
    if ends_on is None:
        return "belum punya token langganan, padahal rilis ini premium"
    month = version_month(version)
    if month is None:
        return f"bulan rilis premium {version[:20]} tidak dikenal, jadi tidak dapat dicocokkan"
    if month <= ends_on:
        return ""
    verb = "sudah berakhir" if days_left(ends_on, today) < 0 else "hanya sampai"
    return (
        f"token langganan {verb} {written_date(ends_on)}; "
        f"rilis premium {MONTHS[month.month - 1]} {month.year} di luar masanya"
    )
