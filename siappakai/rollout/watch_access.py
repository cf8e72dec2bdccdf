"""Touch: each server's access log, read once a round for all rollouts that are watched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from siappakai.errors import Unavailable
from siappakai.provision.access_logs import LogCursor, Reading, Window, read_access_log
from siappakai.provision.traffic import Moments


class AccessLogs:
    """Made for one round; the same piece of the same log is read once, whoever asks for it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, LogCursor | None, Window], Reading] = {}

    def read(
        self,
        folder: Path,
        cursor: LogCursor | None,
        window: Window,
        moments: Mapping[str, Moments],
    ) -> Reading:
        """What visitors of every instance got; raises Unavailable when the disk refuses."""
        asked = (folder, cursor, window)
        if asked not in self._kept:
            try:
                self._kept[asked] = read_access_log(folder, cursor, window, moments)
            except OSError as error:
                raise Unavailable(
                    "Log pintu masuk tidak dapat dibaca.",
                    hint=f"Periksa folder {folder} dan cakramnya.",
                ) from error
        return self._kept[asked]
