"""Think: whether a folder is a theme of OpenSID, for which releases, and which pages it lacks.

What OpenSID 2408 to 2410 load: donjo-app/models/Theme_model.php (template.php, else another
theme is shown without a word), the `set_template()` calls of donjo-app/controllers/First.php and
donjo-app/controllers/fweb/*. Later releases look for resources/views/template.blade.php.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from siappakai.themes.findings import Finding

TEMPLATE = "template.php"
BLADES = ("resources/views/template.blade.php", "template.blade.php")
PAGES = {
    "layouts/artikel.tpl.php": "artikel",
    "layouts/arsip.tpl.php": "arsip artikel",
    "layouts/stat.tpl.php": "statistik",
    "layouts/gallery.tpl.php": "galeri",
    "layouts/sub_gallery.tpl.php": "album galeri",
    "layouts/peta_statis.tpl.php": "peta",
    "layouts/halaman_statis.tpl.php": "peraturan dan informasi publik",
    "layouts/halaman_statis_lebar.tpl.php": "pemerintah desa, lapak, pembangunan, pengaduan, IDM",
    "layouts/kelompok.tpl.php": "kelompok dan lembaga",
    "layouts/suplemen.tpl.php": "data suplemen",
    "layouts/analisis.tpl.php": "analisis",
    "partials/surat/index.php": "verifikasi surat",
}


def check_structure(paths: Collection[str]) -> list[Finding]:
    """What the theme lacks; `paths` are the files that are kept."""
    if TEMPLATE in paths:
        missing = [(path, page) for path, page in PAGES.items() if path not in paths]
        return [Finding("halaman-kurang", path, detail=f"halaman {page}") for path, page in missing]
    if any(each in paths for each in BLADES):
        return [Finding("blade-saja", next(each for each in BLADES if each in paths))]
    inner = sorted({path.rpartition("/")[0] for path in paths if path.endswith(f"/{TEMPLATE}")})
    where = f"; ada di folder {', '.join(inner[:3])}" if inner else ""
    return [Finding("bukan-tema", detail=where)]


def facts_of(paths: Collection[str]) -> dict[str, Any]:
    """What a page shows of a theme: how it is written, its PHP files, pages and widgets."""
    return {
        "kind": "php" if TEMPLATE in paths else "blade",
        "php_files": sum(path.endswith(".php") for path in paths),
        "pages": [page for path, page in PAGES.items() if path in paths],
        "widgets": sum(path.startswith("widgets/") and path.endswith(".php") for path in paths),
    }
