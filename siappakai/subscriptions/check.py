"""Think: what each line would do, before anything is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from siappakai.errors import InvalidInput
from siappakai.regions.lookup import find_village
from siappakai.regions.places import dot_code
from siappakai.secret import Secret
from siappakai.subscriptions.expiry import (
    SubscriptionState,
    local_date,
    subscription_state,
    written_date,
)
from siappakai.subscriptions.lines import Line
from siappakai.subscriptions.token import TokenFacts, read_token


class LineOutcome(StrEnum):
    """What keeping the line's token would do."""

    NEW = "baru"
    RENEWS = "memperpanjang"
    REPLACES = "mengganti"
    SAME = "sama"
    SHORTER = "lebih pendek"
    WRONG = "salah"


KEPT = frozenset({LineOutcome.NEW, LineOutcome.RENEWS, LineOutcome.REPLACES, LineOutcome.SHORTER})


@dataclass(frozen=True, slots=True)
class KnownVillage:
    """A village of the panel and the token it has; no end date means none."""

    name: str
    ends_on: date | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What lines are held against.

    `only_code` is set when the tokens are meant for one village; `now` is aware;
    `village_word` is what this regency calls a village.
    """

    villages: Mapping[str, KnownVillage]
    now: datetime
    only_code: str = ""
    village_word: str = "desa"


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line with its verdict; `message` and `hint` never hold any part of a token."""

    number: int
    outcome: LineOutcome
    village_code: str = ""
    village_name: str = ""
    facts: TokenFacts | None = None
    before_ends_on: date | None = None
    before_fingerprint: str = ""
    message: str = ""
    hint: str = ""
    token: Secret | None = None


def check_lines(lines: Iterable[Line], context: CheckContext) -> list[CheckedLine]:
    """One verdict a line, in the order of the lines."""
    return _refuse_twins([_check(line, context) for line in lines])


def _check(line: Line, context: CheckContext) -> CheckedLine:
    try:
        facts = _facts(line)
        _require_wanted(facts, line, context)
    except InvalidInput as problem:
        return _wrong(line, context, problem)
    known = context.villages[facts.village_code]
    outcome = _outcome(facts, known)
    return CheckedLine(
        number=line.number,
        outcome=outcome,
        village_code=facts.village_code,
        village_name=known.name,
        facts=facts,
        before_ends_on=known.ends_on,
        before_fingerprint=known.fingerprint,
        message=_remark(facts, known, outcome, context.now),
        token=line.token,
    )


def _facts(line: Line) -> TokenFacts:
    if line.token is None:
        raise InvalidInput(
            "Tidak ada token di baris ini.",
            hint="Tulis satu token utuh dalam satu baris, boleh didahului kode.",
        )
    return read_token(line.token.reveal())


def _require_wanted(facts: TokenFacts, line: Line, context: CheckContext) -> None:
    """InvalidInput when the token is of another village than meant, or of one unknown here."""
    for meant in (line.code, context.only_code):
        if meant and meant != facts.village_code:
            raise InvalidInput(
                f"Token ini milik {name_of(facts.village_code, context)}, "
                f"bukan {name_of(meant, context)}.",
                hint=f"Pakai token {context.village_word} itu sendiri, atau betulkan kodenya.",
            )
    if facts.village_code in context.villages:
        return
    if find_village(facts.village_code) is None:
        raise InvalidInput(
            f"Kode {facts.dotted_code} di dalam token tidak ada dalam daftar resmi.",
            hint="Minta Layanan OpenDesa membetulkan kode pada langganannya.",
        )
    raise InvalidInput(
        f"Token ini milik {name_of(facts.village_code, context)}, yang belum ada di panel ini.",
        hint=f"Unggah dahulu daftar {context.village_word}-nya, lalu periksa token ini lagi.",
    )


def name_of(code: str, context: CheckContext) -> str:
    """`Patani (73.05.01.2003)`, or only the code where nobody knows the name."""
    known = context.villages.get(code)
    official = None if known else find_village(code)
    name = known.name if known else official.name if official else ""
    return f"{name} ({dot_code(code)})" if name else f"kode {dot_code(code)}"


def _outcome(facts: TokenFacts, known: KnownVillage) -> LineOutcome:
    if known.ends_on is None:
        return LineOutcome.NEW
    if facts.fingerprint == known.fingerprint:
        return LineOutcome.SAME
    if facts.ends_on == known.ends_on:
        return LineOutcome.REPLACES
    return LineOutcome.RENEWS if facts.ends_on > known.ends_on else LineOutcome.SHORTER


def _remark(facts: TokenFacts, known: KnownVillage, outcome: LineOutcome, now: datetime) -> str:
    """What the admin should know although the token is right."""
    today = local_date(facts.village_code, now)
    if outcome is LineOutcome.SHORTER:
        return f"Yang tersimpan berlaku sampai {written_date(known.ends_on)}, lebih lama."
    if facts.starts_on and facts.starts_on > today:
        return f"Baru mulai berlaku {written_date(facts.starts_on)}."
    if subscription_state(facts.ends_on, today) is SubscriptionState.ENDED:
        return "Sudah berakhir: hanya membuka rilis premium sampai bulan itu."
    return ""


def _wrong(line: Line, context: CheckContext, problem: InvalidInput) -> CheckedLine:
    known = context.villages.get(line.code)
    return CheckedLine(
        number=line.number,
        outcome=LineOutcome.WRONG,
        village_code=line.code,
        village_name=known.name if known else "",
        message=problem.message,
        hint=problem.hint,
    )


def _refuse_twins(checked: list[CheckedLine]) -> list[CheckedLine]:
    """Two different tokens for one village are both wrong; the same one twice counts once."""
    by_village: dict[str, list[CheckedLine]] = {}
    for line in checked:
        if line.facts is not None:
            by_village.setdefault(line.village_code, []).append(line)
    changed = {
        line.number: _twin(line, group)
        for group in by_village.values()
        if len(group) > 1
        for line in group
    }
    return [changed.get(line.number, line) for line in checked]


def _twin(line: CheckedLine, group: list[CheckedLine]) -> CheckedLine:
    others = ", ".join(str(each.number) for each in group if each.number != line.number)
    if len({each.facts.fingerprint for each in group if each.facts}) == 1:
        if line is group[0]:
            return line
        message = f"Token yang sama sudah ada di baris {group[0].number}."
        return replace(line, outcome=LineOutcome.SAME, message=message, token=None)
    return replace(
        line,
        outcome=LineOutcome.WRONG,
        message=f"Ada token lain untuk yang sama di baris {others}.",
        hint="Sisakan satu token saja, lalu periksa lagi.",
        token=None,
    )
