"""Think: green, yellow or red: what a rehearsal found, in plain words, with what would mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from siappakai.models.rehearsal import Verdict
from siappakai.products.data_checks import Finding
from siappakai.rollout.fingerprint import Cause, Fingerprint, Trouble, dirt, fingerprint, group

SLOW_HOLD_S = 30.0
SLOW_PAGE_S = 5.0
DETAIL = 1200
LOGGED_AT_MOST = 3
RELEASE = "Ini cacat rilis, bukan cacat data: tahan rilisnya dan laporkan kepada pengelola."
FACTS = ("pemindahan", "menggantung", "halaman", "tidak_sehat", "persiapan", "hilang", "tetangga")
NOT_REHEARSED = "tidak_jalan"
_ORDER = (Verdict.RED, Verdict.YELLOW, Verdict.UNKNOWN, Verdict.GREEN)
_PERSONAL = re.compile(r"\b(\d{4})\d{4,12}(\d{4})\b")
_QUOTED = re.compile(r"'[^'\n]{4,200}'")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding; `code` says its kind, `key` is equal for the same cause in every village."""

    code: str
    severity: Verdict
    sentence: str
    remedy: str
    key: str
    title: str
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "sentence": self.sentence,
            "remedy": self.remedy,
            "fingerprint": self.key,
            "title": self.title,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class ItemView:
    """One village of a rehearsal, as its row has it."""

    subject: str
    verdict: Verdict
    findings: Sequence[Mapping[str, Any]]


def verdict_of(findings: Iterable[Found]) -> Verdict:
    """The gravest of all; green when nothing was found."""
    return min((each.severity for each in findings), key=_ORDER.index, default=Verdict.GREEN)


def in_order(findings: Iterable[Found]) -> list[Found]:
    """The gravest first; what was seen to happen before what the data lets fear."""
    return sorted(
        findings, key=lambda each: (_ORDER.index(each.severity), each.code.startswith("data:"))
    )


def migration_failed(message: str, log_tail: str) -> Found:
    """The new release's migration ended with an error on this village's data."""
    mark = fingerprint(message, log_tail)
    return _found(
        "pemindahan",
        Verdict.RED,
        f"Pemindahan basis data gagal: {_lowered(mark.title)}.",
        mark,
        log_tail,
    )


def migration_hangs(limit_s: float, log_tail: str = "") -> Found:
    """The migration was cut off after the time that an update would grant it."""
    mark = Fingerprint(
        "menggantung",
        "Pemindahan menggantung",
        "Bila hanya di sini: lihat temuan datanya. Bila di banyak tempat: " + _lowered(RELEASE),
    )
    sentence = (
        f"Pemindahan menggantung: belum selesai setelah {limit_s:.0f} detik, lalu dihentikan."
    )
    return _found("menggantung", Verdict.RED, sentence, mark, log_tail)


def page_wrong(kind: str, message: str, log_tail: str) -> Found:
    """The migrated clone was served, and what a visitor would see is not right.

    `kind`: `tidak_sehat`, `halaman` or `persiapan`.
    """
    mark = fingerprint(message, log_tail)
    return _found(kind, Verdict.RED, message.rstrip(".") + ".", mark, log_tail)


def lost(key: str, sentence: str, command: str) -> Found:
    """Something that was there before the migration is not there after it, and nothing says why.

    `command` writes down that it is meant to go.
    """
    label = sentence.partition(":")[0]
    mark = Fingerprint(
        f"hilang:{key}",
        f"Data berkurang: {label}",
        "Jangan luncurkan ke sini. Laporkan kepada pembuat aplikasi; bila memang disengaja, "
        f"tulis alasannya dengan: {command}",
    )
    return _found("hilang", Verdict.RED, f"Data berkurang setelah pemindahan. {sentence}.", mark)


def dirty(finding: Finding, *, is_disproven: bool = False) -> Found:
    """Dirty rows; a danger that only the schema foretold is yellow where all went well."""
    mark = dirt("", finding).fingerprint
    severity = Verdict(finding.severity.value)
    if severity is Verdict.RED and is_disproven:
        severity = Verdict.YELLOW
    return _found(f"data:{finding.code}", severity, finding.sentence, mark)


def neighbour_ill(label: str, reason: str, log_tail: str, *, was_ill: bool) -> Found:
    """Another product on the same database does not work on the new one; red if it did before."""
    mark = fingerprint(reason, log_tail)
    mark = Fingerprint(
        f"tetangga:{label}:{mark.key}",
        f"{label} tidak sehat di atas basis data baru",
        f"Perbarui {label} dahulu ke rilis yang cocok, atau tahan rilis ini.",
    )
    severity = Verdict.YELLOW if was_ill else Verdict.RED
    before = " (sebelumnya pun sudah tidak sehat)" if was_ill else ""
    sentence = f"{label} tidak sehat di atas basis data yang baru{before}: {_lowered(reason)}"
    return _found("tetangga", severity, sentence, mark, log_tail)


