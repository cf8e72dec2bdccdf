"""Think: what a recipe may know of the region and databases it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from siappakai.secret import Secret


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """A village, district or regency as the official list names it; codes without dots.

    `code` has 10, 6 or 4 digits; what lies below a district or regency is empty.
    """

    code: str
    name: str
    regency_code: str
    regency_name: str
    province_code: str
    province_name: str
    domain: str
    district_code: str = ""
    district_name: str = ""
    email: str = ""
    office_address: str = ""
    postal_code: str = ""

    @property
    def dotted_code(self) -> str:
        parts = (self.code[:2], self.code[2:4], self.code[4:6], self.code[6:])
        return ".".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class DatabaseAccess:
    """How an instance reaches a database: always by the server's unix socket."""

    name: str
    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Place:
    """Everything a recipe may know of the instance it is asked about.

    `is_combined`: `database` holds the rows of several villages. `reads` is the combined database
    that the recipe may only look into. `peer_secrets` are keyed as the recipe asks for them.
    """

    region: RegionFacts
    database: DatabaseAccess
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    village_word: str = "desa"
    local_time_zone: str = "Asia/Jakarta"
    is_combined: bool = False
    reads: DatabaseAccess | None = None
    peer_secrets: Mapping[str, Secret] = field(default_factory=dict)
    premium_token: Secret | None = None
    licence_url: str = ""
    public_port: int = 443

    @property
    def public_url(self) -> str:
        """`https://domain` as a visitor types it, with the port where it isn't 443."""
        port = "" if self.public_port == 443 else f":{self.public_port}"
        return f"https://{self.region.domain}{port}"
