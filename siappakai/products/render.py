"""Think: configuration files of an instance, rendered from their templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "instance"


def php_string(value: object) -> str:
    """`value` as a PHP single-quoted literal, quotes included.

    In it only backslash and single quote are special
    (https://www.php.net/manual/en/language.types.string.php#language.types.string.syntax.single).
    """
    text = str(value)
    if "\0" in text:
        raise ValueError("a NUL byte can't stand in a configuration file")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def render_instance_file(product: str, template: str, **values: Any) -> str:
    """The text of `templates/instance/<product>/<template>`; an unknown name is an error."""
    return _environment().get_template(f"{product}/{template}").render(**values)


def read_instance_file(product: str, name: str) -> str:
    """The text of `templates/instance/<product>/<name>` as it is: there is nothing to fill in."""
    return (TEMPLATES / product / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("siappakai", "templates/instance"),
        undefined=StrictUndefined,
        autoescape=False,  # not HTML: every value passes php_string
        keep_trailing_newline=True,
    )
    environment.filters["php_string"] = php_string
    return environment
