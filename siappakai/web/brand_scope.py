"""Whom a person chose on a form: all, one district, one village; and who is then told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_login import current_user

from siappakai.branding.edits import check_scope
from siappakai.branding.scope import Reach, Scope
from siappakai.errors import InvalidInput
from siappakai.models import Rollout, db, read_setting
from siappakai.regions import normalise_code
from siappakai.rollout import acts
from siappakai.rollout.brand_freeze import BRAND_POLICIES, QUICK, freeze_brand
from siappakai.rollout.freeze import SECOND_APPROVER, approve
from siappakai.rollout.gate import missing_on_servers
from siappakai.web import queries_brand as queries
from siappakai.web.queries_brand import Wearing

KINDS = ("semua", "kecamatan", "desa")
WAYS = {
    "bertahap": (
        "Bertahap",
        "Dua desa contoh dahulu. Anda melihatnya, lalu mengizinkan 30 persen, lalu sisanya.",
    ),
    "sekaligus": (
        "Sekaligus",
        f"Semua tanpa berhenti, paling banyak {QUICK.limits.parallel} aplikasi bersamaan; "
        f"tertahan sendiri bila ada {QUICK.limits.failures} gagal.",
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands in a form; `problem` when it is no place yet, `typed` the code as written."""

    kind: str = "semua"
    code: str = ""
    problem: InvalidInput | None = None
    typed: str = ""

    @property
    def scope(self) -> Scope:
        """The chosen place; InvalidInput tells what is missing."""
        if self.problem is not None:
            raise self.problem
        return Scope(self.code)

    def as_args(self) -> dict[str, str]:
        field = {"kecamatan": self.code} if self.kind == "kecamatan" else {"desa": self.code}
        return {"lingkup": self.kind} | (field if self.kind != "semua" else {})


def read_choice(values: Mapping[str, str]) -> Choice:
    """The place that a form or address names; an unknown one comes with its problem."""
    kind = values.get("lingkup", "")
    if kind not in KINDS or kind == "semua":
        return Choice()
    text = values.get(kind, "").strip()[:20]
    code = normalise_code(text) or ""
    wanted = Reach.DISTRICT if kind == "kecamatan" else Reach.VILLAGE
    try:
        scope = Scope(code)
        if scope.reach != wanted:
            raise InvalidInput(
                "Pilih dahulu kecamatannya." if kind == "kecamatan" else "Kode desa belum benar.",
                hint="" if kind == "kecamatan" else "Sepuluh angka, misalnya 73.05.01.2001.",
            )
        check_scope(scope)
        if not queries.regency_scope().holds(scope):
            raise InvalidInput("Wilayah itu bukan bagian dari panel ini.")
    except InvalidInput as problem:
        return Choice(kind, "", problem, text)
    return Choice(kind, code, typed=text)


def way_of(text: str) -> str:
    return text if text in BRAND_POLICIES else "bertahap"


def wants_two() -> bool:
    return bool(read_setting(SECOND_APPROVER, False))


def outline(told: Sequence[Wearing], sentences: Sequence[str]) -> str:
    """Differs when others would be told, or of something else, than the page showed."""
    text = json.dumps([[each.instance_id for each in told], list(sentences)])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def launch_version(version_id: int, told: Sequence[Wearing], way: str, title: str) -> int:
    """The rollout that brings the version: running, or waiting where a second person decides."""
    by = current_user.username
    ids = [each.instance_id for each in told]
    rollout_id = freeze_brand(version_id, ids, BRAND_POLICIES[way_of(way)], title=title, by=by)
    if wants_two():
        return rollout_id
    sha256 = db.session.get_one(Rollout, rollout_id).plan_sha256
    approve(rollout_id, sha256, by=by, gate=missing_on_servers)
    acts.launch(rollout_id, by=by)
    return rollout_id
