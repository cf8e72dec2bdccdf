"""How a server is reached: only with its own key, and only when it shows the pinned host key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from siappakai.errors import Refused, SettingsError
from siappakai.models import Server
from siappakai.provision.server_address import ServerAddress, inventory_of, ssh_command, ssh_options
from siappakai.provision.server_reach import address_of, keys_folder, unreachable

KEYS = Path("/var/lib/siappakai/server/takalar")
TAKALAR = ServerAddress(
    "takalar", "ssh", "10.7.3.5", 2222, "panel", KEYS / "kunci", KEYS / "host_dikenal"
)
ACEH_UTARA = ServerAddress("aceh-utara", "ssh", "10.11.8.1")


def test_a_pinned_host_key_is_the_only_one_believed():
    options = ssh_options(TAKALAR)
    assert "StrictHostKeyChecking=yes" in options
    assert f"UserKnownHostsFile={KEYS}/host_dikenal" in options
    assert "GlobalKnownHostsFile=/dev/null" in options
    assert "StrictHostKeyChecking=accept-new" in ssh_options(ACEH_UTARA)


def test_ansible_and_ssh_reach_the_same_place_with_the_same_options():
    told = inventory_of(TAKALAR)["all"]["hosts"]["takalar"]
    command = ssh_command(TAKALAR, "-N")
    assert (told["ansible_host"], told["ansible_port"]) == ("10.7.3.5", 2222)
    assert told["ansible_user"] == "panel"
    assert told["ansible_ssh_private_key_file"] == str(KEYS / "kunci")
    assert told["ansible_ssh_common_args"] in " ".join(command)
    assert command[-5:] == ["-p", "2222", "-l", "panel", "10.7.3.5"]


def test_the_local_server_needs_no_address():
    assert inventory_of(ServerAddress("local"))["all"]["hosts"]["local"]["ansible_connection"] == (
        "local"
    )


def row(name: str, docker_url: str, connection: str = "ssh") -> Server:
    return Server(name=name, connection=connection, docker_url=docker_url)


def give_keys(name: str) -> None:
    keys_folder(name).mkdir(parents=True)
    for each in ("kunci", "host_dikenal"):
        (keys_folder(name) / each).write_text("isi")


def test_a_servers_address_is_read_from_its_docker_url_and_its_keys_from_the_home(app, settings):
    for name, url, expected in (
        ("takalar", "ssh://panel@10.7.3.5:2222", ("10.7.3.5", 2222, "panel")),
        ("aceh-utara", "ssh://10.11.8.1", ("10.11.8.1", 22, "root")),
    ):
        give_keys(name)
        found = address_of(row(name, url))
        assert (found.ssh_host, found.ssh_port, found.ssh_user) == expected
        assert found.ssh_key_file == settings.home / "server" / name / "kunci"
        assert found.ssh_known_hosts == settings.home / "server" / name / "host_dikenal"
    assert address_of(row("local", "unix:///var/run/docker.sock", "local")).is_local


@pytest.mark.parametrize("url", ["unix:///var/run/docker.sock", "tcp://10.7.3.5:2375", "ssh://"])
def test_an_address_that_is_none_is_told(app, url):
    give_keys("takalar")
    with pytest.raises(SettingsError, match="takalar"):
        address_of(row("takalar", url))


def test_a_server_without_its_keys_is_refused_with_the_missing_file(app):
    with pytest.raises(Refused) as problem:
        address_of(row("takalar", "ssh://10.7.3.5"))
    assert re.search("server/takalar/kunci", problem.value.hint)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Host key verification failed.", "bukan yang dikenal"),
        ("panel@10.7.3.5: Permission denied (publickey).", "ditolak"),
        ("connect to host 10.7.3.5 port 22: Connection timed out", "tidak menjawab"),
    ],
)
def test_each_way_of_not_reaching_a_server_has_its_own_sentence_and_hint(words, why):
    problem = unreachable("takalar", words)
    assert why in problem.message
    assert problem.hint
    assert problem.retryable
