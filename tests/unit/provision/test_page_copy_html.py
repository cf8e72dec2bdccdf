"""A page as a copy: marked, closed, complete; and which addresses may ever have one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from siappakai.products import RECIPES
from siappakai.provision.page_copies import banner_of
from siappakai.provision.page_copy_html import PageCopy, copy_page, copy_style
from siappakai.provision.page_copy_links import Address, Site, names_of

BONTO = Site(frozenset({"bonto.test", "bonto.test:8443"}), "/", ("/siteman", "/v"))
CAKURA = Site(frozenset({"cakura.test"}), "/situs", ("/situs/masuk",))
BANNER = "Salinan tanggal 22 Nov 2026 pukul 21.04 WITA: situs sedang diperbarui."
HERE = "https://bonto.test/artikel/1"


def copied(body: str, head: str = "") -> PageCopy:
    page = f"<!DOCTYPE html><html lang=id><head>{head}</head><body class=x>{body}</body></html>"
    copy = copy_page(page, HERE, BONTO, BANNER)
    assert copy is not None
    return copy


def tree(copy: PageCopy) -> LexborHTMLParser:
    return LexborHTMLParser(copy.html)


def test_the_mark_stands_first_in_the_body_and_is_announced() -> None:
    for body in ("", "teks", "<p>satu", "<!-- c --><div>dua</div>", "<script>a<b</script>"):
        page = tree(copied(body))
        first = page.body.first_child
        assert (first.tag, first.attributes["role"], first.text()) == ("div", "status", BANNER)
        assert page.body.attributes["class"] == "x"


def test_a_mark_with_signs_of_its_own_stays_text() -> None:
    copy = copy_page("<p>x", HERE, BONTO, "<script>alert(1)</script> & 'x'")
    assert tree(copy).css("script") == []
    assert tree(copy).body.first_child.text() == "<script>alert(1)</script> & 'x'"


def test_a_copy_is_utf_8_not_to_be_found_and_leads_nowhere_by_itself() -> None:
    head = (
        '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'
        '<meta name="ROBOTS" content="index"><meta http-equiv="Refresh" content="1;url=/">'
        '<meta http-equiv="Content-Security-Policy" content="default-src none">'
        '<meta name="csrf-token" content="RAHASIA"><meta name="viewport" content="w">'
        "<title>é</title>"
    )
    copy = copied("<p>é", head)
    metas = [dict(node.attributes) for node in tree(copy).css("meta")]
    assert metas == [
        {"charset": "utf-8"},
        {"name": "robots", "content": "noindex"},
        {"name": "viewport", "content": "w"},
    ]
    assert copy.html.startswith("<!DOCTYPE html>")


def test_no_form_can_be_filled_in_or_sent_and_its_hidden_key_is_gone() -> None:
    copy = copied(
        "<form id=f action=/kirim method=post><input type=hidden name=sidcsrf value=RAHASIA>"
        "<textarea>a</textarea><select><option>1</select><button>Kirim</button></form>"
        "<input form=f name=luar><button id=menu>Menu</button>"
    )
    page = tree(copy)
    inside = page.css("form input, form textarea, form select, form button, [form]")
    assert len(inside) == 5
    assert all("disabled" in node.attributes for node in inside)
    assert page.css_first("form").attributes["onsubmit"] == "return false"
    assert "action" not in page.css_first("form").attributes
    assert "RAHASIA" not in copy.html
    assert "disabled" not in page.css_first("#menu").attributes


def test_files_of_the_page_are_named_without_their_query_and_all_are_found() -> None:
    copy = copied(
        '<img src="/a.png?1#x" srcset="/b.png?2 2x, c.png 3x"><script src="/d.js?v=2"></script>'
        "<p style=\"background:url('../e.jpg?3')\"><img data-src=/f.webp><img src=/captcha?4>"
        '<img src="https://lain.test/g.png?5"><video poster=/h.png></video>',
        '<link rel="shortcut icon" href="/i.ico">'
        '<link rel=stylesheet href="https://bonto.test/j.css?6">'
        '<link rel=canonical href="/k.css"><style media=all>b{background:url(/l.png?7)}</style>',
    )
    wanted = {"/a.png", "/b.png", "/artikel/c.png", "/d.js", "/e.jpg", "/f.webp", "/h.png"}
    assert set(copy.files) == wanted | {"/i.ico", "/j.css", "/l.png"}
    for gone in ("?1", "?2", "?3", "?6", "?7", "v=2"):
        assert gone not in copy.html
    for kept in ("https://lain.test/g.png?5", 'media="all"'):
        assert kept in copy.html


def test_a_picture_the_application_draws_each_time_is_left_out() -> None:
    copy = copied(
        "<img id=a src=/captcha><img id=b src=/foto?id=1><img id=c src=/d.png>"
        "<img id=d src=https://lain.test/gambar><img id=e src='data:image/gif;base64,R0='>"
    )
    shown = [node.id for node in tree(copy).css("img[src]")]
    assert shown == ["c", "d", "e"]
    assert copy.files == ["/d.png"]


def test_a_style_sheet_keeps_everything_but_the_queries_of_our_files() -> None:
    style = (
        '@import "dasar.css?1"; a{b:url(x.woff2?v=4#iefix)} c{d:url( "y.png" )} '
        "e{f:url(data:image/png;base64,AAA=)} g{h:url(https://lain.test/z.png?9)} \udce9"
    )
    text, files = copy_style(style, "https://bonto.test/css/gaya.css", BONTO)
    assert files == ["/css/dasar.css", "/css/x.woff2", "/css/y.png"]
    assert text == style.replace("dasar.css?1", "/css/dasar.css").replace(
        "x.woff2?v=4#iefix", "/css/x.woff2#iefix"
    )


def test_links_are_followed_to_public_pages_of_the_same_site_only() -> None:
    copy = copied(
        "<a href=/artikel/2>1</a><a href=3>2</a><a href=https://BONTO.test:8443/peta#x>3</a>"
        "<a href=/cari?q=1>n</a><a href=/siteman>n</a><a href=/SITEMAN/x>n</a>"
        "<a href=/%73iteman>n</a><a href=/v/abc>n</a><a href=/vaksin>4</a>"
        "<a href=//lain.test/>n</a><a href=mailto:a@b>n</a>"
        "<a href=javascript:x()>n</a><a href=/dok.pdf>n</a><a href=/.siappakai/health>n</a>"
        "<a href='http://[salah'>n</a><a>n</a>"
    )
    assert copy.pages == ["/artikel/2", "/artikel/3", "/peta", "/vaksin"]


def test_a_product_below_a_path_copies_nothing_beside_it() -> None:
    page = "<a href=/situs/a>y</a><a href=/situsku>n</a><a href=/>n</a><a href=masuk/lupa>n</a>"
    copy = copy_page(page, "https://cakura.test/situs/", CAKURA, BANNER)
    assert copy.pages == ["/situs/a"]


def test_links_count_from_the_base_the_page_names() -> None:
    copy = copied("<a href=dua>x</a><img src=a.png?1>", '<base href="/lain/">')
    assert (copy.pages, copy.files) == (["/lain/dua"], ["/lain/a.png"])


def test_a_page_without_a_body_has_no_copy() -> None:
    assert copy_page("<frameset><frame src=a></frameset>", HERE, BONTO, BANNER) is None


@pytest.mark.parametrize(
    "path",
    ["/../x", "/a/../b", "/a%2f..%2fb", "/.git", "/a/.b", "/a//b", "/a%00b", "/a%5Cb", "/%ff", "x",
     "/a/@.html", "/" + "a" * 300, "/a*", "/{env.HOME}"],
)  # fmt: skip
def test_an_odd_path_has_no_place_among_the_copies(path: str) -> None:
    assert names_of(path) is None


@given(st.text(max_size=60))
def test_no_path_leads_out_of_the_copies(text: str) -> None:
    names = names_of("/" + text)
    assert names is None or (
        names[0] == "" and all(each and not each.startswith(".") for each in names[1:])
        and not any("/" in each for each in names)
    )  # fmt: skip


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_becomes_a_marked_page_or_none(body: str, reference: str) -> None:
    copy = copy_page(f"{body}<a href='{reference}'>x</a>", HERE, BONTO, BANNER)
    if copy is not None:
        assert BANNER in tree(copy).body.text()
        assert all(BONTO.is_page(Address(path)) for path in copy.pages)


def test_the_mark_tells_the_time_in_the_regencys_own_zone() -> None:
    at = datetime(2026, 11, 22, 13, 4, 30, tzinfo=UTC)
    words = {
        "Asia/Jakarta": "22 Nov 2026 pukul 20.04 WIB",
        "Asia/Makassar": "22 Nov 2026 pukul 21.04 WITA",
        "Asia/Jayapura": "22 Nov 2026 pukul 22.04 WIT",
    }
    for zone, told in words.items():
        assert banner_of(at, ZoneInfo(zone)) == (
            f"Salinan tanggal {told}: situs sedang diperbarui. Isian baru belum dapat dikirim."
        )


def test_every_product_keeps_its_login_out_of_the_copies() -> None:
    logins = {"opensid": "/siteman", "pbb": "/pbb/login", "opendk": "/login", "openkab": "/login"}
    logins |= {"satu_data_api": "/satu-data-api/login", "mobile_api": "/api/v1/auth/login"}
    assert set(logins) == set(RECIPES)
    for product, path in logins.items():
        recipe = RECIPES[product]
        assert not Site(frozenset({"x"}), recipe.web_path, recipe.private_paths).is_public(path)
