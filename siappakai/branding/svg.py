"""An SVG drawing rebuilt from an allow-list: what paints stays; what acts or reaches out is gone.

What would be seen and can't be kept (letters that need a font, photos) is refused with a way out,
so that nothing visible is lost without a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from siappakai.branding.images import check_size, refusal
from siappakai.branding.svg_css import PAINT, clean_declarations, clean_sheet, is_safe_value

NAMESPACE = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MAX_BYTES = 1024 * 1024
MOST_ELEMENTS, MOST_DEPTH, MOST_DRAWN, MOST_NESTED = 20_000, 60, 50_000, 200
WIDEST = 30  # times its other side

_KEPT_ELEMENTS = (
    "svg g defs symbol use switch path rect circle ellipse line polyline polygon linearGradient "
    "radialGradient stop clipPath mask pattern marker title desc style filter feGaussianBlur "
    "feOffset feMerge feMergeNode feBlend feColorMatrix feFlood feComposite feDropShadow"
)
_KEPT = frozenset(_KEPT_ELEMENTS.split())
_SEEN = {
    "text": "berisi tulisan yang bergantung pada huruf di komputer pembaca",
    "image": "berisi foto di dalamnya",
    "feImage": "berisi foto di dalamnya",
}
_SEEN_HINT = (
    "Di Inkscape: pilih tulisannya, Path → Object to Path, lalu simpan sebagai Plain SVG. "
    "Atau unggah gambarnya sebagai PNG."
)
_PLAIN_HINT = "Simpan ulang sebagai Plain SVG dari Inkscape, atau unggah sebagai PNG."
_KEPT_ATTRIBUTES = (
    "d points x y x1 y1 x2 y2 cx cy r rx ry fx fy width height offset viewBox preserveAspectRatio "
    "gradientTransform gradientUnits spreadMethod patternContentUnits patternTransform "
    "patternUnits clipPathUnits maskContentUnits maskUnits markerHeight markerUnits markerWidth "
    "orient refX refY pathLength filterUnits primitiveUnits in in2 result stdDeviation dx dy mode "
    "operator k1 k2 k3 k4 type values"
)
_ATTRIBUTES = frozenset(_KEPT_ATTRIBUTES.split())
_GEOMETRY = re.compile(r"[A-Za-z0-9\s.,+\-%()]*")
_NAME = re.compile(r"[A-Za-z_][\w.:-]{0,99}")
_LENGTH = re.compile(r"([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in)?")
_PIXELS = {None: 1, "px": 1, "pt": 4 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A cleaned SVG and the size it wants to be shown at, in pixels."""

    content: bytes
    width: int
    height: int

    def scaled(self, longest: int) -> tuple[int, int]:
        """Width and height with that longest side."""
        factor = longest / max(self.width, self.height)
        return max(round(self.width * factor), 1), max(round(self.height * factor), 1)


def looks_like_svg(content: bytes) -> bool:
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<"))


