"""Checks a village list against the official list and what is saved; changes nothing anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from siappakai.errors import InvalidInput
from siappakai.intake.addresses import (
    Cleaned,
    clean_domain,
    clean_email,
    clean_postcode,
    clean_text,
    has_hidden_blanks,
    is_error_value,
)
from siappakai.intake.columns import Columns, Field, find_columns
from siappakai.intake.identify import Identifier, district_name, is_same_district
from siappakai.intake.result import (
    Change,
    CheckContext,
    CheckedRow,
    CheckResult,
    ExistingVillage,
    Problem,
    RowStatus,
    VillageValues,
)
from siappakai.intake.rows import list_numbers, village_rows
from siappakai.intake.table import FORMULA_WITHOUT_VALUE, Table, TableRow
from siappakai.regions import Village, find_village, name_matches, normalise_code, suggest_domain

_NEEDED = (Field.CODE, Field.NAME, Field.DOMAIN)
_TELLING = (Field.CODE, Field.DOMAIN)


@dataclass(slots=True)
class _Draft:
    """A row on its way through the check."""

    row: TableRow
    village: Village | None = None
    details: dict[Field, str] = field(default_factory=dict)
    is_suggested: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def domain(self) -> str:
        """The cleaned or suggested domain; empty while there is none."""
        return self.details.get(Field.DOMAIN, "")


def check_rows(table: Table, context: CheckContext) -> CheckResult:
    """Every row with its status, cleaned values, problems and what would fix them.

    Pure. Raises InvalidInput only for the sheet as a whole: a required column is missing, there
    are no rows or too many, or the context's domain suffix is no domain.
    """
    _check_suffix(context.domain_suffix)
    columns = find_columns(table, context.words)
    rows, notes = village_rows(table, columns)
    identifier = Identifier(context, columns)
    drafts = [_draft_row(row, table, identifier) for row in rows]
    _mark_repeated_villages(drafts, columns)
    _mark_domains(drafts, context, columns)
    _suggest_domains(drafts, context, columns)
    checked = tuple(_finish(draft, context, columns) for draft in drafts)
    return CheckResult(checked, columns, (*_column_notes(table, columns), *notes))


def _check_suffix(suffix: str) -> None:
    if suffix and (wrong := clean_domain(f"desa.{suffix.strip().strip('.')}")).message:
        raise InvalidInput(f"Akhiran domain “{suffix}” tidak sah.", hint=wrong.fix)


def _column_notes(table: Table, columns: Columns) -> Iterable[str]:
    if columns.ignored:
        yield f"Kolom yang tidak dikenal diabaikan: {', '.join(columns.ignored[:20])}."
    if columns.repeated:
        yield f"Kolom yang berulang diabaikan: {', '.join(columns.repeated[:20])}."
    if table.other_sheets:
        yield f"Hanya lembar “{table.sheet}” yang dibaca, bukan: {', '.join(table.other_sheets)}."


def _draft_row(row: TableRow, table: Table, identifier: Identifier) -> _Draft:
    draft, columns = _Draft(row), identifier.columns
    texts = {which: _read_cell(draft, which, columns) for which in Field}
    _note_merged(draft, table, columns)
    if not draft.problems:
        code, name, district = (texts[f] for f in (Field.CODE, Field.NAME, Field.DISTRICT))
        draft.village, problems = identifier.find(code, name, district)
        draft.problems += problems
        _compare_district(draft, district, columns)
        if draft.village and not code:
            message = f"Kode {draft.village.dotted} diisi dari nama."
            draft.warnings.append(Problem(columns.title(Field.CODE), message))
    if texts[Field.DOMAIN]:
        cleaned = clean_domain(texts[Field.DOMAIN], identifier.context.domain_suffix)
        _keep(draft, Field.DOMAIN, cleaned, columns, draft.problems)
    _keep_details(draft, texts, columns)
    return draft


def _read_cell(draft: _Draft, which: Field, columns: Columns) -> str:
    """The cell's clean text; an error value becomes a problem, or a warning where it may lack."""
    raw = draft.row.cell(columns.at.get(which))
    if is_error_value(raw):
        empty = clean_text(raw) == FORMULA_WITHOUT_VALUE
        message = "Rumus tanpa hasil." if empty else f"Sel berisi galat {clean_text(raw)}."
        fix = "Ganti rumus dengan nilainya (salin, lalu tempel sebagai nilai)."
        target = draft.problems if which in _NEEDED else draft.warnings
        target.append(Problem(columns.title(which), message, fix))
        return ""
    if which in _TELLING and has_hidden_blanks(raw):
        message = "Spasi tersembunyi di dalam sel dibuang."
        draft.warnings.append(Problem(columns.title(which), message))
    return clean_text(raw)


