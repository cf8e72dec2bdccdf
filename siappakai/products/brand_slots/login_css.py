"""Think: the colours of OpenSID's login page, as the lines it reads from siteman.css."""

from __future__ import annotations

from collections.abc import Mapping

from siappakai.branding.tokens import make_tokens, palette_of


def login_css(values: Mapping[str, str]) -> str:
    """Rules over OpenSID's own login-style.css; its picture stays what `latar_login` says."""
    tokens = make_tokens(*palette_of(values))
    strong, on_strong = tokens["--sp-primary-strong"], tokens["--sp-on-primary-strong"]
    primary, on_primary = tokens["--sp-primary"], tokens["--sp-on-primary"]
    surface, on_surface = tokens["--sp-surface"], tokens["--sp-on-surface"]
    return "\n".join(
        (
            f"body.login {{ background-color: {strong}; }}",
            f".form-top {{ background: {primary}; color: {on_primary}; }}",
            f".form-top h1, .form-top h3, .form-top p {{ color: {on_primary}; }}",
            f".form-bottom {{ background: {surface}; color: {on_surface}; }}",
            ".form-bottom .login-footer-bottom, .form-bottom a, .form-bottom label "
            f"{{ color: {tokens['--sp-link']}; }}",
            f".form-bottom button.btn {{ background: {strong}; color: {on_strong}; }}",
            f".form-bottom input:focus {{ border-color: {tokens['--sp-focus']}; }}",
        )
    )