def clean_svg(content: bytes, name: str) -> Drawing:
    """The drawing rebuilt from what is allowed; the same content gives the same bytes.

    InvalidInput says why it is refused and what to do.
    """
    check_size(content, name, MAX_BYTES)
    try:
        root = fromstring(content, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise refusal(name, "memakai entitas XML, yang dapat membahayakan", _PLAIN_HINT) from error
    except (ElementTree.ParseError, ValueError, LookupError, UnicodeError) as error:
        raise refusal(name, "bukan SVG yang utuh", _PLAIN_HINT) from error
    if _local_name(root) != "svg":
        raise refusal(name, "bukan SVG", _PLAIN_HINT)
    _check_extent(root, name)
    made = ElementTree.Element("svg", {"xmlns": NAMESPACE})
    _copy(root, made, name)
    width, height = _give_size(made, name)
    _check_uses(made, name)
    text = ElementTree.tostring(made, encoding="unicode")
    return Drawing(text.encode() + b"\n", width, height)


def _local_name(element: ElementTree.Element) -> str:
    """The name of an SVG element; empty for one of another namespace."""
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag.startswith("{"):
        namespace, _, local = tag[1:].partition("}")
        return local if namespace == NAMESPACE else ""
    return tag


def _check_extent(root: ElementTree.Element, name: str) -> None:
    """Before anything walks into it: neither too many elements nor too deep."""
    level, count, depth = [root], 0, 0
    while level:
        count += len(level)
        depth += 1
        if count > MOST_ELEMENTS or depth > MOST_DEPTH:
            raise refusal(name, "terlalu rumit", "Sederhanakan gambarnya, atau unggah PNG.")
        level = [child for each in level for child in each]


def _copy(source: ElementTree.Element, target: ElementTree.Element, name: str) -> None:
    """Attributes and children that are allowed, from the source into the target."""
    target.attrib.update(sorted(_attributes(source)))
    if target.tag == "style":
        target.text = clean_sheet("".join(source.itertext()))
        return
    if target.tag in ("title", "desc"):
        target.text = " ".join("".join(source.itertext()).split())[:200]
        return
    for child in source:
        local = _local_name(child)
        if local in _SEEN and (local != "text" or "".join(child.itertext()).strip()):
            raise refusal(name, _SEEN[local], _SEEN_HINT)
        wanted = "g" if local == "a" else local  # a link shows what it holds and leads nowhere
        if wanted in _KEPT:
            _copy(child, ElementTree.SubElement(target, wanted), name)


def _attributes(source: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for key, value in sorted(source.attrib.items()):
        if key in ("href", XLINK_HREF):
            if value.startswith("#") and _NAME.fullmatch(value[1:]):
                yield "href", value
        elif key == "style":
            if kept := clean_declarations(value):
                yield key, kept
        elif key == "id":
            if _NAME.fullmatch(value):
                yield key, value
        elif key == "class":
            if names := [each for each in value.split() if _NAME.fullmatch(each)]:
                yield key, " ".join(names)
        elif (key in _ATTRIBUTES and _GEOMETRY.fullmatch(value)) or (
            key in PAINT and is_safe_value(value)
        ):
            yield key, value


def _give_size(root: ElementTree.Element, name: str) -> tuple[int, int]:
    """The drawing has a viewBox, a width and a height afterwards; returns the last two."""
    box = [float(each) for each in _numbers(root.get("viewBox", ""))]
    width = _length(root.get("width", "")) or (box[2] if len(box) == 4 else 0)
    height = _length(root.get("height", "")) or (box[3] if len(box) == 4 else 0)
    is_sound = all(math.isfinite(each) and 0 < each < 1e6 for each in (width, height))
    if not is_sound or max(width, height) > WIDEST * min(width, height):
        raise refusal(name, "tidak menyebut ukurannya dengan benar", _PLAIN_HINT)
    if len(box) != 4:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    size = max(round(width), 1), max(round(height), 1)
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    root.attrib = dict(sorted(root.attrib.items()))
    return size


def _numbers(text: str) -> list[str]:
    parts = re.split(r"[\s,]+", text.strip())
    is_box = len(parts) == 4 and all(
        re.fullmatch(r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,2})?", each) for each in parts
    )
    return parts if is_box and float(parts[2]) > 0 and float(parts[3]) > 0 else []


def _length(text: str) -> float:
    """Pixels of a length; 0 when it is none, or a percentage."""
    found = _LENGTH.fullmatch(text.strip())
    return float(found[1]) * _PIXELS[found[2]] if found else 0


def _check_uses(root: ElementTree.Element, name: str) -> None:
    """What `use` repeats, all told, is no more than a machine can draw, and never itself."""
    by_id = {each.get("id"): each for each in root.iter() if each.get("id")}
    counted: dict[int, int] = {}
    open_now: set[int] = set()

    def drawn(element: ElementTree.Element) -> int:
        at = id(element)
        if at in open_now:
            raise refusal(name, "menunjuk dirinya sendiri", _PLAIN_HINT)
        if len(open_now) > MOST_NESTED:
            raise refusal(name, "terlalu rumit", "Sederhanakan gambarnya, atau unggah PNG.")
        if at not in counted:
            open_now.add(at)
            total = 1 + sum(drawn(child) for child in element)
            used = by_id.get(element.get("href", "")[1:]) if element.tag == "use" else None
            counted[at] = total + (drawn(used) if used is not None else 0)
            open_now.discard(at)
        return counted[at]

    if drawn(root) > MOST_DRAWN:
        raise refusal(name, "terlalu rumit", "Sederhanakan gambarnya, atau unggah PNG.")
