"""The last resort of what must go on for ever: an error nobody foresaw is logged, whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from siappakai.log import get_logger

log = get_logger(__name__)


@contextmanager
def going_on(word: str, **fields: object) -> Iterator[None]:
    """Whatever fails inside ends only the inside; expected errors are caught nearer by."""
    try:
        yield
    except Exception:
        log.exception(word, **fields)
