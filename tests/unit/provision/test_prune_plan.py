"""An image goes only when nothing needs it and enough newer ones stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from siappakai.models.release import INSTALLABLE, ReleaseState, version_key
from siappakai.provision.prune_plan import (
    DumpFile,
    Pruning,
    ReleaseImage,
    prunable,
    unused_dumps,
)

STATES = [str(each) for each in ReleaseState if each != ReleaseState.NEW]
images = st.lists(
    st.builds(
        ReleaseImage,
        release_id=st.integers(1, 40),
        product=st.sampled_from(["opensid", "pbb"]),
        edition=st.sampled_from(["umum", "premium"]),
        version=st.builds("24{:02d}.0.0".format, st.integers(1, 12)),
        state=st.sampled_from(STATES),
        digest=st.just("sha256:x"),
        size_bytes=st.integers(0, 10),
    ),
    max_size=14,
    unique_by=lambda each: each.release_id,
)


def image(release_id: int, version: str, state: str = "ditarik") -> ReleaseImage:
    return ReleaseImage(release_id, "opensid", "umum", version, state, f"sha256:{release_id}", 7)


@given(images, st.sets(st.integers(1, 40)), st.integers(0, 4))
def test_nothing_needed_or_offered_goes_and_n_others_of_each_kind_stay(
    rows: list[ReleaseImage], needed: set[int], keep_n: int
) -> None:
    gone, kept = prunable(rows, dict.fromkeys(needed, "dipakai"), keep_n)
    assert sorted([*gone, *(each.image for each in kept)], key=lambda e: e.release_id) == sorted(
        rows, key=lambda e: e.release_id
    )
    offered = {str(each) for each in INSTALLABLE}
    assert not [each for each in gone if each.release_id in needed or each.state in offered]
    for each in gone:
        spared = [
            other.image
            for other in kept
            if (other.image.product, other.image.edition) == (each.product, each.edition)
            and other.image.release_id not in needed
            and other.image.state not in offered
        ]
        assert len(spared) == keep_n
        assert all(version_key(one.version) >= version_key(each.version) for one in spared)


def test_versions_decide_which_are_newest_not_ids() -> None:
    rows = [image(9, "2602.1.0"), image(1, "2602.10.0"), image(5, "2602.2.0")]
    gone, kept = prunable(rows, {}, 1)
    assert [each.version for each in gone] == ["2602.1.0", "2602.2.0"]
    assert [each.image.version for each in kept] == ["2602.10.0"]


def test_only_what_was_shown_is_taken_and_only_what_still_may_go() -> None:
    now = Pruning((image(1, "2401.0.0"), image(2, "2402.0.0")))
    shown = Pruning.of(
        {"images": [{**vars_of(image(2, "2402.0.0"))}, {**vars_of(image(3, "2403.0.0"))}]}
    )
    assert [each.release_id for each in now.only(shown).images] == [2]
    assert now.only(Pruning()).images == ()


def vars_of(one: ReleaseImage) -> dict[str, object]:
    return {name: getattr(one, name) for name in ReleaseImage.__slots__}


def test_a_dump_goes_only_when_old_well_ended_and_no_way_back() -> None:
    old = DumpFile("/a/operasi-1.sql", 1, 10, 40.0, True)
    others = [
        DumpFile("/a/operasi-2.sql", 2, 10, 29.0, True),  # young
        DumpFile("/b/operasi-3.sql", 3, 10, 40.0, False),  # failed, under way, or unknown
        DumpFile("/b/operasi-5.sql", 5, 10, 40.0, True),  # a way back
    ]
    gone = unused_dumps([old, *others], frozenset({5}), 30)
    assert [each.path for each in gone] == ["/a/operasi-1.sql"]
