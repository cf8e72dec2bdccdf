"""Our own theme as a package: PHP reads it, our checker takes it, and it keeps to its budget."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

from siappakai.themes.check import check_theme
from siappakai.themes.findings import Severity
from tests.system.nusantara_worn import THEME

pytestmark = pytest.mark.system

IMAGE = "siappakai/php:8.2"
LINT = (
    'bad=0; for f in $(find /theme -name "*.php" ! -name "*.blade.php"); do '
    'php -d error_reporting=-1 -l "$f" > /tmp/said 2>&1 || { cat /tmp/said; bad=1; }; done; '
    "exit $bad"
)
FROM_CORE = (  # what OpenSID 2408 and 2410 load from a theme by name
    "template.php",
    *(f"layouts/{name}.tpl.php" for name in ("artikel", "arsip", "stat", "gallery")),
    *(f"layouts/{name}.tpl.php" for name in ("sub_gallery", "halaman_statis", "peta_statis")),
    *(f"layouts/{name}.tpl.php" for name in ("halaman_statis_lebar", "kelompok", "suplemen")),
    "layouts/analisis.tpl.php",
    "layouts/maintenance.blade.php",
    *(f"partials/{name}/index.php" for name in ("idm", "informasi_publik", "lapak", "pembangunan")),
    *(f"partials/{name}/index.php" for name in ("pemerintah", "peraturan", "pengaduan", "sdgs")),
    *(f"partials/{name}/index.php" for name in ("surat", "vaksin")),
    "partials/pembangunan/detail.php",
)
WIDGETS = (  # a widget whose file a theme lacks is switched off by OpenSID, for good
    *("agenda", "aparatur_desa", "arsip_artikel", "galeri", "jadwal_sholat", "jam_kerja"),
    *("keuangan", "komentar", "media_sosial", "menu_kategori", "peta_lokasi_kantor"),
    *("peta_wilayah_desa", "sinergi_program", "statistik", "statistik_pengunjung"),
)


def files(*endings: str) -> list[Path]:
    return [path for path in sorted(THEME.rglob("*")) if path.suffix in endings]


def test_php_of_the_instances_reads_every_file() -> None:
    mount = f"type=bind,source={THEME},target=/theme,readonly"
    limits = ("--network", "none", "--cap-drop", "ALL", "--read-only", "--tmpfs", "/tmp")
    command = ("docker", "run", "--rm", *limits, "--mount", mount, "--entrypoint", "sh", IMAGE)
    said = subprocess.run([*command, "-c", LINT], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_file_that_opensid_asks_a_theme_for_is_there() -> None:
    wanted = [*FROM_CORE, *(f"widgets/{name}.php" for name in WIDGETS)]
    assert [name for name in wanted if not (THEME / name).is_file()] == []


def test_our_checker_takes_it_and_asks_only_about_reading_the_brand_file() -> None:
    report = check_theme(THEME)
    assert report.refused == []
    asked = [each for each in report.findings if each.severity == Severity.EXCEPTION]
    assert {(each.path, each.detail) for each in asked} <= {
        ("commons/fungsi.php", "file_get_contents()")
    }
    assert report.facts["hosts"] == []


def test_it_brings_one_style_sheet_one_script_and_no_pictures_or_fonts() -> None:
    assets = sorted(path.name for path in (THEME / "assets").rglob("*") if path.is_file())
    assert assets == ["nusantara.css", "nusantara.js"]
    css = (THEME / "assets/css/nusantara.css").read_bytes()
    script = (THEME / "assets/js/nusantara.js").read_bytes()
    assert len(css) < 35_000
    assert len(script) < 16_000
    assert len(gzip.compress(css)) < 10_000


def test_no_page_asks_another_host_for_code_styles_or_fonts() -> None:
    asks = re.compile(r"<(?:script|link)[^>]+(?:src|href)=[\"'](?:https?:)?//", re.I)
    assert [path.name for path in files(".php") if asks.search(path.read_text())] == []
    css = (THEME / "assets/css/nusantara.css").read_text()
    assert re.findall(r"url\((?![\"']?data:)", css) == [] and "@import" not in css


def test_colours_of_texts_come_only_from_the_kits_tokens() -> None:
    css = re.sub(r"/\*.*?\*/", "", (THEME / "assets/css/nusantara.css").read_text(), flags=re.S)
    rules = css.split("/* dasar */")[-1] if "/* dasar */" in css else css
    fixed = set(re.findall(r"(?<![-\w])color:(#[0-9a-f]{3,6})", rules[rules.index("*,") :]))
    # ribbons, failed forms, paper, leaflet's white boxes: both colours of the pair are fixed
    assert fixed <= {"#fff", "#000", "#23272f", "#8a0f0f", "#222", "#00496b", "#1a1a1a"}


def test_it_tells_what_it_is() -> None:
    told = json.loads((THEME / "theme.json").read_text())
    assert (told["slug"], told["title"]) == ("nusantara", "Nusantara")
    assert told["licence"]
