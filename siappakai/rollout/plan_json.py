"""Think: frozen dataclasses as plain JSON values and back, checked by their own types."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from siappakai.errors import InvalidInput


def to_plain(value: Any) -> Any:
    """Dicts, lists, texts and numbers only; times as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        return {
            name: float(each) if hints[name] is float else to_plain(each)
            for name in _names(type(value))
            for each in (getattr(value, name),)
        }
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def from_plain(kind: Any, value: Any) -> Any:
    """The dataclass `kind` of the plain value; InvalidInput when names or types don't fit."""
    try:
        return _read(kind, value)
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidInput("Rencana peluncuran yang tersimpan tidak dapat dibaca.") from error


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _read(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        if set(value) != set(_names(kind)):
            raise TypeError(f"names of {kind}")
        hints = _hints(kind)
        return kind(**{name: _read(hints[name], each) for name, each in value.items()})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    if get_origin(kind) is types.UnionType:
        inner = next(each for each in get_args(kind) if each is not types.NoneType)
        return None if value is None else _read(inner, value)
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind}")
    return value
