"""Release notes as HTML: the makers' Markdown, none of their HTML, no pictures from elsewhere."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup


@cache
def _reader() -> MarkdownIt:
    # Without `html` every tag in the text is escaped; links other than web and mail are refused
    # by the library (markdown_it/common/normalize_url.py, validateLink).
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def render_notes(text: str) -> Markup:
    """Safe to show as it is; links open beside the panel and tell nobody where they came from."""
    tokens = _reader().parse(text)
    for token in (inner for outer in tokens for inner in (outer, *(outer.children or ()))):
        _tame(token)
    return Markup(_reader().renderer.render(tokens, _reader().options, {}))  # noqa: S704


def _tame(token: Token) -> None:
    if token.type == "link_open":
        token.attrSet("rel", "noopener noreferrer nofollow")
        token.attrSet("target", "_blank")
    elif token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    elif token.type in ("th_open", "td_open"):
        token.attrs.pop("style", None)
