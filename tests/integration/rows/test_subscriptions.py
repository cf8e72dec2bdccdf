"""Rules of kept tokens: encrypted, one step back, warned once, pushed once, release by release."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from siappakai.errors import InvalidInput, NotFound, Refused, SettingsError
from siappakai.models import (
    DatabaseGroup,
    Edition,
    Event,
    Instance,
    Release,
    StoredSecret,
    Subscription,
    SubscriptionCheck,
    SubscriptionLine,
    Village,
    WantedState,
    db,
    transaction,
    utc_now,
)
from siappakai.secret import Secret
from siappakai.subscriptions import (
    checks,
    fingerprint_of,
    instances_to_push,
    keep_token,
    needs_push,
    note_pushed,
    return_token,
    tend_subscriptions,
    token_for,
    token_gate,
    villages_to_push,
    warn_expiring,
)
from siappakai.subscriptions.checks import (
    KeepResult,
    discard_check,
    forget_expired,
    get_check,
    save_check,
    start_check,
)
from siappakai.subscriptions.lines import lines_of_text
from tests.cast import BONTOKANANG, TAMASAJU, add_release, add_server, add_villages
from tests.unit.subscriptions.tokens import make_token

CHECK = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture(autouse=True)
def villages(app: Flask) -> None:
    add_villages()


def keep(code: str, ends: str) -> str:
    token = make_token(code, ends)
    with transaction():
        keep_token(code, Secret(token), by="ani")
    return token


def held(code: str) -> str:
    token = token_for(code)
    return token.reveal() if token else ""


def events(word: str) -> list[tuple[str, dict]]:
    rows = db.session.scalars(select(Event).filter_by(word=word).order_by(Event.id))
    return [(row.subject, row.fields) for row in rows]


def start(text: str, check_id: str = CHECK, by: str = "ani", only_code: str = "") -> list[str]:
    check = start_check(check_id, lines_of_text(text), by=by, only_code=only_code)
    return [line.outcome for line in check.lines]


def test_a_village_keeps_its_own_token_and_no_other(app: Flask) -> None:
    first, second = keep(TAMASAJU, "2026-12-31"), keep(BONTOKANANG, "2027-06-30")
    assert (held(TAMASAJU), held(BONTOKANANG)) == (first, second)
    row = db.session.get_one(Subscription, TAMASAJU)
    assert (row.ends_on, row.fingerprint) == (date(2026, 12, 31), fingerprint_of(first))
    with pytest.raises(InvalidInput, match="bukan Desa 2001"), transaction():
        keep_token(TAMASAJU, Secret(second), by="ani")
    with pytest.raises(NotFound), transaction():
        keep_token("7305012003", Secret(make_token("7305012003", "2026-12-31")), by="ani")
    assert held(TAMASAJU) == first


def test_a_renewed_token_replaces_the_old_which_can_come_back_and_go_again(app: Flask) -> None:
    untouched = keep(BONTOKANANG, "2026-12-31")
    old, new = keep(TAMASAJU, "2026-07-31"), keep(TAMASAJU, "2027-07-31")
    for expected, ends_on in ((old, date(2026, 7, 31)), (new, date(2027, 7, 31))):
        return_token(TAMASAJU, by="ani")
        row = db.session.get_one(Subscription, TAMASAJU)
        assert (held(TAMASAJU), row.ends_on) == (expected, ends_on)
        assert row.fingerprint == fingerprint_of(expected)
    keep(TAMASAJU, "2028-07-31")
    assert return_token(TAMASAJU, by="ani").ends_on == date(2027, 7, 31)
    assert held(BONTOKANANG) == untouched
    with pytest.raises(Refused):
        return_token(BONTOKANANG, by="ani")


def test_the_same_token_again_changes_nothing_and_keeps_the_way_back(app: Flask) -> None:
    keep(TAMASAJU, "2026-07-31")
    for _ in range(2):
        keep(TAMASAJU, "2027-07-31")
    assert len(events("subscription_kept")) == 2
    assert return_token(TAMASAJU, by="ani").ends_on == date(2026, 7, 31)


def test_checking_changes_no_village_and_saving_twice_is_saving_once(app: Flask) -> None:
    text = "\n".join(make_token(code, "2026-12-31") for code in (TAMASAJU, BONTOKANANG))
    assert start(text) == ["baru", "baru"]
    assert start("halo") == ["baru", "baru"], "the same form sent twice is one check"
    assert not list(db.session.scalars(select(Subscription)))
    assert save_check(CHECK, by="ani") == KeepResult(kept=2)
    assert save_check(CHECK, by="ani").already_saved
    assert len(events("subscription_kept")) == 2


def test_a_save_that_was_stopped_half_way_goes_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "AT_ONCE", 1)
    start("\n".join(make_token(code, "2026-12-31") for code in (TAMASAJU, BONTOKANANG)))
    with transaction():
        broken = select(StoredSecret).filter_by(owner=f"subscription_check:{CHECK}", name="2")
        row = db.session.scalars(broken).one()
        whole, row.ciphertext = row.ciphertext, "rusak"
    with pytest.raises(SettingsError):
        save_check(CHECK, by="ani")
    assert held(TAMASAJU) and not held(BONTOKANANG)
    with transaction():
        db.session.scalars(broken).one().ciphertext = whole
    assert save_check(CHECK, by="ani") == KeepResult(kept=1, same=1)


def test_a_shorter_token_is_kept_only_when_its_own_line_is_ticked(app: Flask) -> None:
    before = [keep(code, "2027-12-31") for code in (TAMASAJU, BONTOKANANG)]
    shorter = [make_token(code, "2026-12-31") for code in (TAMASAJU, BONTOKANANG)]
    start("\n".join(shorter))
    assert save_check(CHECK, by="ani", shorter={2, 99}) == KeepResult(kept=1, shorter_left=1)
    assert [held(TAMASAJU), held(BONTOKANANG)] == [before[0], shorter[1]]


def test_a_token_that_changed_after_the_check_is_left_alone(app: Flask) -> None:
    start("\n".join(make_token(code, "2026-12-31") for code in (TAMASAJU, BONTOKANANG)))
    meanwhile = keep(TAMASAJU, "2029-12-31")
    assert save_check(CHECK, by="ani") == KeepResult(kept=1, outdated=1)
    assert held(TAMASAJU) == meanwhile


def test_a_check_belongs_to_its_maker_and_to_its_hour(app: Flask) -> None:
    start(make_token(TAMASAJU, "2026-12-31"))
    start(make_token(BONTOKANANG, "2026-12-31"), OTHER)
    for use in (get_check, save_check, discard_check):
        with pytest.raises(NotFound):
            use(CHECK, by="budi")
    with transaction():
        late = update(SubscriptionCheck).where(SubscriptionCheck.id == CHECK)
        db.session.execute(late.values(expires_at=utc_now()))
    with pytest.raises(NotFound):
        save_check(CHECK, by="ani")
    assert get_check(OTHER, by="ani").id == OTHER


def test_tokens_that_are_not_kept_are_thrown_away(app: Flask) -> None:
    def waiting() -> list[str]:
        owners = db.session.scalars(select(StoredSecret.owner).distinct())
        return sorted(each for each in owners if each.startswith("subscription_check:"))

    for check_id, code in ((CHECK, TAMASAJU), (OTHER, BONTOKANANG)):
        start(make_token(code, "2026-12-31"), check_id)
    assert len(waiting()) == 2
    discard_check(CHECK, by="ani")
    assert waiting() == [f"subscription_check:{OTHER}"]
    assert forget_expired(utc_now()) == 0
    assert forget_expired(utc_now() + timedelta(hours=2)) == 1
    assert waiting() == [] and not list(db.session.scalars(select(SubscriptionLine)))
    start(make_token(TAMASAJU, "2026-12-31"), CHECK)
    save_check(CHECK, by="ani")
    assert waiting() == []


def test_one_warning_a_village_and_stage_and_nothing_is_switched_off(app: Flask) -> None:
    tokens = [keep(TAMASAJU, "2026-07-31"), keep(BONTOKANANG, "2026-08-10")]
    now, told = datetime(2026, 6, 20, 3, 0, tzinfo=UTC), []
    for day in range(60):
        told.append(warn_expiring(now + timedelta(days=day)))
        assert warn_expiring(now + timedelta(days=day, hours=1)) == 0
    assert sum(told) == 8
    stages = {(subject, fields["stage"]) for subject, fields in events("subscription_ending")}
    expected = {(f"village:{code}", n) for code in (TAMASAJU, BONTOKANANG) for n in (30, 14, 7)}
    assert stages == expected
    assert len(events("subscription_ended")) == 2
    assert [held(TAMASAJU), held(BONTOKANANG)] == tokens
    assert len(list(db.session.scalars(select(Subscription)))) == 2


def test_a_renewed_token_is_warned_of_anew_and_an_ended_one_only_as_ended(app: Flask) -> None:
    now = datetime(2026, 7, 30, 3, 0, tzinfo=UTC)
    keep(TAMASAJU, "2026-07-01")
    keep(BONTOKANANG, "2026-07-31")
    assert tend_subscriptions(now) == 2
    assert [fields["stage"] for _, fields in events("subscription_ending")] == [7]
    assert [subject for subject, _ in events("subscription_ended")] == [f"village:{TAMASAJU}"]
    keep(TAMASAJU, "2026-08-29")
    assert tend_subscriptions(now) == 1
    assert [fields["stage"] for _, fields in events("subscription_ending")] == [7, 30]


def test_the_village_in_the_east_is_warned_when_its_own_day_begins(app: Flask) -> None:
    east = "9101012001"
    with transaction() as session:
        west = session.get_one(Village, TAMASAJU)
        names = ("name", "district_name", "regency_name", "province_name")
        copy = {name: getattr(west, name) for name in names}
        codes = {"district_code": east[:6], "regency_code": east[:4], "province_code": east[:2]}
        session.add(Village(code=east, domain="timur.desa.localhost", **copy, **codes))
    for code in (TAMASAJU, east):
        keep(code, "2026-07-31")
    late_evening = datetime(2026, 7, 31, 15, 30, tzinfo=UTC)  # 23.30 WITA, 00.30 WIT
    warn_expiring(late_evening)
    assert [subject for subject, _ in events("subscription_ended")] == [f"village:{east}"]
    warn_expiring(late_evening + timedelta(minutes=31))
    assert len(events("subscription_ended")) == 2


def test_a_premium_release_is_kept_from_those_whose_token_ends_before_it(app: Flask) -> None:
    keep(TAMASAJU, "2026-07-31")
    codes, now = [TAMASAJU, BONTOKANANG], datetime(2026, 7, 1, tzinfo=UTC)

    def gate(version: str, edition: Edition) -> dict[str, str]:
        return token_gate(codes, Release(version=version, edition=edition), now)

    assert set(gate("2607.0.0", Edition.PREMIUM)) == {BONTOKANANG}
    reasons = gate("2608.0.0", Edition.PREMIUM)
    assert set(reasons) == set(codes) and "31 Juli 2026" in reasons[TAMASAJU]
    assert gate("2608.0.0", Edition.GENERAL) == gate("2608.0.0", Edition.SAMPLE) == {}


def test_an_instance_waits_until_it_was_given_the_token_its_village_has_now(
    app: Flask, tmp_path: Path
) -> None:
    first, second = (install(code, tmp_path) for code in (TAMASAJU, BONTOKANANG))
    assert villages_to_push() == []
    token = keep(TAMASAJU, "2026-07-31")
    keep(BONTOKANANG, "2026-07-31")
    assert villages_to_push() == [TAMASAJU, BONTOKANANG]
    with transaction():
        note_pushed(first, fingerprint_of(token), None)
    assert instances_to_push() == [second] and instances_to_push(TAMASAJU) == []
    assert not needs_push(db.session.get_one(Instance, first))
    keep(TAMASAJU, "2027-07-31")
    assert needs_push(db.session.get_one(Instance, first))
    return_token(TAMASAJU, by="ani")
    assert not needs_push(db.session.get_one(Instance, first)), "it still has that very token"
    with transaction():
        db.session.get_one(Instance, second).wanted_state = WantedState.REMOVED
    assert villages_to_push() == []


def install(code: str, root: Path) -> int:
    """An installed instance of the village; returns its id."""
    release = db.session.scalars(select(Release)).first()
    release_id = release.id if release else add_release()
    server_id = db.session.scalar(select(DatabaseGroup.server_id)) or add_server(root)
    with transaction() as session:
        group = DatabaseGroup(
            product="opensid", server_id=server_id, database_name=f"opensid_{code}"
        )
        instance = Instance(
            product="opensid",
            scope_code=code,
            village_code=code,
            server_id=server_id,
            database_group=group,
            wanted_release_id=release_id,
            recorded_release_id=release_id,
        )
        session.add(instance)
        session.flush()
        return instance.id


def test_no_token_stands_in_the_database_file_nor_in_any_event(app: Flask, tmp_path: Path) -> None:
    tokens = [keep(TAMASAJU, "2026-07-31"), keep(TAMASAJU, "2027-07-31")]
    tokens.append(make_token(BONTOKANANG, "2027-07-31"))
    start(tokens[2])
    db.session.remove()
    files = list(tmp_path.glob("kendali.sqlite3*"))
    content = b"".join(path.read_bytes() for path in files)
    assert files and fingerprint_of(tokens[1]).encode() in content
    for token in tokens:
        for piece in token.split(".")[1:]:
            assert piece.encode() not in content
    assert all(
        token not in repr(row.fields)
        for row in db.session.scalars(select(Event))
        for token in tokens
    )
