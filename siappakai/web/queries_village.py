"""One village of the fleet, by its code."""

from __future__ import annotations

from siappakai.errors import NotFound
from siappakai.models import Village, db
from siappakai.regions import normalise_code


def get_village(code: str) -> Village:
    """The village of a code with or without dots; NotFound when it is not in the fleet."""
    digits = normalise_code(code) or ""
    village = db.session.get(Village, digits)
    if village is None:
        raise NotFound(
            "Wilayah itu belum ada di panel ini.", hint="Unggah daftarnya, atau periksa kodenya."
        )
    return village
