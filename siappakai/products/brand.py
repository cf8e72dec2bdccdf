"""Think: where an application keeps its look: slots, the files it wears, what proves it.

A product's slots stand in `siappakai/products/brand_slots/<product>.py`. Keys are those of
`siappakai.branding.values`; the value of a picture is the sha256 of its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

THEMES_IN_CONTAINER = "/var/lib/siappakai/tema"
THEME_FOLDER = "{tema}"  # in a slot's folder: the name of the theme that is worn


class SlotKind(StrEnum):
    TEXT = "teks"
    PICTURE = "gambar"  # a cell names a file of the slot's folder
    FILE = "berkas"  # a picture under a name of its own
    THEME = "tema"


@dataclass(frozen=True, slots=True)
class Cell:
    """One text of the application's database; `where` finds this region's row and no other."""

    table: str
    column: str
    where: str
    values: tuple[str, ...]

    def read(self) -> tuple[str, tuple[Any, ...]]:
        return f"SELECT `{self.column}` FROM `{self.table}` WHERE {self.where}", self.values

    def write(self, text: str | None) -> tuple[str, tuple[Any, ...]]:
        sql = f"UPDATE `{self.table}` SET `{self.column}` = %s WHERE {self.where}"
        return sql, (text, *self.values)


@dataclass(frozen=True, slots=True)
class Form:
    """How the application's own forms send the value: fields and uploads by name.

    `paths` are the beginnings of addresses it is sent to, without a slash; none: to any.
    """

    fields: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class BrandSlot:
    """Where one value of the kit lives in an application; `address` is its name there.

    `fresh` holds what an installation leaves: a cell's texts, or "" for no picture.
    `into_app` turns a value of the kit into the cell's text, `out_of_app` the other way.
    `is_choice`: the village itself can choose it there. `is_identity`: it says who the village is,
    so a wider layer never writes it. `size` is the derived size of the kit's picture that fits.
    """

    address: str
    key: str
    label: str
    kind: SlotKind = SlotKind.TEXT
    cell: Cell | None = None
    folder: str = ""
    file: str = ""
    prefix: str = ""
    fresh: tuple[str, ...] = ("",)
    form: Form | None = None
    into_app: Callable[[str], str] = same
    out_of_app: Callable[[str], str] = same
    is_choice: bool = True
    is_identity: bool = False
    size: str = ""


@dataclass(frozen=True, slots=True)
class SlotState:
    """What one slot holds: the kit's value, the cell's text (None: NULL), the file and its hash.

    `file` is relative to the instance's directory; `link` is where a theme's link leads.
    """

    address: str
    key: str
    value: str
    text: str | None = None
    file: str = ""
    sha256: str = ""
    link: str = ""
    is_own: bool = False

    def to_row(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> SlotState:
        return cls(**row)

    def holds(self, other: SlotState | None) -> bool:
        """Whether both are the same to the last byte, whoever chose it."""
        if other is None:
            return False
        mine = (self.text, self.file, self.sha256, self.link)
        return mine == (other.text, other.file, other.sha256, other.link)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the kit on the server: the hash of its bytes and how its name ends."""

    sha256: str
    ending: str

    @property
    def name(self) -> str:
        return f"{self.sha256}.{self.ending}"


# The sizes of siappakai.branding.icons in which a picture is shown to visitors and phones.
PUBLIC_SIZES: Mapping[str, str] = {
    "logo": "logo-512.png",
    "emblem": "logo-512.png",
    "favicon": "icon-192.png",
    "login_picture": "background-1920.jpg",
    "site_picture": "background-1920.jpg",
}
ICON_SIZES: Mapping[str, str] = {
    "180": "icon-180.png",
    "192": "icon-192.png",
    "512": "icon-512.png",
}


@dataclass(frozen=True, slots=True)
class Wear:
    """All that an instance is to wear: values by key, states by address, who locks what.

    `pictures` (by key) and `icons` (by side) are what visitors get beside the slots' own files.
    """

    number: int
    values: Mapping[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    states: Mapping[str, SlotState] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    icons: Mapping[str, Picture] = field(default_factory=dict)
    is_branded: bool = False  # a layer gives a value


@dataclass(frozen=True, slots=True)
class BrandFile:
    """A file that follows from what is worn; without `content` and `picture` it is not there.

    `block` is written between marks at the end of a file whose other lines stay the village's own.
    """

    path: str
    content: str | None = None
    picture: Picture | None = None
    block: str = ""


@dataclass(frozen=True, slots=True)
class BrandProof:
    """A page whose source must hold these texts once the brand is worn."""

    path: str
    must_hold: tuple[str, ...]
