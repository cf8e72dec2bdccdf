"""SVG: what paints is kept, what acts or reaches out is gone, what would be lost is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from siappakai.branding.images import rasterise
from siappakai.branding.svg import clean_svg, looks_like_svg
from siappakai.errors import InvalidInput

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, head: str = 'viewBox="0 0 100 80"', before: str = "") -> bytes:
    return f"{before}<svg {NS} {head}>{inside}</svg>".encode()


def cleaned(inside: str, **more: str) -> str:
    return clean_svg(svg(inside, **more), "lambang.svg").content.decode()


BOX = '<rect width="100" height="80" fill="#0a0"/>'


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<script xlink:href="https://jahat.example/x.js"/>',
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>x</body></foreignObject>",
        '<g onload="alert(1)"><path d="M0 0" onclick="alert(1)"/></g>',
        '<a xlink:href="javascript:alert(1)"><path d="M0 0h9"/></a>',
        '<use xlink:href="https://jahat.example/a.svg#x"/>',
        '<use href="data:image/svg+xml;base64,AAAA#x"/>',
        '<rect width="9" height="9" fill="url(https://jahat.example/a)"/>',
        '<rect width="9" height="9" style="fill:url(//jahat.example/a);stroke:red"/>',
        '<rect width="9" height="9" style="background:url(javascript:alert(1))"/>',
        "<style>@import url(https://jahat.example/a.css);rect{fill:red}</style>",
        "<style>rect{fill:url('https://jahat.example/a')}@font-face{src:url(//jahat.example)}</style>",
        "<style>rect[onload='alert(1)']{fill:red}</style>",
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        '<metadata><rdf xmlns="https://jahat.example/">alert(1)</rdf></metadata>',
        "<!-- alert(1) --><?xml-stylesheet href='https://jahat.example/a.css'?>",
        '<rect width="9" height="9" fill="expression(alert(1))"/>',
        '<rect width="9" height="9" style="fill:\\75rl(https://jahat.example)"/>',
        "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>",
    ],
)
def test_nothing_that_acts_or_reaches_out_survives(bad: str) -> None:
    text = cleaned(BOX + bad)
    for word in ("jahat", "javascript", "<script", "onload", "onclick", "foreignObject", "data:"):
        assert word not in text
    assert 'fill="#0a0"' in text


def test_what_paints_is_kept_gradients_classes_and_uses_too() -> None:
    text = cleaned(
        '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient>'
        '<clipPath id="c"><circle cx="5" cy="5" r="4"/></clipPath></defs>'
        "<style>.cls-1,.cls-2{fill:url(#a);stroke:#123456} g path{fill:red}</style>"
        '<a href="https://x.example"><g id="g" class="cls-1" clip-path="url(#c)">'
        '<path transform="translate(1 2) rotate(45)" d="M0 0 L9,9z"/></g></a>'
        '<use xlink:href="#g" x="4"/><rect style="fill: #fff; -inkscape-x: 1; opacity:.5"/>'
    )
    for part in (
        'stop-color="#fff"',
        ".cls-1,.cls-2{fill:url(#a);stroke:#123456}",
        'clip-path="url(#c)"',
        'transform="translate(1 2) rotate(45)"',
        '<use href="#g" x="4"',
        "fill:#fff;opacity:.5",
    ):
        assert part in text
    assert "inkscape" not in text and "x.example" not in text


def test_cleaning_twice_changes_nothing_more_and_order_does_not_matter() -> None:
    once = clean_svg(svg('<path d="M0 0h9v9z" id="p" fill="red"/>'), "a").content
    other = clean_svg(svg('<path fill="red" id="p" d="M0 0h9v9z"/>'), "a").content
    assert once == other == clean_svg(once, "a").content


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("<text>Desa</text>", "tulisan"),
        ("<g><text><tspan>Desa</tspan></text></g>", "tulisan"),
        ('<image href="data:image/png;base64,AAAA"/>', "foto"),
        ('<filter id="f"><feImage href="#a"/></filter>', "foto"),
    ],
)
def test_what_would_be_lost_is_refused_with_a_way_out(inside: str, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cleaned(BOX + inside)
    assert why in caught.value.message and "PNG" in caught.value.hint


ENTITY = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
EXTERNAL = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = "".join(
    f'<g id="l{each}"><use href="#l{each - 1}"/><use href="#l{each - 1}"/></g>'
    for each in range(1, 30)
)
CHAIN = "".join(f'<use id="c{each}" href="#c{each + 1}"/>' for each in range(5000))


@pytest.mark.parametrize(
    "content",
    [
        svg(BOX, before=ENTITY),
        svg("<desc>&x;</desc>", before=EXTERNAL),
        svg(f'<g id="l0">{BOX}</g>{LAUGHS}'),
        svg('<g id="a"><use href="#a"/></g>'),
        svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
        svg(CHAIN),
        svg("<g>" * 100 + "</g>" * 100),
        svg(BOX * 25_000),
        svg(BOX, head=""),
        svg(BOX, head='width="100%" height="100%"'),
        svg(BOX, head='viewBox="0 0 0 10"'),
        svg(BOX, head='viewBox="0 0 4000 10"'),
        svg(BOX, head='viewBox="0 0 nan 10"'),
        b"<svg",
        b"<html><body>x</body></html>",
        b"",
        b" " * 10 + b"\x00",
        svg("<desc>" + "x" * 1_100_000 + "</desc>"),
    ],
)
def test_bombs_and_what_is_no_drawing_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_svg(content, "lambang.svg")
    assert "lambang.svg" in caught.value.message and caught.value.hint


def test_an_ordinary_doctype_is_no_harm() -> None:
    doctype = (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    assert "DOCTYPE" not in cleaned(BOX, before=doctype)


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ('viewBox="0 0 100 80"', (100, 80)),
        ('width="50px" height="40"', (50, 40)),
        ('width="10mm" height="20mm" viewBox="0 0 10 20"', (38, 76)),
        ('width="100%" viewBox="-5,-5 30 60"', (30, 60)),
    ],
)
def test_every_drawing_has_its_size_and_its_box(head: str, size: tuple[int, int]) -> None:
    drawing = clean_svg(svg(BOX, head=head), "a.svg")
    assert (drawing.width, drawing.height) == size
    assert b"viewBox=" in drawing.content and f'width="{size[0]}"'.encode() in drawing.content
    assert max(drawing.scaled(512)) == 512


def test_a_cleaned_drawing_is_drawn_as_it_was() -> None:
    classes = "<style>.a{fill:#0000ff}</style>"
    drawing = clean_svg(svg(f'{classes}{BOX}<rect class="a" width="50" height="80"/>'), "a.svg")
    picture = rasterise(drawing.content, 200, 160)
    image = Image.open(io.BytesIO(picture.content)).convert("RGB")
    assert image.size == (picture.width, picture.height) == (200, 160)
    assert image.getpixel((20, 80)) == (0, 0, 255) and image.getpixel((180, 80)) == (0, 170, 0)


def test_a_drawing_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="kosong"):
        rasterise(clean_svg(svg('<g id="a"/>'), "a.svg").content, 64, 51, "a.svg")


@given(st.text(max_size=200), st.sampled_from(["", "style", "g", "path"]))
@settings(max_examples=150)
def test_any_text_inside_is_kept_harmless_or_refused(text: str, tag: str) -> None:
    inside = f"<{tag}>{text}</{tag}>" if tag else text
    try:
        made = clean_svg(svg(inside), "a.svg").content
    except InvalidInput:
        return
    assert clean_svg(made, "a.svg").content == made


def test_a_drawing_is_known_by_its_start() -> None:
    assert looks_like_svg(b"\xef\xbb\xbf \n<?xml?><svg/>") and looks_like_svg(b"<svg/>")
    assert not looks_like_svg(b"\x89PNG\r\n") and not looks_like_svg(b"")
