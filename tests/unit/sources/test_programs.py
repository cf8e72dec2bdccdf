"""A program runs with little, is seen live, and never outlives its time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.programs import child_environment, run_program


def test_lines_come_while_it_runs_and_the_code_at_the_end() -> None:
    seen: list[tuple[str, float]] = []
    script = "echo satu; printf 'dua\\rtiga\\n' >&2; sleep 0.4; printf empat; exit 3"
    ran = run_program(
        ["sh", "-c", script],
        timeout_s=20,
        on_line=lambda line: seen.append((line, time.monotonic())),
    )
    assert ran.code == 3 and not ran.timed_out
    assert ran.lines == ("satu", "dua", "tiga", "empat") == tuple(line for line, _ in seen)
    assert seen[3][1] - seen[0][1] > 0.2


def test_a_program_and_its_children_are_ended_when_time_is_over(tmp_path: Path) -> None:
    begun = time.monotonic()
    script = f"(sleep 1.5; touch {tmp_path}/hidup) & echo mulai; sleep 60"
    ran = run_program(["sh", "-c", script], timeout_s=0.5)
    assert ran.timed_out and ran.code != 0 and ran.lines == ("mulai",)
    assert time.monotonic() - begun < 10
    time.sleep(1.6)
    assert not (tmp_path / "hidup").exists()


def test_a_listener_that_fails_ends_the_program(tmp_path: Path) -> None:
    def fail(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError, match="mulai"):
        run_program(
            ["sh", "-c", f"echo mulai; sleep 1; touch {tmp_path}/x"], timeout_s=20, on_line=fail
        )
    time.sleep(1.2)
    assert not (tmp_path / "x").exists()


def test_our_settings_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAPPAKAI_SECRET_KEY", "sangat-rahasia")
    assert "SIAPPAKAI_SECRET_KEY" not in child_environment()
    assert "sangat-rahasia" not in run_program(["env"], timeout_s=20).tail(100)


def test_a_program_that_is_not_installed_is_named() -> None:
    with pytest.raises(StepErrored, match="tidak-ada-program-ini"):
        run_program(["tidak-ada-program-ini"], timeout_s=5)
