"""run_play believes only what really happened on the wanted server; real Ansible, small plays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from siappakai.errors import StepErrored, StepFailed, Unavailable
from siappakai.provision import ansible
from siappakai.provision.ansible import PlayEvent, ServerAddress, run_play
from siappakai.secret import Secret

TAKALAR = ServerAddress("server-takalar")
ACEH_UTARA = ServerAddress("server-aceh-utara")
HIDDEN_WORD = "rahasia-9f3b71c2d4"


@pytest.fixture
def play(tmp_path: Path):
    """Write a playbook with these tasks and return its path."""

    def write(tasks: str, hosts: str = "all") -> Path:
        path = tmp_path / "play.yml"
        lines = [f"- hosts: {hosts}", "  gather_facts: false", "  tasks:"]
        path.write_text("\n".join(lines + ["    " + line for line in tasks.splitlines()]))
        return path

    return write


def attempts_left() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{ansible.ATTEMPT_PREFIX}{os.getpid()}-*"))


def test_each_server_is_reported_under_its_own_name_and_changes_are_counted(play, tmp_path):
    tasks = '- name: Tulis\n  copy: {dest: "{{ folder }}/{{ inventory_hostname }}", content: x}'
    for server in (TAKALAR, ACEH_UTARA):
        first = run_play(play(tasks), server, {"folder": tmp_path})
        again = run_play(play(tasks), server, {"folder": tmp_path})
        assert (first.ok, first.changed, first.failures) == (True, 1, ())
        assert (again.ok, again.changed) == (True, 0)
        assert first.stats["ok"] == {server.name: 1}
        assert (tmp_path / server.name).exists()


def test_check_mode_tells_the_change_and_does_not_make_it(play, tmp_path):
    tasks = '- name: Tulis\n  copy: {dest: "{{ folder }}/berkas", content: x}'
    result = run_play(play(tasks), TAKALAR, {"folder": tmp_path}, check=True)
    assert (result.ok, result.changed) == (True, 1)
    assert not (tmp_path / "berkas").exists()


def test_a_play_that_meets_no_host_is_an_error_although_ansible_ends_with_0(play):
    with pytest.raises(StepErrored, match="tidak menyentuh server server-takalar"):
        run_play(play("- debug:", hosts="kelompok_lain"), TAKALAR, {})


def test_a_play_on_another_host_only_is_an_error(play):
    with pytest.raises(StepErrored, match="tidak menyentuh server server-takalar"):
        run_play(play("- debug:", hosts="localhost"), TAKALAR, {})


def test_a_play_that_never_started_says_why(play):
    with pytest.raises(StepErrored) as problem:
        run_play(play("- modul_yang_tidak_ada: {}"), TAKALAR, {})
    assert "modul_yang_tidak_ada" in problem.value.log_tail
    assert problem.value.retryable


def test_a_failed_task_is_told_with_its_name_and_its_words(play):
    tasks = "- name: Periksa ruang\n  command: sh -c 'echo disk penuh >&2; exit 3'"
    result = run_play(play(tasks), TAKALAR, {})
    assert not result.ok
    assert [failure.task for failure in result.failures] == ["Periksa ruang"]
    assert "disk penuh" in result.failures[0].message
    with pytest.raises(StepFailed, match="Periksa ruang"):
        result.require_ok()


def test_failed_items_of_a_loop_are_told_one_by_one(play):
    tasks = "- name: Tolak\n  fail: {msg: 'alasan {{ item }}'}\n  loop: [satu, dua]"
    message = run_play(play(tasks), TAKALAR, {}).failures[0].message
    assert "alasan satu" in message
    assert "alasan dua" in message


def test_ignored_and_rescued_failures_do_not_fail_the_play(play):
    tasks = (
        "- name: Boleh gagal\n  fail: {msg: a}\n  ignore_errors: true\n"
        "- block:\n    - name: Ditolong\n      fail: {msg: b}\n  rescue:\n    - debug:"
    )
    result = run_play(play(tasks), TAKALAR, {})
    assert result.ok
    assert result.failures == ()
    assert (result.recap["ignored"], result.recap["rescued"]) == (1, 1)


def test_a_server_that_does_not_answer_is_unreachable_and_worth_another_try(play):
    away = ServerAddress("server-jauh", "ssh", "127.0.0.1", 1)
    result = run_play(play("- ping:"), away, {})
    assert (result.ok, result.unreachable) == (False, True)
    with pytest.raises(Unavailable) as problem:
        result.require_ok()
    assert problem.value.retryable


def test_a_play_over_its_time_is_an_error_worth_another_try(play):
    with pytest.raises(StepErrored, match="batas waktu"):
        run_play(play("- command: sleep 60.375"), TAKALAR, {}, timeout_s=6)
    assert attempts_left() == []
    assert "60.375" not in readable_by_others()


def test_a_no_log_task_that_fails_tells_that_it_hides_its_words(play):
    tasks = "- name: Tersembunyi\n  fail: {msg: '{{ kunci }}'}\n  no_log: true"
    result = run_play(play(tasks), TAKALAR, {}, {"kunci": Secret(HIDDEN_WORD)})
    assert result.failures[0].message == ansible.HIDDEN
    assert HIDDEN_WORD not in result.log_tail


def test_a_secret_in_a_message_is_blotted_out_even_without_no_log(play):
    tasks = "- name: Ceroboh\n  fail: {msg: 'kuncinya {{ kunci }}'}"
    events: list[PlayEvent] = []
    secrets = {"kunci": Secret(HIDDEN_WORD)}
    result = run_play(play(tasks), TAKALAR, {}, secrets, on_event=events.append)
    assert result.failures[0].message == "kuncinya …"
    assert HIDDEN_WORD not in repr(events) + repr(result)


def readable_by_others() -> str:
    """Command lines and environments of every process, as `ps` and /proc show them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                found.append((process / name).read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return "\n".join(found)


def test_a_secret_is_never_in_a_command_line_or_an_environment(play):
    seen: list[str] = []
    modes: list[int] = []

    def look(event: PlayEvent) -> None:
        if event.kind == "started":
            seen.append(readable_by_others())
            modes.extend(path.stat().st_mode & 0o777 for path in attempts_left())
            modes.extend(
                (path / "variables.yml").stat().st_mode & 0o777 for path in attempts_left()
            )

    tasks = (
        "- name: Pakai\n  assert: {that: kunci | length > 5}\n  no_log: true\n"
        "- name: Lama\n  command: sleep 1"
    )
    result = run_play(play(tasks), TAKALAR, {}, {"kunci": Secret(HIDDEN_WORD)}, on_event=look)
    assert result.ok
    assert "ansible-playbook" in "".join(seen)
    assert HIDDEN_WORD not in "".join(seen)
    assert set(modes) == {0o700, 0o600}


def test_the_panels_own_settings_do_not_reach_a_play(play, monkeypatch):
    monkeypatch.setenv("SIAPPAKAI_VAULT_KEY", HIDDEN_WORD)
    tasks = "- name: Lihat\n  assert:\n    that: lookup('env', 'SIAPPAKAI_VAULT_KEY') == ''"
    assert run_play(play(tasks), TAKALAR, {}).ok


def test_values_are_data_and_never_templates(play):
    braces = "{{ lookup('pipe', 'id') }}"
    tasks = "- name: Sama\n  assert: {that: 'nilai | length == panjang and daftar[0] == nilai'}"
    values = {"nilai": braces, "daftar": [braces], "panjang": len(braces)}
    assert run_play(play(tasks), TAKALAR, values).ok


def test_a_text_that_looks_like_something_else_stays_a_text(play):
    values = {"satu": "0123", "dua": "", "tiga": "true", "empat": "1e5", "lima": ["~", "12:30"]}
    same = " and ".join(f"{name} == mestinya.{name}" for name in values)
    texts = "satu is string and dua is string and lima[0] is string"
    tasks = f"- name: Sama\n  assert: {{that: '{same} and {texts} and satu | length == 4'}}"
    assert run_play(play(tasks), TAKALAR, {**values, "mestinya": values}).ok


def test_a_play_is_ended_from_outside_in_the_middle_of_a_long_task(play):
    stop = threading.Event()
    ending = threading.Thread(
        target=lambda: (wait_until(lambda: "47.625" in readable_by_others()), stop.set())
    )
    ending.start()
    with pytest.raises(StepErrored, match="dihentikan") as problem:
        run_play(play("- name: Lama\n  command: sleep 47.625"), TAKALAR, {}, stop=stop)
    ending.join()
    assert problem.value.retryable
    assert "47.625" not in readable_by_others()
    assert attempts_left() == []


@pytest.mark.parametrize("tasks", ["- debug:", "- fail: {msg: x}", "- modul_tidak_ada: {}"])
def test_nothing_of_an_attempt_is_left_behind(play, tasks):
    try:
        run_play(play(tasks), TAKALAR, {}, {"kunci": Secret(HIDDEN_WORD)})
    except StepErrored:
        assert "modul_tidak_ada" in tasks
    assert attempts_left() == []


def wait_until(is_so: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "keadaan yang ditunggu tidak datang"
        time.sleep(0.1)


def test_a_listener_that_breaks_ends_ansible_and_leaves_nothing_behind(play):
    def lose_the_lease(event: PlayEvent) -> None:
        if event.task == "Lama":
            wait_until(lambda: "45.125" in readable_by_others())
            raise RuntimeError("sewa hilang")

    tasks = "- name: Lama\n  command: sleep 45.125"
    started = time.monotonic()
    with pytest.raises(RuntimeError, match="sewa hilang"):
        run_play(play(tasks), TAKALAR, {}, on_event=lose_the_lease)
    assert time.monotonic() - started < 40
    assert attempts_left() == []
    assert "45.125" not in readable_by_others()


def test_what_a_killed_worker_left_is_swept_and_a_living_ones_is_kept():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = Path(tempfile.mkdtemp(prefix=f"{ansible.ATTEMPT_PREFIX}{ended.pid}-"))
    living = Path(tempfile.mkdtemp(prefix=f"{ansible.ATTEMPT_PREFIX}{os.getpid()}-"))
    try:
        ansible.sweep_dead_attempts()
        assert not dead.exists()
        assert living.exists()
    finally:
        living.rmdir()


def test_task_names_are_told_in_order_in_the_admins_language(play):
    events: list[PlayEvent] = []
    tasks = (
        "- name: Satu\n  command: 'true'\n- name: Dua\n  debug:\n"
        "- name: Tiga\n  debug:\n  when: false"
    )
    run_play(play(tasks), TAKALAR, {}, on_event=events.append)
    told = [(event.kind, event.task) for event in events if event.kind != "started"]
    assert told == [("changed", "Satu"), ("ok", "Dua"), ("skipped", "Tiga")]
    assert ansible._spoken("Gathering Facts") == "Mengenali server"
