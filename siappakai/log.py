"""Structured logs: static event words with fields, one JSON object a line."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from siappakai.secret import Secret

SECRET_WORDS = ("password", "sandi", "token", "secret", "app_key", "private_key")


def configure_logging(log_format: str = "json", level: int = logging.INFO) -> None:
    """Route structlog and the standard library's loggers to standard error in one form."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False)
        if log_format == "teks"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def hide_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace a value that is a Secret, or whose name says it is one."""
    for name, value in event.items():
        if isinstance(value, Secret) or any(word in name.lower() for word in SECRET_WORDS):
            event[name] = "…"
    return event


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    return structlog.get_logger(source=name)
