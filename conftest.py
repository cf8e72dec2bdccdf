"""Which tests run here, and a summary by part, printed just before pytest's own last line."""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest

SOURCE = "SIAPPAKAI_SUMBER_"  # and a product's name in capitals
SLOW = "SIAPPAKAI_UJI_LAMBAT"
BEFORE = "SIAPPAKAI_UJI_SEBELUM"  # test.sh tells what it did before pytest, a line each

REASON_SLOW = f"uji lambat; isi {SLOW}=1 untuk menjalankannya"

_seconds: dict[str, float] = defaultdict(float)
_outcomes: dict[str, Counter[str]] = defaultdict(Counter)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason in words, what this machine was not asked or not able to run."""
    for item in items:
        if missing := _missing_sources(item):
            item.add_marker(pytest.mark.skip(reason=f"{' dan '.join(missing)} tidak diisi"))
        if item.get_closest_marker("slow") and not os.environ.get(SLOW):
            item.add_marker(pytest.mark.skip(reason=REASON_SLOW))
        if item.get_closest_marker("system") and (missing := _missing_for_system()):
            item.add_marker(pytest.mark.skip(reason=missing))


def _missing_sources(item: pytest.Item) -> list[str]:
    """Which real sources the test needs (OpenSID's unless it names others) and nobody gave."""
    marker = item.get_closest_marker("real_source")
    names = (marker.args or ("OPENSID",)) if marker else ()
    return [SOURCE + name for name in names if not os.environ.get(SOURCE + name)]


def _missing_for_system() -> str:
    """What keeps real containers from running here; in CI nothing may, so there it's no excuse."""
    if os.environ.get("CI"):
        return ""
    if os.geteuid() != 0:
        return "perlu root"
    return "" if shutil.which("docker") else "perlu Docker"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    part = _part_of(report.nodeid)
    _seconds[part] += report.duration
    if report.when == "call" or report.skipped or report.failed:
        _outcomes[part][report.outcome] += 1


def _part_of(nodeid: str) -> str:
    folders = Path(nodeid.split("::")[0]).parts
    return folders[1] if len(folders) > 2 else folders[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tell = terminalreporter.write_line
    terminalreporter.section("waktu per bagian")
    for line in os.environ.get(BEFORE, "").splitlines():
        tell(line)
    for part, seconds in _seconds.items():
        counts = ", ".join(f"{count} {outcome}" for outcome, count in _outcomes[part].items())
        tell(f"{part:<22}{seconds:8.1f} detik   {counts}")
    _tell_skipped(terminalreporter)


def _tell_skipped(terminalreporter: pytest.TerminalReporter) -> None:
    """One plain sentence a reason, so that nobody takes a skipped test for a passed one."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        if isinstance(report.longrepr, tuple):
            reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1
    for reason, count in reasons.items():
        terminalreporter.write_line(f"DILEWATI: {count} uji, karena {reason}.")
