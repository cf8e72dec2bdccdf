"""Think: composer's own words become one error an admin can act upon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from siappakai.errors import SiapPakaiError, StepFailed, Unavailable
from siappakai.provision.composer_lock import named

LAST_LINES = 20
LONGEST_LINE = 300
NOISE = re.compile(
    r"(?:- )?(?:/etc/php/|/opt/siappakai/php)|In \w+\.php line \d+:|(?:install|update) \[--|"
    r"Composer could not detect the root package|\d+ packages you are using are looking|"
    r"Use the `composer fund`|To enable extensions, verify|"
    r"You can also run `php --ini`|Alternatively, you can run Composer with `--ignore"
)
CREDENTIALS = re.compile(r"(://)[^/@\s]+@")
EXTENSION = re.compile(r"ext-([\w-]+)[^;\n]*(?:missing from your system|version of \w+ ext)")
PHP_VERSION = re.compile(r"(?:^|- )(\S+) (\S+) requires php(?:-64bit)? (.+?) -> your php")
DOWNLOAD = re.compile(r"Failed to download (\S+) from dist")
NOT_FOUND = re.compile(r"requires? (\S+?)(?: \S+)?, it could not be found in any version")
UNREACHABLE = re.compile(
    r"curl error (?:5|6|7|28|35|52|56)\b|Could not resolve host|Failed to connect|timed out|"
    r"Temporary failure in name resolution|HTTP/\S+ 5\d\d"
)
ADDRESS = re.compile(r"while downloading (https?://[^\s:]+)|The \"(https?://[^\"\s]+)\" file could")
HOST = re.compile(r"https?://([^/\s\"':]+)")
RATE_LIMIT = re.compile(r"API limit|rate limit|HTTP/\S+ 429", re.IGNORECASE)
NO_ENTRY = re.compile(r"HTTP/\S+ 40[13]|[Aa]uthentication required|Invalid credentials")
OFFLINE_HINT = (
    "Sambungkan server ke internet, atau sediakan folder paket (--paket-composer), atau pakai "
    "arsip rilis yang sudah memuat vendor/."
)


def trim_line(line: str, secrets: Iterable[str] = ()) -> str:
    """One line fit to be shown: no credentials, not endless; empty when it tells nothing."""
    text = CREDENTIALS.sub(r"\1***@", line.strip())
    for secret in secrets:
        text = text.replace(secret, "***")
    return "" if NOISE.match(text) else text[:LONGEST_LINE]


def is_hopeless(line: str) -> bool:
    """Whether going on can only waste time: a package did not come, and there is no other way."""
    return DOWNLOAD.search(line) is not None


def explain_failure(lines: Sequence[str], php: str, *, offline: bool) -> SiapPakaiError:
    """Why composer did not finish: a missing extension, a wrong PHP, packages out of reach."""
    text, tail = "\n".join(lines), "\n".join(lines[-LAST_LINES:])
    for explain in (_missing_extension, _wrong_php):
        if error := explain(text, php, tail):
            return error
    if error := _not_in_any_repository(text, tail, offline=offline):
        return error
    return _out_of_reach(text, tail) or StepFailed(
        "Composer gagal menyusun vendor/ rilis ini.",
        hint="Baca baris terakhir catatan; rilis lain tidak terpengaruh.",
        log_tail=tail,
    )


def _missing_extension(text: str, php: str, tail: str) -> SiapPakaiError | None:
    names = sorted(set(EXTENSION.findall(text)))
    if not names:
        return None
    return StepFailed(
        f"Citra PHP {php} tidak memiliki ekstensi yang diminta rilis ini: {named(names)}.",
        hint=f"Tambahkan paket Debian php{php}-<ekstensi> di images/base, bangun ulang citra "
        "dasarnya, lalu ulangi.",
        log_tail=tail,
    )


def _wrong_php(text: str, php: str, tail: str) -> SiapPakaiError | None:
    match = PHP_VERSION.search(text)
    if match is None:
        return None
    return StepFailed(
        f"Paket {match[1]} {match[2]} meminta PHP {match[3]}, citra ini memakai PHP {php}.",
        hint="Rilis ini perlu citra PHP lain; laporkan produk dan versinya.",
        log_tail=tail,
    )


def _not_in_any_repository(text: str, tail: str, *, offline: bool) -> SiapPakaiError | None:
    names = sorted(set(NOT_FOUND.findall(text)))
    if not names:
        return None
    where = "folder paket luring" if offline else "sumber paket mana pun"
    return StepFailed(
        f"Paket berikut tidak ada di {where}: {named(names)}.",
        hint="Lengkapi folder paket itu, atau pakai arsip rilis yang sudah memuat vendor/.",
        log_tail=tail,
    )


def _out_of_reach(text: str, tail: str) -> SiapPakaiError | None:
    names, hosts = sorted(set(DOWNLOAD.findall(text))), sorted(set(HOST.findall(text)))
    if not names and not UNREACHABLE.search(text):
        return None
    addresses = sorted({first or second for first, second in ADDRESS.findall(text)})
    what = f"paket {named(names)}" if names else named(addresses, 3) or "daftar paket"
    message = f"Composer tidak dapat mengambil {what}" + (
        f" dari {named(hosts, 3)}." if names and hosts else "."
    )
    if RATE_LIMIT.search(text) or NO_ENTRY.search(text):
        hint = (
            "Sumbernya meminta tanda masuk atau membatasi: berikan berkas auth.json berizin 0600 "
        )
        return StepFailed(message, hint=hint + "(--berkas-auth-composer).", log_tail=tail)
    kind = Unavailable if UNREACHABLE.search(text) else StepFailed
    return kind(message, hint=OFFLINE_HINT, log_tail=tail)
