"""Touch: a release moves from one state to the next, by one table of allowed moves."""

from __future__ import annotations

from collections.abc import Iterable

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import Release, ReleaseState, append_event, db, transaction, utc_now
from siappakai.models.release import version_key

MOVES: dict[ReleaseState, frozenset[ReleaseState]] = {
    ReleaseState.NEW: frozenset({ReleaseState.BUILT}),
    ReleaseState.BUILT: frozenset({ReleaseState.TESTED}),
    ReleaseState.TESTED: frozenset({ReleaseState.OFFERED, ReleaseState.WITHDRAWN}),
    ReleaseState.OFFERED: frozenset({ReleaseState.WITHDRAWN}),
    ReleaseState.WITHDRAWN: frozenset(
        {
            ReleaseState.OFFERED,
            ReleaseState.BUILT,  # built again with another content: to be tested again
        }
    ),
}
WANTS_REASON = frozenset(
    {
        (ReleaseState.TESTED, ReleaseState.WITHDRAWN),
        (ReleaseState.OFFERED, ReleaseState.WITHDRAWN),
        (ReleaseState.WITHDRAWN, ReleaseState.OFFERED),
    }
)
LONGEST_REASON = 200
PRUNED = "Citranya sudah dipangkas; bangun ulang untuk memakainya."
PRUNED_TAG = "dipangkas"


def move_release(release: Release, state: ReleaseState, *, by: str, reason: str = "") -> None:
    """Part of the caller's transaction: the one place where a release changes its state.

    Each move is a line of history. A withdrawn release goes on running where it runs.
    """
    before, reason = release.state, reason.strip()
    _refuse_move(release, state, reason)
    release.state, release.state_reason = state, reason[:LONGEST_REASON]
    if state == ReleaseState.OFFERED:
        release.offered_at = utc_now()
    append_event(
        "release_moved",
        f"release:{release.id}",
        by=by,
        version=f"{release.product} {release.version}",
        was=str(before),
        state=str(state),
        reason=reason,
    )


def _refuse_move(release: Release, state: ReleaseState, reason: str) -> None:
    if state not in MOVES[release.state]:
        raise Refused(
            f"Rilis {release.version} berkeadaan “{release.state}”, tidak dapat menjadi “{state}”.",
            hint=_NEXT_ACT[release.state],
        )
    if state == ReleaseState.OFFERED and is_pruned(release):
        raise Refused(PRUNED, hint="Tekan Bangun ulang pada halaman rilis itu.")
    if (release.state, state) in WANTS_REASON and not reason:
        raise InvalidInput(
            "Alasannya belum diisi.", hint="Tulis satu kalimat; ia tampil di halaman rilis ini."
        )


_NEXT_ACT = {
    ReleaseState.NEW: "Bangun dahulu rilis itu.",
    ReleaseState.BUILT: "Rilis itu belum lulus pemasangan percobaan; lihat sebabnya di halamannya.",
    ReleaseState.TESTED: "Rilis itu dapat ditawarkan atau ditarik.",
    ReleaseState.OFFERED: "Rilis itu sudah ditawarkan; ia dapat ditarik.",
    ReleaseState.WITHDRAWN: "Rilis itu sudah ditarik; ia dapat ditawarkan lagi.",
}


def offer_release(release_id: int, *, by: str, reason: str = "") -> None:
    """The release may be launched from now on; a withdrawn one only with a reason."""
    with transaction():
        move_release(get_release(release_id), ReleaseState.OFFERED, by=by, reason=reason)


def withdraw_release(release_id: int, *, by: str, reason: str) -> None:
    """Nobody new gets the release; who runs it goes on, and may return to it."""
    with transaction():
        move_release(get_release(release_id), ReleaseState.WITHDRAWN, by=by, reason=reason)


def mark_tested(release: Release, *, by: str) -> None:
    """Part of the caller's transaction: its installation was proven; others keep their state."""
    if release.state == ReleaseState.BUILT:
        move_release(release, ReleaseState.TESTED, by=by)


def explain_untested(release_id: int, reason: str) -> None:
    """A built release says on its page why it is not tested."""
    with transaction():
        release = get_release(release_id)
        if release.state == ReleaseState.BUILT:
            release.state_reason = reason[:LONGEST_REASON]
            append_event("release_refused", f"release:{release_id}", by="sistem", reason=reason)


def get_release(release_id: int) -> Release:
    release = db.session.get(Release, release_id)
    if release is None:
        raise NotFound("Rilis itu tidak ada.", hint="Pilih dari daftar rilis.")
    return release


def is_pruned(release: Release) -> bool:
    """Whether its image was made once and taken away since."""
    return release.image_tag == PRUNED_TAG


def newest_first(releases: Iterable[Release]) -> list[Release]:
    """In the order of their versions, not of their rows."""
    return sorted(releases, key=lambda each: (version_key(each.version), each.id), reverse=True)