def logged(errors: Mapping[str, int]) -> list[Found]:
    """What the application wrote as errors while everything looked right, most frequent first."""
    return [
        _found(
            "log",
            Verdict.YELLOW,
            f"Aplikasi mencatat galat {number} kali: {kind}",
            Fingerprint(
                f"log:{fingerprint(kind).key}",
                f"Galat di log: {kind}"[:120],
                "Baca log aplikasinya; tanyakan kepada pembuatnya bila tidak jelas.",
            ),
        )
        for kind, number in list(errors.items())[:LOGGED_AT_MOST]
    ]


def slow(measures: Mapping[str, Any]) -> list[Found]:
    """Waiting longer than visitors bear: the hold, or the first page."""
    hold_s, page_s = float(measures.get("hold_s") or 0), float(measures.get("first_page_s") or 0)
    found = []
    if hold_s > SLOW_HOLD_S:
        mark = Fingerprint("lambat:tahan", "Pengunjung menunggu lama", "Jadwalkan di jam sepi.")
        sentence = f"Pengunjung diperkirakan menunggu {hold_s:.0f} detik saat pembaruan."
        found.append(_found("lambat", Verdict.YELLOW, sentence, mark))
    if page_s > SLOW_PAGE_S:
        mark = Fingerprint("lambat:halaman", "Halaman pertama lambat", "Periksa beban server.")
        sentence = f"Halaman pertama baru tampil setelah {page_s:.0f} detik."
        found.append(_found("lambat", Verdict.YELLOW, sentence, mark))
    return found


def not_rehearsed(message: str, hint: str) -> Found:
    """The rehearsal itself could not be done: nothing is known of the release."""
    mark = fingerprint(message)
    mark = Fingerprint(f"tidak_jalan:{mark.key}", f"Gladi tidak berjalan: {mark.title}", hint)
    return _found(NOT_REHEARSED, Verdict.UNKNOWN, message, mark)


def not_rehearsed_again(message: str, hint: str) -> Found:
    """The same of a village that was rehearsed before: what was found then still holds."""
    told = not_rehearsed(message, hint)
    sentence = f"Gladi ulangnya tidak berjalan, jadi putusan sebelumnya tetap berlaku. {message}"
    return replace(told, sentence=sentence)


def of_the_release(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a rehearsal found; not that one could not be done."""
    return [dict(each) for each in findings if each.get("code") != NOT_REHEARSED]


def causes(items: Iterable[ItemView], severity: Verdict = Verdict.RED) -> list[Cause]:
    """Villages of this verdict grouped by what caused it, the most frequent cause first.

    What was seen to happen counts; what the data lets fear counts where nothing else is known.
    """
    return group(
        trouble for item in items if item.verdict is severity for trouble in _telling(item)
    )


def spoken_causes(found: Sequence[Cause]) -> str:
    """`37 gagal karena 3 sebab`; empty without any."""
    villages = {subject for cause in found for subject in cause.subjects}
    return f"{len(villages)} gagal karena {len(found)} sebab" if found else ""


def _telling(item: ItemView) -> list[Trouble]:
    own = [each for each in item.findings if each["severity"] == item.verdict.value]
    seen = [each for each in own if str(each["code"]) in FACTS]
    return [_trouble(item.subject, each) for each in (seen[:1] or own)]


def _trouble(subject: str, finding: Mapping[str, Any]) -> Trouble:
    mark = Fingerprint(*(str(finding[name]) for name in ("fingerprint", "title", "remedy")))
    return Trouble(subject, mark, str(finding["sentence"]))


def _found(
    code: str, severity: Verdict, sentence: str, mark: Fingerprint, log_tail: str = ""
) -> Found:
    remedy = mark.hint or RELEASE
    return Found(code, severity, sentence, remedy, mark.key, mark.title, masked(log_tail))


def masked(log_tail: str) -> str:
    """The end of a log without numbers and values that may be a person's."""
    text = _PERSONAL.sub(r"\1••••\2", log_tail.strip()[-DETAIL:])
    return _QUOTED.sub(lambda match: match[0] if _is_name(match[0]) else "'…'", text)


def _is_name(quoted: str) -> bool:
    """`'tweb_penduduk.nik'`: a name of the program's, with no digits in a row."""
    return re.fullmatch(r"'[a-z_][\w.]*'", quoted) is not None and not re.search(r"\d{4}", quoted)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
