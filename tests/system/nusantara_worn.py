"""A village that wears the theme: its files, its settings, and what PHP complains about."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from siappakai.models import Instance, Server, db
from siappakai.provision.job import server_facts
from siappakai.provision.naming import instance_key
from tests.fleet import Fleet

LISTENER = """
if (! defined('SIAPPAKAI_DENGAR')) {
    define('SIAPPAKAI_DENGAR', true);
    $ns_before = set_error_handler(static function ($level, $text, $file, $line) use (&$ns_before) {
        file_put_contents('/var/www/app/storage/logs/didengar.log',
            json_encode([$level, $text, $file, $line]) . "\\n", FILE_APPEND);
        return $ns_before ? $ns_before($level, $text, $file, $line) : false;
    });
}
"""
THEME = Path(__file__).resolve().parents[2] / "siappakai" / "themes" / "nusantara"


@dataclass(frozen=True)
class Dressed:
    """An installed village and where its things lie."""

    instance_id: int
    code: str
    domain: str
    home: Path
    uid: int
    container: str
    database: str

    @property
    def desa(self) -> Path:
        return self.home / "desa"

    @property
    def heard(self) -> Path:
        """What PHP complained about, one JSON list a line; written by a listener."""
        return self.home / "logs" / "didengar.log"


def dressed(fleet: Fleet, code: str) -> Dressed:
    """The installed OpenSID of a village."""
    with fleet.app.app_context():
        row = db.session.query(Instance).filter_by(product="opensid", scope_code=code).one()
        facts = server_facts(db.session.get_one(Server, fleet.server_id))
        paths = facts.paths.instance(instance_key("opensid", code))
        home, container = paths.home, paths.container(row.recorded_spec_sha256)
        return Dressed(
            row.id,
            code,
            f"d{code}.desa.localhost",
            home,
            (home / "desa").stat().st_uid,
            container,
            row.database_group.database_name,
        )


def wear(village: Dressed, theme: Path | None = THEME, *, settings: dict[str, str]) -> None:
    """The village's own copy of a theme is in its folder; OpenSID's own command writes settings."""
    if theme is not None:
        target = village.desa / "themes" / "nusantara"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(theme, target)
        _listen(target)
        _give(target, village.uid)
    answer = _run_in(village, {"settings": settings})
    assert answer["ok"], answer


def dress_with(village: Dressed, brand: dict[str, Any] | None) -> None:
    """`merek.json` is what is given, or is not there."""
    target = village.home / "config" / "merek.json"
    target.unlink(missing_ok=True)
    if brand is not None:
        target.write_text(json.dumps(brand))
        target.chmod(0o644)


def _listen(theme: Path) -> None:
    """From its first line on, this copy writes every complaint of PHP, silenced or not, to a file.

    OpenSID sets a handler of its own after it read all configuration, so it can be set only here.
    """
    first = theme / "commons" / "fungsi.php"
    opening, guard, rest = first.read_text().partition("access allowed');\n")
    first.write_text(opening + guard + LISTENER + rest)


def complaints(village: Dressed) -> list[str]:
    """What PHP said about files of the theme, also its compiled ones, so far."""
    if not village.heard.exists():
        return []
    found = [json.loads(line) for line in village.heard.read_text().splitlines()]
    ours = ("/themes/nusantara/", "/framework/views/")
    return sorted(
        {
            f"{file.rpartition('nusantara/')[2]}:{line} {text}"
            for _, text, file, line in found
            if any(part in file for part in ours)
        }
    )


def _run_in(village: Dressed, wanted: dict[str, Any]) -> dict[str, Any]:
    """OpenSID's own `set`, in the village's container, which forgets what it had cached."""
    client = docker.from_env()
    try:
        inside = client.containers.get(village.container)
        note = village.home / "logs" / "perintah.json"
        note.write_text(json.dumps(wanted))
        note.chmod(0o644)
        command = [
            *("php", "/opt/siappakai/cli.php", "set"),
            *("--masukan", "/var/www/app/storage/logs/perintah.json"),
        ]
        _, output = inside.exec_run(command, user=f"{village.uid}:{village.uid}")
        note.unlink()
        return json.loads(output.decode().strip().splitlines()[-1])
    finally:
        client.close()


def _give(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, uid, uid)
