"""Tokens made for tests: the shape of real ones, signed by nobody."""

from __future__ import annotations

import base64
import json
from typing import Any

TAMASAJU = "7305052001"
BONTOKANANG = "7305052002"
HEADER = {"typ": "JWT", "alg": "HS256"}


def part(value: Any) -> str:
    """One base64url part holding the value as JSON, or the given bytes."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def payload_of(code: str, ends: str, **more: Any) -> dict[str, Any]:
    period = {"mulai": "2026-01-01", "akhir": ends}
    return {
        "iss": "uji",
        "desa_id": code,
        "tanggal_berlangganan": period | more.pop("masa", {}),
    } | more


def make_token(code: str, ends: str, **more: Any) -> str:
    """A token of this village that ends on this written day."""
    signature = part(b"tanda tangan uji " + code.encode() + ends.encode())
    return f"{part(HEADER)}.{part(payload_of(code, ends, **more))}.{signature}"
