"""Local words (sebutan): how a regency calls its villages, districts and their heads.

The defaults are suggestions by region, kept to what provincial or regency regulations use;
the setting of the regency always wins (`LocalWords.changed_by`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from siappakai.regions.lookup import find_regency
from siappakai.regions.places import VillageKind, normalise_code


@dataclass(frozen=True, slots=True)
class LocalWords:
    """The words every screen uses, in lower case."""

    village: str = "desa"
    urban_village: str = "kelurahan"
    district: str = "kecamatan"
    regency: str = "kabupaten"
    hamlet: str = "dusun"
    head_of_village: str = "kepala desa"
    head_of_urban_village: str = "lurah"
    head_of_district: str = "camat"

    def changed_by(self, setting: Mapping[str, str | None]) -> LocalWords:
        """These words with every filled-in word of the setting in place; unknown names ignored."""
        known = {field.name for field in fields(self)}
        filled = {key: " ".join((word or "").split()).lower() for key, word in setting.items()}
        return replace(self, **{k: word for k, word in filled.items() if k in known and word})

    def word_of(self, kind: VillageKind) -> str:
        """The word for a village of this kind."""
        if kind is VillageKind.DESA_ADAT:
            return f"{self.village} adat"
        return self.urban_village if kind is VillageKind.KELURAHAN else self.village


CHOICES: dict[str, tuple[str, ...]] = {
    "village": (
        *("desa", "gampong", "nagari", "kampung", "pekon", "tiyuh", "lembang", "kalurahan"),
        *("dusun", "kepenghuluan", "kute", "negeri", "ohoi"),
    ),
    "urban_village": ("kelurahan",),
    "district": ("kecamatan", "distrik", "kapanewon", "kemantren"),
    "regency": ("kabupaten", "kota"),
    "hamlet": ("dusun", "jorong", "korong", "padukuhan", "banjar dinas", "jaga", "kampung"),
    "head_of_village": (
        *("kepala desa", "keuchik", "wali nagari", "kepala kampung", "petinggi", "kepala pekon"),
        *("peratin", "kepala tiyuh", "kepala lembang", "lurah", "perbekel", "kuwu", "hukum tua"),
        *("penghulu", "rio", "reje", "pengulu", "datok penghulu", "kapitalaung", "kepala ohoi"),
    ),
    "head_of_urban_village": ("lurah",),
    "head_of_district": ("camat", "kepala distrik", "panewu", "mantri pamong praja"),
}

_DESA = {"village": "desa", "head_of_village": "kepala desa", "hamlet": "dusun"}
_GAMPONG = {"village": "gampong", "head_of_village": "keuchik"}
_NAGARI = {"village": "nagari", "head_of_village": "wali nagari", "hamlet": "jorong"}
_KAMPUNG = {"village": "kampung", "head_of_village": "kepala kampung"}
_PAPUA = {**_KAMPUNG, "district": "distrik", "head_of_district": "kepala distrik"}
_REJE = {"village": "kampung", "head_of_village": "reje"}
_PEKON = {"village": "pekon", "head_of_village": "kepala pekon"}
_PERATIN = {"village": "pekon", "head_of_village": "peratin"}
_PETINGGI = {"village": "kampung", "head_of_village": "petinggi"}
_LEMBANG = {"village": "lembang", "head_of_village": "kepala lembang"}
_KAPITALAUNG = {"village": "kampung", "head_of_village": "kapitalaung"}
_HUKUM_TUA = {"head_of_village": "hukum tua", "hamlet": "jaga"}
_DIY = {
    "village": "kalurahan",
    "head_of_village": "lurah",
    "hamlet": "padukuhan",
    "district": "kapanewon",
    "head_of_district": "panewu",
}

_BY_REGION: dict[str, dict[str, str]] = {
    "11": _GAMPONG,
    "1102": {"village": "kute", "head_of_village": "pengulu"},
    "1104": _REJE,
    "1109": _DESA,
    "1113": {"village": "kampung", "head_of_village": "pengulu"},
    "1116": {"village": "kampung", "head_of_village": "datok penghulu"},
    "1117": _REJE,
    "13": _NAGARI,
    "1305": {"hamlet": "korong"},
    "1309": _DESA,
    "1373": _DESA,
    "1377": _DESA,
    "1407": {"village": "kepenghuluan", "head_of_village": "penghulu"},
    "1408": {"village": "kampung", "head_of_village": "penghulu"},
    "1508": {"village": "dusun", "head_of_village": "rio", "hamlet": "kampung"},
    "1802": _KAMPUNG,
    "1804": _PERATIN,
    "1805": _KAMPUNG,
    "1806": _PEKON,
    "1808": _KAMPUNG,
    "1810": _PEKON,
    "1812": {"village": "tiyuh", "head_of_village": "kepala tiyuh"},
    "1813": _PERATIN,
    "3209": {"head_of_village": "kuwu"},
    "3212": {"head_of_village": "kuwu"},
    "34": _DIY,
    "3471": {"district": "kemantren", "head_of_district": "mantri pamong praja"},
    "51": {"head_of_village": "perbekel", "hamlet": "banjar dinas"},
    "6403": _KAMPUNG,
    "6407": _PETINGGI,
    "6411": _PETINGGI,
    "7102": _HUKUM_TUA,
    "7103": _KAPITALAUNG,
    "7105": _HUKUM_TUA,
    "7106": _HUKUM_TUA,
    "7107": _HUKUM_TUA,
    "7109": _KAPITALAUNG,
    "7318": _LEMBANG,
    "7326": _LEMBANG,
    "8102": {"village": "ohoi", "head_of_village": "kepala ohoi"},
    **dict.fromkeys(("91", "92", "93", "94", "95", "96"), _PAPUA),
}


def for_regency(code: str) -> LocalWords:
    """The words usual in a regency; the national ones where no other is known."""
    digits = normalise_code(code) or ""
    regency = find_regency(digits)
    kind = {"regency": "kota"} if regency and regency.name.startswith("Kota") else {}
    province = _BY_REGION.get(digits[:2], {})
    return LocalWords().changed_by(province | _BY_REGION.get(digits[:4], {}) | kind)
