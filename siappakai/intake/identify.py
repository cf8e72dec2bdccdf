"""Which village of the official list a row means, by its code or by its name and district."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from siappakai.intake.addresses import clean_text
from siappakai.intake.columns import Columns, Field
from siappakai.intake.result import CheckContext, Problem
from siappakai.regions import (
    Village,
    dot_code,
    find_district,
    find_regency,
    find_village,
    name_score,
    normalise_code,
    search_villages,
    villages_of_regency,
)
from siappakai.regions.names import MATCH_SCORE, full_key, name_key, written_kind
from siappakai.regions.search import nearest_village

_MOST_GUESSES = 2_000
_LIKELY = 70.0


@dataclass(slots=True)
class Identifier:
    """Finds a row's village; looks for near names only so often that 50,000 bad rows stay quick."""

    context: CheckContext
    columns: Columns
    guesses: dict[str, str] = field(default_factory=dict)

    def find(self, code: str, name: str, district: str) -> tuple[Village | None, list[Problem]]:
        """The village and the problems with how it is named; not both empty."""
        if not code:
            return self._by_name(name, district)
        village, problem = self._by_code(code, name)
        if village is None or problem:
            return village, [problem] if problem else []
        return village, self._name_problems(village, name)

    def _by_code(self, typed: str, name: str) -> tuple[Village | None, Problem | None]:
        digits = normalise_code(typed)
        village = find_village(digits) if digits and len(digits) == 10 else None
        if village is None:
            message, fix = self._code_fault(typed, digits)
            return None, self._problem(Field.CODE, message, self._guess(name) or fix)
        if village.regency_code != self.context.regency_code and not self._may_be_elsewhere:
            return village, self._problem(Field.CODE, *self._elsewhere(village, name))
        return village, None

    def _code_fault(self, typed: str, digits: str | None) -> tuple[str, str]:
        shown = clean_text(typed)[:40]
        if "e+" in shown.lower():
            return (
                f"Kode “{shown}” terpotong oleh aplikasi lembar kerja.",
                "Ubah format kolom menjadi Teks, lalu ketik ulang kode lengkapnya.",
            )
        if digits is None or len(digits) != 10:
            return f"Kode “{shown}” bukan kode desa.", "Kode desa terdiri atas 10 angka."
        if digits[6] == "0":
            return (
                f"Kode {dot_code(digits)} tidak ada dalam daftar resmi; tampaknya kode BPS.",
                "Pakai kode Kemendagri, misalnya 73.05.01.2003.",
            )
        return f"Kode {dot_code(digits)} tidak ada dalam daftar resmi.", self._near_code(digits)

    def _elsewhere(self, village: Village, name: str) -> tuple[str, str]:
        found, wanted = (find_regency(c) for c in (village.regency_code, self.context.regency_code))
        message = (
            f"Kode {village.dotted} milik {found.name if found else 'wilayah lain'}, "
            f"bukan {wanted.name if wanted else self.context.regency_code}."
        )
        return message, self._guess(name) or "Hapus baris ini atau perbaiki kodenya."

    def _name_problems(self, village: Village, name: str) -> list[Problem]:
        if not name or self._is_named(village, name):
            return []
        message = f"Nama “{name[:60]}” tidak cocok dengan kode {village.dotted} ({village.name})."
        fix = f"Tulis nama {village.name}, atau perbaiki kodenya."
        guess = self._guess(name)
        return [self._problem(Field.NAME, message, f"{guess} Atau: {fix}" if guess else fix)]

    def _is_named(self, village: Village, name: str) -> bool:
        """The same name; or near enough, with no neighbour's name nearer."""
        score = name_score(village.name, name)
        if score == 100.0 or score < MATCH_SCORE:
            return score == 100.0
        nearest = nearest_village(name, village.regency_code)
        return nearest is None or name_score(nearest.name, name) <= score

    def _by_name(self, name: str, district: str) -> tuple[Village | None, list[Problem]]:
        if not name:
            fix = "Isi kode Kemendagri, atau nama beserta kecamatannya."
            return None, [self._problem(Field.CODE, "Kode kosong.", fix)]
        named = self._candidates(name)
        near = [v for v in named if not district or _is_in(v, district)]
        kind = written_kind(name)
        exact = near if len(near) < 2 or not kind else [v for v in near if v.kind is kind]
        if len(exact) == 1:
            return exact[0], []
        return None, [self._unclear(name, district, near or named)]

    def _candidates(self, name: str) -> list[Village]:
        listed = _names_of_regency(self.context.regency_code)
        return listed.get(full_key(name)) or listed.get(name_key(name)) or []

    def _unclear(self, name: str, district: str, found: list[Village]) -> Problem:
        where = f" di {self._district_word} {district[:40]}" if district else ""
        if len(found) > 1:
            message = f"Nama “{name[:60]}”{where} dipakai {len(found)} kali."
            return self._problem(Field.CODE, message, f"Isi kodenya: {self._offer(found[:4])}.")
        message = f"Nama “{name[:60]}”{where} tidak ada dalam daftar resmi."
        fix = f"Mungkin maksudnya {self._offer(found)}." if found else self._guess(name)
        return self._problem(Field.NAME, message, fix or "Isi kode Kemendagri.")

    def _guess(self, name: str) -> str:
        """`Mungkin maksudnya …` with the nearest names of the regency, or nothing."""
        key = clean_text(name)[:80]
        if key and key not in self.guesses and len(self.guesses) < _MOST_GUESSES:
            found = search_villages(key, self.context.regency_code, limit=3)
            likely = [m.village for m in found if m.score >= min(_LIKELY, found[0].score)]
            self.guesses[key] = f"Mungkin maksudnya {self._offer(likely)}." if likely else ""
        return self.guesses.get(key, "")

    def _near_code(self, digits: str) -> str:
        key = f"kode {digits}"
        if key not in self.guesses and len(self.guesses) < _MOST_GUESSES:
            codes = [v.code for v in villages_of_regency(self.context.regency_code)]
            near = process.extract(digits, codes, scorer=OSA.distance, score_cutoff=1, limit=3)
            offers = [village for code, _, _ in near if (village := find_village(code))]
            self.guesses[key] = f"Kode yang mirip: {self._offer(offers)}." if offers else ""
        return self.guesses.get(key) or "Periksa kodenya."

    def _offer(self, villages: list[Village]) -> str:
        return " atau ".join(
            f"{v.dotted} ({v.name}, {self._district_word} {district_name(v)})" for v in villages
        )

    @property
    def _district_word(self) -> str:
        return self.context.words.district.title()

    @property
    def _may_be_elsewhere(self) -> bool:
        return self.context.allow_other_regency

    def _problem(self, which: Field, message: str, fix: str) -> Problem:
        return Problem(self.columns.title(which), message, fix)


def district_name(village: Village) -> str:
    """The official name of the village's district."""
    district = find_district(village.district_code)
    return district.name if district else ""


def is_same_district(village: Village, typed: str) -> bool:
    """Does the typed district mean the village's own?"""
    return _is_in(village, typed)


def _is_in(village: Village, district: str) -> bool:
    typed = district.casefold()
    for word in ("kecamatan ", "kec. ", "kec.", "kec ", "distrik "):
        typed = typed.removeprefix(word)
    return name_score(district_name(village), typed) >= MATCH_SCORE


@lru_cache(maxsize=16)
def _names_of_regency(regency_code: str) -> dict[str, list[Village]]:
    """The villages of a regency by their comparable names, with and without a leading `Desa`."""
    named: defaultdict[str, list[Village]] = defaultdict(list)
    for village in villages_of_regency(regency_code):
        for key in {full_key(village.name), name_key(village.name)}:
            named[key].append(village)
    return dict(named)
