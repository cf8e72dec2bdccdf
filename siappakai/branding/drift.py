"""How a look that was seen differs from the one that was given, and what is to follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from siappakai.products.brand import BrandSlot, SlotState


class Answer(StrEnum):
    """What is done about a difference."""

    PUT_BACK = "dikembalikan"  # locked, or written by us alone
    ADOPT = "diakui"  # free: the village's own choice from now on


@dataclass(frozen=True, slots=True)
class Difference:
    """One value or file that is not as it was given; `label` is what people call it."""

    label: str
    answer: Answer
    was: str
    now: str


def find_differences(
    slots: Sequence[BrandSlot],
    present: Mapping[str, SlotState],
    worn: Mapping[str, SlotState],
    adopted: Sequence[str],
    returned: Sequence[str],
) -> list[Difference]:
    """A line for each address that was adopted or is to be put back, in the slots' order."""
    answers = dict.fromkeys(adopted, Answer.ADOPT) | dict.fromkeys(returned, Answer.PUT_BACK)
    return [
        Difference(
            slot.label,
            answers[slot.address],
            worn[slot.address].value if slot.address in worn else "",
            present[slot.address].value,
        )
        for slot in slots
        if slot.address in answers
    ]


def file_differences(files: Mapping[str, str], present: Mapping[str, str]) -> list[Difference]:
    """A line for each of our own files that is gone or holds something else."""
    return [
        Difference(path, Answer.PUT_BACK, what[:12], present.get(path, "")[:12])
        for path, what in sorted(files.items())
        if present.get(path, "") != what
    ]


def tell(differences: Sequence[Difference]) -> str:
    """One sentence for each kind of answer; empty when nothing differs."""
    sentences = {
        Answer.PUT_BACK: "Berubah padahal ditetapkan, dikembalikan: {}.",
        Answer.ADOPT: "Diubah desa dan diakui sebagai pilihannya sendiri: {}.",
    }
    told = []
    for answer, sentence in sentences.items():
        labels = [each.label for each in differences if each.answer is answer]
        if labels:
            told.append(sentence.format(", ".join(labels)))
    return " ".join(told)
