"""A value that never shows itself in a repr, a log line or a traceback."""

from __future__ import annotations

import secrets as random_source
import string

SYMBOLS = "!#%+-_?"


class Secret:
    """Holds one secret string; only `reveal()` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and random_source.compare_digest(
            self._value.encode(), other._value.encode()
        )

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


def random_token(length: int = 40) -> Secret:
    letters = string.ascii_letters + string.digits
    return Secret("".join(random_source.choice(letters) for _ in range(length)))


def random_password(length: int = 16) -> Secret:
    """A password with lower, upper, digit and symbol, as OpenSID's own form demands (8 to 20)."""
    groups = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
    picked = [random_source.choice(group) for group in groups]
    everything = "".join(groups)
    picked += [random_source.choice(everything) for _ in range(length - len(groups))]
    random_source.SystemRandom().shuffle(picked)
    return Secret("".join(picked))
