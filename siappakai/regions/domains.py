"""Domain names for villages: a DNS-valid suggestion for each village of a regency."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Container
from functools import lru_cache

from siappakai.regions.lookup import find_district, villages_of_regency
from siappakai.regions.places import Village

_MARKS = re.compile(r"['\"’‘`´ʼ*]+")
_NOT_LABEL = re.compile(r"[^0-9a-z]+")
_LABEL_LENGTH = 63


def slug(text: str, length: int = _LABEL_LENGTH) -> str:
    """The text as one DNS label: a-z, 0-9 and single hyphens inside; may be empty."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_LABEL.sub("-", _MARKS.sub("", plain)).strip("-")[:length].strip("-")


@lru_cache(maxsize=16)
def domain_labels(regency_code: str) -> dict[str, str]:
    """A label for every village code of the regency, no label twice.

    `<name>`; where villages share it, `<name>-<district>`; where they still do, with the last
    four digits of the code. A village's label does not depend on which others are uploaded.
    """
    labels: dict[str, str] = {}
    waiting = villages_of_regency(regency_code)
    for form in (_by_name, _by_district, _by_code, _by_whole_code):
        uses = Counter(form(village) for village in waiting)
        used = set(labels.values())
        labels |= {v.code: form(v) for v in waiting if uses[form(v)] == 1 and form(v) not in used}
        waiting = [village for village in waiting if village.code not in labels]
    return labels


def suggest_domain(village: Village, suffix: str, taken: Container[str] = frozenset()) -> str:
    """The village's suggested domain below the suffix, in a longer form if that one is taken."""
    labels = (
        domain_labels(village.regency_code)[village.code],
        *(form(village) for form in (_by_district, _by_code, _by_whole_code)),
    )
    names = [f"{label}.{suffix.strip().strip('.').lower()}" for label in labels]
    return next((name for name in names if name not in taken), names[-1])


def _by_name(village: Village) -> str:
    return slug(village.name) or f"desa-{village.code}"


def _by_district(village: Village) -> str:
    district = find_district(village.district_code)
    return slug(f"{_by_name(village)}-{district.name if district else ''}", 58)


def _by_code(village: Village) -> str:
    return f"{_by_district(village)[:52].strip('-')}-{village.code[-4:]}"


def _by_whole_code(village: Village) -> str:
    return f"desa-{village.code}"