def _note_merged(draft: _Draft, table: Table, columns: Columns) -> None:
    """A code or domain merged over rows can be right for one of them only."""
    for which in _NEEDED:
        start = table.filled.get((draft.row.number, columns.at.get(which, -1)))
        if start is None:
            continue
        message = f"Sel digabung dengan baris {start}, jadi isinya tidak jelas untuk baris ini."
        fix = "Pisahkan sel yang digabung, lalu isi setiap barisnya."
        draft.problems.append(Problem(columns.title(which), message, fix))


def _compare_district(draft: _Draft, district: str, columns: Columns) -> None:
    if draft.village and district and not is_same_district(draft.village, district):
        official = district_name(draft.village)
        message = f"Tertulis “{district[:60]}”, menurut kode: {official}."
        draft.warnings.append(Problem(columns.title(Field.DISTRICT), message))


def _keep(
    draft: _Draft, which: Field, cleaned: Cleaned, columns: Columns, target: list[Problem]
) -> None:
    """Keeps a cleaned value; what is wrong with it goes to the target."""
    if cleaned.message:
        target.append(Problem(columns.title(which), cleaned.message, cleaned.fix))
        return
    draft.details[which] = cleaned.value
    if cleaned.warning:
        draft.warnings.append(Problem(columns.title(which), cleaned.warning))


def _keep_details(draft: _Draft, texts: dict[Field, str], columns: Columns) -> None:
    """The values a village can do without: a bad one is left out with a warning."""
    cleaners: dict[Field, Callable[[str], Cleaned]] = {
        Field.EMAIL: clean_email,
        Field.ADDRESS: Cleaned,
        Field.POSTCODE: clean_postcode,
    }
    for which, clean in cleaners.items():
        if texts[which]:
            _keep(draft, which, clean(texts[which]), columns, draft.warnings)


