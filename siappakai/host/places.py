"""Where the panel's own processes keep sockets, logs and their supervisor's files."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from siappakai.config import Settings

APP_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class HostPlaces:
    """Paths of this machine's own processes.

    `command` starts our command line anew; `account` runs what needs no rights (panel, Redis).
    """

    run_dir: Path
    log_dir: Path
    files_dir: Path
    command: str
    account: str
    home: Path
    data_root: Path

    @property
    def supervisor_socket(self) -> Path:
        return self.run_dir / "supervisor.sock"

    @property
    def supervisor_file(self) -> Path:
        return self.files_dir / "supervisord.conf"

    @property
    def redis_file(self) -> Path:
        return self.files_dir / "redis.conf"

    @property
    def redis_socket(self) -> Path:
        return self.run_dir / "redis" / "redis.sock"

    @property
    def redis_data(self) -> Path:
        return self.home / "redis"

    @property
    def panel_socket(self) -> Path:
        return self.data_root / "run" / "panel" / "panel.sock"


def find_places(settings: Settings, environ: Mapping[str, str] | None = None) -> HostPlaces:
    """The places the settings name; the defaults are those of install.sh."""
    given = os.environ if environ is None else environ
    return HostPlaces(
        run_dir=Path(given.get("SIAPPAKAI_RUN_DIR", "/run/siappakai")),
        log_dir=Path(given.get("SIAPPAKAI_LOG_DIR", "/var/log/siappakai")),
        files_dir=Path(given.get("SIAPPAKAI_FILES_DIR", "/etc/siappakai")),
        command=given.get("SIAPPAKAI_COMMAND", f"{sys.executable} -m siappakai"),
        account=given.get("SIAPPAKAI_ACCOUNT", "siappakai"),
        home=settings.home,
        data_root=settings.data_root,
    )
