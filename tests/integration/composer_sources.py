"""Small packages of our own and sources that need them, made afresh for each test."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siappakai.provision.composer_lock import content_hash

Json = dict[str, Any]
PLUGIN = """<?php
namespace Uji\\Pengaya;
class Plugin implements \\Composer\\Plugin\\PluginInterface {
    public function activate($composer, $io) { touch(__DIR__ . '/../../../PENGAYA_JALAN'); }
    public function deactivate($composer, $io) {}
    public function uninstall($composer, $io) {}
}
"""


def describe(name: str, version: str, **more: Any) -> Json:
    space = "Uji\\" + name.split("/")[1].title() + "\\"
    return {"name": name, "version": version, "autoload": {"psr-4": {space: "src/"}}, **more}


def pack(
    folder: Path,
    package: Json,
    *,
    files: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    file_name: str = "",
) -> Path:
    """A zip as GitHub makes it: one top folder, and a composer.json that says its version."""
    folder.mkdir(exist_ok=True)
    name = package["name"].split("/")[1]
    code = f"<?php\nnamespace Uji\\{name.title()};\nclass Isi {{ const NAMA = '{name}'; }}\n"
    path = folder / (file_name or f"{name}-{package['version']}.zip")
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("puncak/composer.json", json.dumps(package))
        packed.writestr("puncak/src/Isi.php", code)
        for place, text in (files or {}).items():
            packed.writestr("puncak/" + place, text)
        for place, target in (links or {}).items():
            entry = zipfile.ZipInfo("puncak/" + place)
            entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            packed.writestr(entry, target)
    os.chmod(path, 0o600)
    return path


def locked(package: Json, host: str = "paket.invalid") -> Json:
    """The package as a lock names it: by an address that answers nowhere."""
    url = f"https://{host}/{package['name']}/{package['version']}.zip"
    dist = {"type": "zip", "url": url, "reference": "a" * 40, "shasum": ""}
    source = {"type": "git", "url": f"https://{host}/{package['name']}.git", "reference": "a" * 40}
    kind = package.get("type", "library")
    return {**package, "source": source, "dist": dist, "type": kind}


ONE = describe("uji/satu", "1.2.0", require={"uji/dua": "^2.0"})
TWO = describe("uji/dua", "2.0.1", bin=["bin/alat"])
DEV = describe("uji/kembang", "3.0.0")
PLUG = describe(
    "uji/pengaya",
    "1.0.0",
    type="composer-plugin",
    require={"composer-plugin-api": "^2.0"},
    extra={"class": "Uji\\Pengaya\\Plugin"},
)


def pack_all(folder: Path) -> Path:
    """The offline folder with every package the source below wants."""
    pack(folder, ONE)
    pack(folder, TWO, files={"bin/alat": "#!/usr/bin/env php\n<?php echo 'alat';\n"})
    pack(folder, DEV)
    pack(folder, PLUG, files={"src/Plugin.php": PLUGIN})
    return folder


def project() -> Json:
    return {
        "name": "uji/aplikasi",
        "require": {"php": "^8.1", "uji/satu": "^1.0", "uji/pengaya": "^1.0"},
        "require-dev": {"uji/kembang": "^3.0"},
        "autoload": {"psr-4": {"App\\": "app/"}},
        "config": {"allow-plugins": {"uji/pengaya": True}, "platform": {"php": "8.1.0"}},
        "scripts": {
            "post-install-cmd": ["touch vendor/NASKAH_JALAN"],
            "post-autoload-dump": ["touch vendor/NASKAH_JALAN", "@php artisan siapkan"],
        },
    }


def lock_of(made: Json, *packages: Json, dev: tuple[Json, ...] = ()) -> Json:
    return {
        "content-hash": content_hash(made),
        "packages": [locked(one) for one in packages],
        "packages-dev": [locked(one) for one in dev],
        "aliases": [],
        "minimum-stability": "stable",
        "stability-flags": {},
        "prefer-stable": False,
        "prefer-lowest": False,
        "platform": {"php": "^8.1"},
        "platform-dev": {},
        "platform-overrides": {"php": "8.1.0"},
        "plugin-api-version": "2.6.0",
    }


def write_source(root: Path, made: Json | None = None, lock: Json | None = None) -> Path:
    """A source without vendor/; with `lock=None` the usual one, with `{}` none at all."""
    made = made or project()
    lock = lock_of(made, PLUG, TWO, ONE, dev=(DEV,)) if lock is None else lock
    (root / "app").mkdir(parents=True)
    root.chmod(0o755)
    (root / "app" / "Inti.php").write_text("<?php\nnamespace App;\nclass Inti {}\n")
    (root / "versi.txt").write_text("v2601.0.0\n")
    (root / "composer.json").write_text(json.dumps(made, indent=4))
    if lock:
        (root / "composer.lock").write_text(json.dumps(lock, indent=4))
    return root
