"""What each kind of brand value may hold; every refusal says what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from siappakai.errors import InvalidInput

# Control and format characters (invisible, or turning the line round), unassigned and private
# ones, line ends: none has a place in a name.
_UNFIT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_PHONE = re.compile(r"[(+]?[0-9][0-9 ()./-]*")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
_LINK_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+")
_SLUG = r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?"
_THEME = re.compile(rf"natra|esensi|{_SLUG}@[0-9A-Za-z][0-9A-Za-z.+_-]{{0,31}}")
# A village's own folder was named by the village: any letters, but no way out of its place.
_OWN_THEME = re.compile(r"desa/[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGITS_OF_PHONE = range(5, 16)


def plain_text(label: str, text: str, max_length: int) -> str:
    """The text trimmed and in its composed form; no markup, nothing invisible."""
    wanted = " ".join(_refuse_unfit(label, unicodedata.normalize("NFC", text)).split())
    if not wanted:
        raise InvalidInput(f"{label} masih kosong.", hint="Isi, atau kosongkan pilihannya.")
    if len(wanted) > max_length:
        raise InvalidInput(
            f"{label} terlalu panjang: {len(wanted)} huruf.",
            hint=f"Paling panjang {max_length} huruf.",
        )
    if "<" in wanted or ">" in wanted:
        raise InvalidInput(
            f"{label} tidak boleh berisi tanda < atau >.", hint="Tulis sebagai kalimat biasa."
        )
    return wanted


def _refuse_unfit(label: str, text: str) -> str:
    if any(unicodedata.category(each) in _UNFIT for each in text.strip()):
        raise InvalidInput(
            f"{label} berisi huruf yang tidak terlihat atau ganti baris.",
            hint="Ketik ulang dalam satu baris; jangan menempel dari dokumen lain.",
        )
    return text.strip()


def word(label: str, text: str) -> str:
    """A word of the language: letters, spaces and hyphens."""
    if not all(each.isalpha() or each in " '-" for each in text):
        raise InvalidInput(f"{label} hanya boleh berisi huruf.", hint="Misalnya Nagari.")
    return text


def is_phone(text: str) -> bool:
    digits = sum(each.isdigit() for each in text)
    return _PHONE.fullmatch(text) is not None and digits in _DIGITS_OF_PHONE


def phone(label: str, text: str) -> str:
    """A telephone number as it was written."""
    if not is_phone(text):
        raise InvalidInput(
            f"{label} bukan nomor telepon.", hint="Misalnya (0411) 123456 atau +62 812 3456 7890."
        )
    return text


def whatsapp_number(text: str) -> str:
    """The address that opens a chat with this number; a leading 0 is Indonesia's 62."""
    digits = "".join(each for each in text if each.isdigit())
    return "https://wa.me/" + ("62" + digits[1:] if digits.startswith("0") else digits)


def email(label: str, text: str) -> str:
    if _EMAIL.fullmatch(text) is None or ".." in text:
        raise InvalidInput(f"{label} bukan alamat surel.", hint="Misalnya kominfo@pemkab.go.id.")
    return text


def link(label: str, text: str, hosts: tuple[str, ...]) -> str:
    """An https address on one of the hosts, or below one of them; `https://` may be left out."""
    full = text if "://" in text else f"https://{text}"
    hint = f"Salin dari peramban, misalnya https://{hosts[0]}/pemkab."
    try:
        parts = urlsplit(full)
        has_extras = parts.port is not None or parts.username is not None
    except ValueError as error:
        raise InvalidInput(f"{label} bukan alamat web.", hint=hint) from error
    host = (parts.hostname or "").removeprefix("www.")
    is_sound = _HOST.fullmatch(host) is not None and _LINK_CHARACTERS.fullmatch(full) is not None
    if parts.scheme not in ("http", "https") or not is_sound or has_extras:
        raise InvalidInput(f"{label} bukan alamat web.", hint=hint)
    if not any(host == each or host.endswith(f".{each}") for each in hosts):
        raise InvalidInput(f"{label} mengarah ke {host}, bukan {hosts[0]}.", hint=hint)
    return parts._replace(scheme="https").geturl()


def choice(label: str, text: str, choices: Mapping[str, str]) -> str:
    if text not in choices:
        raise InvalidInput(
            f"{label} tidak mengenal pilihan {text!r}.", hint="Pilih: " + ", ".join(choices)
        )
    return text


def theme(label: str, text: str) -> str:
    """`natra`, `esensi`, `slug@version`, or `desa/name` of a village's own."""
    if _THEME.fullmatch(text) is None and (
        _OWN_THEME.fullmatch(text) is None or ".." in text or text != text.strip()
    ):
        raise InvalidInput(
            f"{label} {text!r} tidak dikenal bentuknya.",
            hint="Tulis natra, esensi, nama-tema@versi, atau desa/nama.",
        )
    return text


def picture(label: str, text: str) -> str:
    """A picture by the SHA-256 that it got when it was uploaded."""
    if _SHA256.fullmatch(text) is None:
        raise InvalidInput(
            f"{label} bukan gambar yang sudah diunggah.", hint="Unggah gambarnya dahulu."
        )
    return text
