"""Think: what a subscription token says of itself; its signature is never trusted here.

A token is a JWT whose payload names the village (`desa_id`) and the time it is paid for
(`tanggal_berlangganan.mulai` and `.akhir`). OpenSID reads the same places (controllers/Token.php).
Only the licence server can tell whether a token is genuine. No error ever holds a part of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from siappakai.errors import InvalidInput
from siappakai.regions.places import dot_code, normalise_code

LONGEST = 8192
PARTS = 3
_PART = re.compile(r"[A-Za-z0-9_-]+")
# The written day counts, whatever time or zone follows: OpenSID compares the text as it stands.
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.]{5,18} ?(?:Z|[+-][0-9:]{4,6})?)?")
_ASK_ANEW = "Salin ulang seluruh token dari halaman Layanan OpenDesa, lalu tempel lagi."
_ASK_MAKER = "Minta token yang baru kepada Layanan OpenDesa."


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What may be shown of a token; `ends_on` is the last day it covers, in the village's time."""

    village_code: str
    starts_on: date | None
    ends_on: date
    fingerprint: str

    @property
    def dotted_code(self) -> str:
        """The village's code as people write it."""
        return dot_code(self.village_code)


def read_token(text: str) -> TokenFacts:
    """The facts of a token; InvalidInput says what is wrong with it and what to do."""
    parts = _split(text)
    _check_header(_json_of(parts[0], "Bagian pertama"))
    payload = _json_of(parts[1], "Isi")
    period = payload.get("tanggal_berlangganan")
    if not isinstance(period, dict):
        raise InvalidInput("Token tidak memuat masa berlangganan.", hint=_ASK_MAKER)
    starts_on, ends_on = _start_of(period), _end_of(period)
    if starts_on and ends_on < starts_on:
        raise InvalidInput("Masa berlangganan token berakhir sebelum mulai.", hint=_ASK_MAKER)
    return TokenFacts(_village_of(payload), starts_on, ends_on, fingerprint_of(text))


def fingerprint_of(text: str) -> str:
    """Twelve characters that tell one token from another and nothing else; safe to show."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _split(text: str) -> list[str]:
    if not text.strip():
        raise InvalidInput("Token kosong.", hint="Tempel tokennya.")
    if len(text) > LONGEST:
        raise InvalidInput(
            f"Token terlalu panjang; paling panjang {LONGEST} huruf.",
            hint="Pastikan hanya ada satu token dalam satu baris.",
        )
    parts = text.split(".")
    if len(parts) != PARTS:
        raise InvalidInput(
            f"Token harus terdiri atas {PARTS} bagian yang dipisah titik; ini {len(parts)}.",
            hint=f"Mungkin terpotong. {_ASK_ANEW}",
        )
    if not all(_PART.fullmatch(part) for part in parts):
        raise InvalidInput(
            "Token memuat huruf yang tidak boleh ada, atau salah satu bagiannya kosong.",
            hint=f"Mungkin terpotong atau tercampur tulisan lain. {_ASK_ANEW}",
        )
    return parts


def _json_of(part: str, what: str) -> dict[str, Any]:
    """The object in one part; the cause is cut off, because it would carry the token's content."""
    try:
        read = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise InvalidInput(f"{what} token tidak dapat dibaca.", hint=_ASK_ANEW)
    return read


def _check_header(header: dict[str, Any]) -> None:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.strip().lower() in {"", "none"}:
        raise InvalidInput(
            "Token tidak bertanda tangan, jadi bukan token langganan.", hint=_ASK_MAKER
        )


def _village_of(payload: dict[str, Any]) -> str:
    written = payload.get("desa_id")
    is_text = isinstance(written, str | int) and not isinstance(written, bool)
    code = normalise_code(str(written)[:40]) if is_text else None
    if code is None or len(code) != 10:
        raise InvalidInput("Token tidak memuat kode desa yang benar.", hint=_ASK_MAKER)
    return code


def _start_of(period: dict[str, Any]) -> date | None:
    """The first day, or None when the token tells none that can be read."""
    return _day(period.get("mulai"))


def _end_of(period: dict[str, Any]) -> date:
    found = _day(period.get("akhir"))
    if found is None:
        raise InvalidInput(
            "Token tidak memuat tanggal akhir berlangganan yang dapat dibaca.", hint=_ASK_MAKER
        )
    return found


def _day(written: Any) -> date | None:
    found = _DAY.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
