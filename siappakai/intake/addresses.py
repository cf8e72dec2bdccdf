"""Cell texts made clean: stray blanks, domains, e-mail addresses, postcodes."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass

from siappakai.regions import slug

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
_HIDDEN_BLANK = re.compile(r"[\u00a0\u2007\u202f\u00ad\u200b-\u200f\u2060\ufeff]")
_SCHEME = re.compile(r"^(?:https?|ftp)\s*:[/\\]+", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r":[0-9]*$")
_EMAIL = re.compile(
    r"[a-z0-9](?:[a-z0-9._%+-]{0,62}[a-z0-9_])?"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"[1-9][0-9]{4}")
ERROR_VALUES = frozenset(
    {"#N/A", "#NA", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"}
    | {"#CALC!", "#GETTING_DATA", "#ERROR!", "#RUMUS!", "#NAMA?", "#NILAI!"}
)
_DOMAIN_LENGTH = 253


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text; or why it is wrong (`message`, `fix`); `warning` says what was mended."""

    value: str = ""
    message: str = ""
    fix: str = ""
    warning: str = ""


def clean_text(text: str) -> str:
    """The text without invisible characters, with single blanks inside and none around."""
    return " ".join(_INVISIBLE.sub("", text).split())


def has_hidden_blanks(text: str) -> bool:
    """Does the text hold blanks that can't be seen or told from a usual one?"""
    return bool(_HIDDEN_BLANK.search(text))


def is_error_value(text: str) -> bool:
    """Is the text what a spreadsheet shows for a formula that failed?"""
    upper = clean_text(text).upper()
    return upper in ERROR_VALUES or upper.startswith(("ERR:", "#ERR"))


def clean_domain(text: str, suffix: str = "") -> Cleaned:
    """The domain in lower case, or what is wrong with it and what to write instead.

    `https://` in front and one `/` behind are taken off with a warning; nothing else is guessed.
    """
    typed = clean_text(text)
    bare = _SCHEME.sub("", unicodedata.normalize("NFKC", typed))
    bare = bare.removesuffix("/").removesuffix(".").lower()
    message = _domain_fault(bare)
    if message:
        return Cleaned(message=f"Domain “{typed[:80]}” {message}", fix=_domain_fix(bare, suffix))
    had_scheme = _SCHEME.match(typed) or typed.endswith("/")
    return Cleaned(bare, warning=f"Ditulis “{typed}”, dipakai “{bare}”." if had_scheme else "")


def clean_email(text: str) -> Cleaned:
    """The e-mail address in lower case, or a message."""
    typed = clean_text(text)
    if len(typed) <= 254 and ".." not in typed and _EMAIL.fullmatch(typed):
        return Cleaned(typed.lower())
    return Cleaned(
        message=f"Email “{typed[:80]}” tidak sah.", fix="Tulis seperti desa@contoh.desa.id."
    )


def clean_postcode(text: str) -> Cleaned:
    """The five digits of a postcode, or a message."""
    typed = unicodedata.normalize("NFKC", clean_text(text)).replace(" ", "").removesuffix(".0")
    if _POSTCODE.fullmatch(typed):
        return Cleaned(typed)
    return Cleaned(
        message=f"Kode pos “{typed[:20]}” tidak sah.", fix="Kode pos terdiri atas 5 angka."
    )


def _domain_fault(bare: str) -> str:
    """What is wrong with a bare domain, as the end of a sentence; empty when nothing is."""
    checks = (
        (not bare, "kosong."),
        ("*" in bare, "memakai tanda *; tulis satu alamat untuk satu desa."),
        ("@" in bare, "tampaknya alamat email."),
        (_is_ip(bare), "adalah alamat IP, bukan nama domain."),
        (" " in bare, "berisi spasi."),
        (any(c in bare for c in "/\\?#"), "berisi alamat halaman; tulis nama domainnya saja."),
        (":" in bare, "berisi nomor port."),
        ("_" in bare, "berisi garis bawah (_)."),
        (not bare.isascii(), "berisi huruf yang tidak boleh untuk domain."),
        (".." in bare or bare.startswith("."), "berisi titik yang berlebih."),
        (len(bare) > _DOMAIN_LENGTH, f"lebih dari {_DOMAIN_LENGTH} huruf."),
        ("." not in bare, "belum lengkap: tidak ada titik di dalamnya."),
    )
    return next((message for fault, message in checks if fault), "") or _labels_fault(bare)


def _labels_fault(bare: str) -> str:
    labels = bare.split(".")
    if any(len(label) > 63 for label in labels):
        return "memuat bagian yang lebih dari 63 huruf."
    if not all(_LABEL.fullmatch(label) for label in labels):
        return "hanya boleh berisi huruf, angka, titik, dan tanda hubung di tengah."
    return "berakhir dengan angka." if labels[-1].isdigit() else ""


def _domain_fix(bare: str, suffix: str) -> str:
    """A sentence with a domain that would do, when one can be told from what was typed."""
    host = re.split(r"[/\\?#]", bare.replace("*.", ""))[0]
    host = host.rpartition("@")[2] if "@" in host else _PORT.sub("", host)
    labels = [label for part in host.split(".") if (label := slug(part))]
    if suffix and len(labels) == 1 and not labels[0].isdigit():
        labels += suffix.strip(".").split(".")
    offer = ".".join(labels)
    if _is_ip(host) or _domain_fault(offer):
        return "Tulis nama domain lengkap, misalnya sukamaju.desa.id."
    return f"Tulis {offer}"


def _is_ip(bare: str) -> bool:
    try:
        ipaddress.ip_address(_PORT.sub("", bare) if bare.count(":") == 1 else bare.strip("[]"))
    except ValueError:
        return False
    return True
