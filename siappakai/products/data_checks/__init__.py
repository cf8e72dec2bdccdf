"""What dirty rows a migration trips over: generic questions, and one TOML file a product.

A finding never shows personal values: ids, and numbers of people and families masked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from siappakai.products.data_checks.listed import Severity, find_checks
from siappakai.products.data_checks.plan import Question, plan_questions
from siappakai.products.data_checks.shape import Shape, read_shape

__all__ = [
    "Finding",
    "Question",
    "Severity",
    "Shape",
    "find_checks",
    "make_finding",
    "mask",
    "plan_questions",
    "read_shape",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is the same for the same kind of dirt in every village; `village_code` may be ""."""

    code: str
    severity: Severity
    count: int
    village_code: str
    sentence: str
    remedy: str

    def to_json(self) -> dict[str, str | int]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "count": self.count,
            "village_code": self.village_code,
            "sentence": self.sentence,
            "remedy": self.remedy,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, str | int]) -> Finding:
        severity = Severity(str(kept["severity"]))
        texts = [str(kept[name]) for name in ("village_code", "sentence", "remedy")]
        return cls(str(kept["code"]), severity, int(kept["count"]), *texts)


def make_finding(
    question: Question,
    count: int,
    village_code: str,
    examples: str,
    labels: Mapping[str, str],
) -> Finding:
    """One sentence of a question's answer; `examples` are comma-separated ids, masked if long."""
    number = f"{count:,}".replace(",", ".")
    label = labels.get(question.table, f"tabel {question.table}") if question.table else ""
    subject = f"{number} baris {label} " if label else f"{number} "
    if question.row_id == "NULL" and not label:
        subject = ""  # not rows, but a fact of the whole database
    shown = ", ".join(mask(each) for each in examples.split(",") if each)
    kind = "nomor" if question.shown else "id"
    tail = f" (misalnya {kind} {shown})" if shown else ""
    sentence = f"{subject}{question.words}{tail}."
    sentence = sentence[:1].upper() + sentence[1:]
    return Finding(question.code, question.severity, count, village_code, sentence, question.remedy)


def mask(value: str) -> str:
    """`7305121203990001` → `7305••••••••0001`; whatever is no plain id is not shown at all."""
    if re.fullmatch(r"\d{12,20}", value):
        return value[:4] + "•" * (len(value) - 8) + value[-4:]
    return value if re.fullmatch(r"\d{1,11}|[0-9a-f-]{36}", value) else "••••"
