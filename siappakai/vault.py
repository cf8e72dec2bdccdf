"""Secrets at rest: encrypted in the database, read back only inside the process in need."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from sqlalchemy import select

from siappakai.errors import SettingsError
from siappakai.models import StoredSecret, db
from siappakai.secret import Secret


def _fernet() -> Fernet:
    return Fernet(current_app.extensions["siappakai_settings"].vault_key.reveal())


def find_secret(owner: str, name: str) -> Secret | None:
    row = db.session.scalar(select(StoredSecret).filter_by(owner=owner, name=name))
    if row is None:
        return None
    try:
        return Secret(_fernet().decrypt(row.ciphertext.encode()).decode())
    except InvalidToken as error:
        raise SettingsError(
            "Rahasia tersimpan tidak dapat dibuka dengan kunci brankas yang sekarang.",
            hint="Kembalikan berkas kunci brankas yang dipakai saat rahasia itu dibuat.",
        ) from error


def keep_secret(owner: str, name: str, make: Callable[[], Secret]) -> Secret:
    """The kept secret, or a new one from `make`; never replaces an existing one."""
    kept = find_secret(owner, name)
    if kept is not None:
        return kept
    made = make()
    ciphertext = _fernet().encrypt(made.reveal().encode()).decode()
    db.session.add(StoredSecret(owner=owner, name=name, ciphertext=ciphertext))
    db.session.flush()
    return made
