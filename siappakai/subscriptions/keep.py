"""Touch: a village's token in the vault; a new one replaces it, and the one before comes back."""

from __future__ import annotations

from sqlalchemy import delete, select

from siappakai.errors import InvalidInput, NotFound, Refused
from siappakai.models import (
    StoredSecret,
    Subscription,
    Village,
    append_event,
    db,
    transaction,
    utc_now,
)
from siappakai.regions import dot_code
from siappakai.secret import Secret
from siappakai.subscriptions.token import TokenFacts, read_token
from siappakai.vault import find_secret, keep_secret

TOKEN = "premium_token"
PREVIOUS = "premium_token_sebelumnya"
_ASIDE = "premium_token_ditukar"


def token_for(village_code: str) -> Secret | None:
    """The token to give to the village's applications, or None when it has none."""
    return find_secret(_owner(village_code), TOKEN)


def has_previous(village_code: str) -> bool:
    """Is there a token that `return_token` could bring back?"""
    return _stored(village_code, PREVIOUS) is not None


def keep_token(village_code: str, token: Secret, *, by: str) -> TokenFacts:
    """The village has this token from now on; the one before it is kept too.

    Part of the caller's transaction. The same token again changes nothing. Raises InvalidInput
    when the token can't be read or belongs to another village, NotFound for an unknown village.
    """
    facts = read_token(token.reveal())
    _require_owner(facts, village_code)
    row = db.session.get(Subscription, village_code, populate_existing=True)
    if row is not None and row.fingerprint == facts.fingerprint:
        return facts
    _step_back(village_code)
    keep_secret(_owner(village_code), TOKEN, lambda: token)
    before = row.ends_on.isoformat() if row is not None else ""
    _remember(row or Subscription(village_code=village_code), facts, by)
    _tell("subscription_kept", facts, by, before)
    return facts


def return_token(village_code: str, *, by: str) -> TokenFacts:
    """The token before the last change is the village's again; a second call changes it back."""
    with transaction():
        row = db.session.get(Subscription, village_code, populate_existing=True)
        if row is None or not has_previous(village_code):
            raise Refused("Tidak ada token sebelumnya untuk dikembalikan.")
        for old, new in ((TOKEN, _ASIDE), (PREVIOUS, TOKEN), (_ASIDE, PREVIOUS)):
            _rename(village_code, old, new)
        before = row.ends_on.isoformat()
        token = token_for(village_code)
        facts = read_token(token.reveal() if token else "")
        _remember(row, facts, by)
        _tell("subscription_returned", facts, by, before)
        return facts


def _require_owner(facts: TokenFacts, village_code: str) -> None:
    village = db.session.get(Village, village_code)
    if village is None:
        raise NotFound("Wilayah itu belum ada di panel ini.", hint="Unggah dahulu daftarnya.")
    if facts.village_code == village_code:
        return
    owner = db.session.get(Village, facts.village_code)
    named = f"{owner.name} ({facts.dotted_code})" if owner else f"kode {facts.dotted_code}"
    raise InvalidInput(
        f"Token ini milik {named}, bukan {village.name} ({dot_code(village_code)}).",
        hint="Pakai token miliknya sendiri.",
    )


def _remember(row: Subscription, facts: TokenFacts, by: str) -> None:
    row.starts_on, row.ends_on, row.fingerprint = facts.starts_on, facts.ends_on, facts.fingerprint
    row.warned_stage, row.added_by, row.added_at = None, by, utc_now()
    db.session.add(row)
    db.session.flush()


def _tell(word: str, facts: TokenFacts, by: str, before: str) -> None:
    append_event(
        word,
        f"village:{facts.village_code}",
        by=by,
        village=facts.village_code,
        ends_on=facts.ends_on.isoformat(),
        before=before,
        fingerprint=facts.fingerprint,
    )


def _step_back(village_code: str) -> None:
    """The present token, if any, becomes the previous one; its text in the vault stays."""
    if _stored(village_code, TOKEN) is None:
        return
    db.session.execute(
        delete(StoredSecret).where(
            StoredSecret.owner == _owner(village_code), StoredSecret.name == PREVIOUS
        )
    )
    _rename(village_code, TOKEN, PREVIOUS)


def _rename(village_code: str, old: str, new: str) -> None:
    stored = _stored(village_code, old)
    if stored is not None:
        stored.name = new
        db.session.flush()


def _stored(village_code: str, name: str) -> StoredSecret | None:
    return db.session.scalar(select(StoredSecret).filter_by(owner=_owner(village_code), name=name))


def _owner(village_code: str) -> str:
    return f"village:{village_code}"