def _mark_repeated_villages(drafts: list[_Draft], columns: Columns) -> None:
    """Equal rows of one village: the first stays. Differing ones: none can be trusted."""
    by_code: defaultdict[str, list[_Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.village:
            by_code[draft.village.code].append(draft)
    for group in by_code.values():
        if len(group) > 1:
            are_equal = all(draft.details == group[0].details for draft in group)
            _mark_group(group, columns, are_equal)


def _mark_group(group: list[_Draft], columns: Columns, are_equal: bool) -> None:
    numbers = [draft.row.number for draft in group]
    fix = "Hapus baris ini." if are_equal else "Sisakan satu baris yang benar."
    for at, draft in enumerate(group):
        if draft.village is None or (are_equal and at == 0):
            continue
        others = list_numbers([numbers[0]] if are_equal else numbers[:at] + numbers[at + 1 :])
        message = f"Kode {draft.village.dotted} juga ada di baris {others}."
        draft.problems.append(Problem(columns.title(Field.CODE), message, fix))


def _mark_domains(drafts: list[_Draft], context: CheckContext, columns: Columns) -> None:
    """A domain serves one village: neither another row nor another saved village may have it."""
    owners = _owners(context)
    by_domain: defaultdict[str, list[_Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.domain:
            by_domain[draft.domain].append(draft)
    for domain, group in by_domain.items():
        _mark_shared(domain, group, columns)
        for draft in group:
            _mark_taken(draft, owners.get(domain), columns)


def _owners(context: CheckContext) -> dict[str, str]:
    """Who has which domain: elsewhere, or a saved village."""
    owners = {domain.lower(): owner for domain, owner in context.taken_domains.items()}
    owners |= {saved.domain.lower(): code for code, saved in context.existing.items()}
    owners.pop("", None)
    return owners


def _mark_shared(domain: str, group: list[_Draft], columns: Columns) -> None:
    villages = {draft.village.code if draft.village else str(draft.row.number) for draft in group}
    if len(villages) < 2:
        return
    numbers = [draft.row.number for draft in group]
    for at, draft in enumerate(group):
        others = list_numbers(numbers[max(0, at - 3) : at] + numbers[at + 1 : at + 4])
        message = f"Domain {domain} juga ada di baris {others}."
        fix = "Beri setiap desa domainnya sendiri."
        draft.problems.append(Problem(columns.title(Field.DOMAIN), message, fix))


def _mark_taken(draft: _Draft, owner: str | None, columns: Columns) -> None:
    code = normalise_code(owner) if owner else None
    if not owner or (draft.village and code == draft.village.code):
        return
    village = find_village(code) if code else None
    who = f"{village.name} ({village.dotted})" if village else owner
    message = f"Domain {draft.domain} sudah dipakai {who}."
    fix = "Pakai domain lain, atau ubah dahulu domain pemakainya."
    draft.problems.append(Problem(columns.title(Field.DOMAIN), message, fix))


def _suggest_domains(drafts: list[_Draft], context: CheckContext, columns: Columns) -> None:
    """Gives every right row without a domain the saved one, or a free one made from its name."""
    taken = set(_owners(context)) | {draft.domain for draft in drafts}
    for draft in drafts:
        if draft.village is None or draft.problems or draft.domain:
            continue
        saved = context.existing.get(draft.village.code)
        if saved and saved.domain:
            draft.details[Field.DOMAIN] = saved.domain
            continue
        _suggest(draft, draft.village, context.domain_suffix, taken, columns)


def _suggest(
    draft: _Draft, village: Village, suffix: str, taken: set[str], columns: Columns
) -> None:
    offer = suggest_domain(village, suffix, taken) if suffix else ""
    if not offer or offer in taken or clean_domain(offer).message:
        draft.problems.append(Problem(columns.title(Field.DOMAIN), "Domain kosong.", "Isi domain."))
        return
    taken.add(offer)
    draft.details[Field.DOMAIN] = offer
    draft.is_suggested = True


def _finish(draft: _Draft, context: CheckContext, columns: Columns) -> CheckedRow:
    values = _values(draft, draft.village) if draft.village else None
    saved = context.existing.get(values.code) if values else None
    changes: tuple[Change, ...] = ()
    if draft.problems or values is None or draft.village is None:
        status = RowStatus.WRONG
    elif saved is None:
        status = RowStatus.NEW
    else:
        changes = tuple(_changes(draft.village, values, saved, columns))
        status = RowStatus.CHANGED if changes else RowStatus.SAME
    problems, warnings = tuple(draft.problems), tuple(draft.warnings)
    return CheckedRow(draft.row.number, status, values, problems, warnings, changes)


def _values(draft: _Draft, village: Village) -> VillageValues:
    return VillageValues(
        code=village.code,
        name=village.name,
        kind=village.kind,
        district_code=village.district_code,
        district=district_name(village),
        regency_code=village.regency_code,
        domain=draft.domain,
        domain_is_suggested=draft.is_suggested,
        email=draft.details.get(Field.EMAIL, ""),
        address=draft.details.get(Field.ADDRESS, ""),
        postcode=draft.details.get(Field.POSTCODE, ""),
    )


def _changes(
    village: Village, values: VillageValues, saved: ExistingVillage, columns: Columns
) -> Iterable[Change]:
    """What saving would change; a value the list leaves empty stays as it is saved."""
    if not name_matches(village, saved.name):
        yield Change(columns.title(Field.NAME), saved.name, values.name)
    pairs = (
        (Field.DOMAIN, saved.domain.lower(), values.domain.lower()),
        (Field.EMAIL, saved.email, values.email),
        (Field.ADDRESS, saved.address, values.address),
        (Field.POSTCODE, saved.postcode, values.postcode),
    )
    for which, before, after in pairs:
        if before is not None and after and before != after:
            yield Change(columns.title(which), before, after)
