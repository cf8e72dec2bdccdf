"""A person who may log in to the panel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError, VerifyMismatchError
from flask_login import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from siappakai.models.base import Base, UtcDateTime, Word, utc_now
from siappakai.secret import Secret

_hasher = PasswordHasher()


class Role(StrEnum):
    ADMIN = "admin"  # may start operations
    VIEWER = "pengamat"  # may only look


class User(UserMixin, Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[Role] = mapped_column(Word(Role), default=Role.ADMIN)
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def set_password(self, password: Secret) -> None:
        self.password_hash = _hasher.hash(password.reveal())

    def check_password(self, password: Secret) -> bool:
        try:
            return _hasher.verify(self.password_hash, password.reveal())
        except (VerifyMismatchError, VerificationError):
            return False

    @property
    def may_change_things(self) -> bool:
        return self.role == Role.ADMIN


def spend_time_of_a_check(password: Secret) -> None:
    """Hash once for an unknown name, so that answering takes as long as for a known one."""
    _hasher.hash(password.reveal())
