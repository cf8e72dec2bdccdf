"""Every error a person may read: what happened, what to do next, whether trying again can help."""

from __future__ import annotations


class SiapPakaiError(Exception):
    """Base of all expected errors.

    `message` and `hint` are Indonesian sentences for the admin; `retryable` tells the worker
    whether the same call may succeed later; `log_tail` carries the lines that explain a failure.
    """

    http_status = 500
    retryable = False

    def __init__(self, message: str, *, hint: str = "", log_tail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log_tail = log_tail


class SettingsError(SiapPakaiError):
    """Settings are missing or wrong; names all of them at once."""


class NotFound(SiapPakaiError):
    """What was asked for does not exist."""

    http_status = 404


class Refused(SiapPakaiError):
    """The request is understood and is not allowed in the present state."""

    http_status = 409


class InvalidInput(SiapPakaiError):
    """The input is wrong; nothing was changed."""

    http_status = 422


class Unavailable(SiapPakaiError):
    """A part we depend on (Docker, MariaDB, the edge, Redis) does not answer now."""

    http_status = 503
    retryable = True


class StepFailed(SiapPakaiError):
    """A step ran and did not reach its result."""


class StepErrored(SiapPakaiError):
    """A step could not be run at all."""

    retryable = True
