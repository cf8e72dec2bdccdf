"""Names of places made comparable: how a person types a name against the official spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from siappakai.regions.places import Village, VillageKind

MATCH_SCORE = 80.0

_MARKS = re.compile(r"['\"’‘`´ʼ*]+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_NOT_WORD_OR_LINE = re.compile(r"[^0-9a-z\n]+")
_REPEATED = re.compile(r"([a-z])\1+")


def _words(text: str) -> list[str]:
    return text.split()


_PREFIXES = frozenset(
    _words("desa ds kelurahan kel kalurahan gampong gp gampoeng nagari pekon kampung kampong")
    + _words("kampuang kp lembang tiyuh kute ohoi negeri dusun kepenghuluan adat")
)
_KIND_WORDS = {
    "desa": VillageKind.DESA,
    "ds": VillageKind.DESA,
    "kelurahan": VillageKind.KELURAHAN,
    "kel": VillageKind.KELURAHAN,
}
_SAME_WORD = dict(
    zip(
        _words("sei tj tg tjg mns kp gp kec i ii iii iv v vi vii viii ix x")
        + _words("satu dua tiga empat lima enam"),
        _words("sungai tanjung tanjung tanjung meunasah kampung gampong kecamatan")
        + _words("1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6"),
        strict=True,
    )
)
_TELLING = frozenset(
    _words("utara selatan timur barat tengah hulu hilir ulu ilir atas bawah dalam luar baru lama")
    + _words("besar kecil barua toa lor kidul wetan kulon")
)


@lru_cache(maxsize=20_000)
def name_words(text: str) -> tuple[str, ...]:
    """The words of a name in lower case, without marks; numerals as digits, abbreviations whole."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    words = _NOT_WORD.sub(" ", _MARKS.sub("", plain)).split()
    return tuple(_SAME_WORD.get(word, word) for word in words)


@lru_cache(maxsize=20_000)
def name_key(text: str) -> str:
    """What is left of a name for comparing: no `Desa`/`Kel.` in front, no spaces, no doubles."""
    return _squash(_bare_words(name_words(text)))


def name_keys(names: list[str]) -> list[str]:
    """The name_key of every name, several times quicker for the whole list than one by one."""
    plain = unicodedata.normalize("NFKD", "\n".join(" ".join(n.split()) for n in names)).casefold()
    lines = _NOT_WORD_OR_LINE.sub(" ", _MARKS.sub("", plain)).split("\n")
    same = _SAME_WORD.get
    keys = ["".join(_bare_words([same(w, w) for w in line.split()])) for line in lines]
    return _REPEATED.sub(r"\1", "\n".join(keys)).split("\n")


@lru_cache(maxsize=20_000)
def full_key(text: str) -> str:
    """Like name_key, with every word kept."""
    return _squash(name_words(text))


def written_kind(text: str) -> VillageKind | None:
    """Desa or kelurahan when the name is written with that word in front, else None."""
    words = name_words(text)
    return _KIND_WORDS.get(words[0]) if len(words) > 1 else None


def name_score(official: str, typed: str) -> float:
    """How well a typed name fits an official one: 0 (not at all) to 100 (the same).

    Words that tell neighbours apart (Utara, Baru, 2 …) must agree, else the score is 0.
    """
    if name_key(official) == name_key(typed) or full_key(official) == full_key(typed):
        return 100.0 if name_key(official) else 0.0
    if _telling_words(official) != _telling_words(typed):
        return 0.0
    scores = (
        fuzz.ratio(name_key(official), name_key(typed)),
        fuzz.ratio(full_key(official), full_key(typed)),
    )
    return min(99.0, max(scores))


def name_matches(village: Village, text: str) -> bool:
    """Does the typed name mean this village, small spelling differences forgiven?"""
    return name_score(village.name, text) >= MATCH_SCORE


def _telling_words(text: str) -> frozenset[str]:
    return frozenset(w for w in name_words(text) if w in _TELLING or w.isdigit())


def _bare_words(words: Sequence[str]) -> Sequence[str]:
    """The words without those in front that only say what kind of place it is."""
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    return words


def _squash(words: Sequence[str]) -> str:
    return _REPEATED.sub(r"\1", "".join(words))
