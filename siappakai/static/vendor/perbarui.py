"""Copies the needed files out of unpacked npm packages and writes manifest.json.

Run by perbarui.sh, which sets HERE, WORK, ICONS_MACRO and FONTS.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

HERE, WORK = Path(os.environ["HERE"]), Path(os.environ["WORK"])
ICONS_MACRO = Path(os.environ["ICONS_MACRO"])

FONTS = os.environ["FONTS"].split()


def font_files(font: str) -> dict[str, str]:
    """A variable font's upright Latin letters, all weights in one file, and its licence."""
    letters = f"{font}-latin-wght-normal.woff2"
    return {f"files/{letters}": letters, "LICENSE": f"{font}.LICENSE.txt"}


FILES = {
    "core": {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
    "htmx": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"},
    **{f"font-{font}": font_files(font) for font in FONTS},
    "icons": {"LICENSE": "tabler.LICENSE.txt"},
}
ICONS = [
    "home",
    "building-community",
    "upload",
    "packages",
    "palette",
    "server-2",
    "history",
    "list-check",
    "logout",
    "key",
    "search",
    "check",
    "x",
    "alert-triangle",
    "refresh",
    "download",
    "external-link",
    "chevron-down",
    "chevron-right",
    "chevron-left",
    "clock",
    "player-play",
    "circle-check",
    "circle-x",
    "circle-dashed",
    "loader-2",
    "plus",
    "arrow-up",
    "arrow-down",
    "arrows-sort",
    "file-spreadsheet",
    "map-pin",
    "eye",
    "info-circle",
    "lock",
    "database",
    "heartbeat",
    "ban",
    "user",
    "circle-minus",
    "point",
    "chevrons-left",
    "adjustments",
    "mood-empty",
    "rocket",
    "calendar-event",
    "clipboard-check",
    "player-pause",
    "player-stop",
    "player-skip-forward",
    "arrow-back-up",
    "printer",
]
MACRO = """{{# Made by perbarui.sh from @tabler/icons {version} (MIT); do not edit. #}}
{{% set shapes = {{
{shapes}
}} %}}
{{% macro icon(name, extra="") -%}}
<svg class="icon {{{{ extra }}}}" viewBox="0 0 24 24" width="24" height="24" fill="none" \
stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" \
aria-hidden="true" focusable="false">{{{{ shapes[name]|safe }}}}</svg>
{{%- endmacro %}}
"""


def package(folder: str) -> dict[str, str]:
    return json.loads((WORK / folder / "package/package.json").read_text(encoding="utf-8"))


def copy_files(folder: str) -> list[dict[str, str]]:
    """The copied files of one package, each with its SHA-256."""
    listed = []
    for source, target in FILES[folder].items():
        shutil.copyfile(WORK / folder / "package" / source, HERE / target)
        os.chmod(HERE / target, 0o644)
        digest = hashlib.sha256((HERE / target).read_bytes()).hexdigest()
        listed.append({"name": target, "from": source, "sha256": digest})
    return listed


def icon_shape(name: str) -> str:
    """The drawing inside one icon's svg element, on one line."""
    svg = (WORK / "icons/package/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
    inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.index("</svg>")]
    shapes = re.findall(r"<[^>]+/>", inner)
    return "".join(
        shape.replace(" />", "/>") for shape in shapes if 'd="M0 0h24v24H0z"' not in shape
    )


def write_icons() -> None:
    shapes = ",\n".join(f"  {name!r}: {icon_shape(name)!r}" for name in sorted(ICONS))
    text = MACRO.format(version=package("icons")["version"], shapes=shapes)
    ICONS_MACRO.write_text(text, encoding="utf-8")


def main() -> None:
    entries = []
    for folder in FILES:
        about = package(folder)
        entry = {key: about[key] for key in ("name", "version", "license")}
        entries.append(entry | {"files": copy_files(folder)})
    write_icons()
    entries[-1]["inlined"] = {"into": "templates/components/icons.html", "icons": sorted(ICONS)}
    text = json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    (HERE / "manifest.json").write_text(text, encoding="utf-8")


main()
