"""Think: how a server is reached, as Ansible's inventory and as options of ssh."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """How Ansible reaches a server; `connection` is `local` or `ssh`.

    With `ssh_known_hosts` only the key in that file is believed; without it the first key a
    server shows is, which is for trying things out.
    """

    name: str
    connection: str = "local"
    ssh_host: str = ""
    ssh_port: int = 22
    ssh_user: str = "root"
    ssh_key_file: Path | None = None
    ssh_known_hosts: Path | None = None

    @property
    def is_local(self) -> bool:
        return self.connection == "local"


def ssh_options(host: ServerAddress) -> list[str]:
    """Options every ssh to that server gets: only this key, only this host key, no questions."""
    options = ["-o", "ConnectTimeout=15", "-o", "BatchMode=yes"]
    if host.ssh_key_file is not None:
        options += ["-o", "IdentitiesOnly=yes"]
    if host.ssh_known_hosts is None:
        return [*options, "-o", "StrictHostKeyChecking=accept-new"]
    pinned = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={host.ssh_known_hosts}")
    for one in (*pinned, "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no"):
        options += ["-o", one]
    return options


def ssh_command(host: ServerAddress, *more: str) -> list[str]:
    """The command line of an ssh to that server; `more` are further options."""
    key = ["-i", str(host.ssh_key_file)] if host.ssh_key_file is not None else []
    where = ["-p", str(host.ssh_port), "-l", host.ssh_user, host.ssh_host]
    return ["ssh", *key, *ssh_options(host), *more, *where]


def inventory_of(host: ServerAddress) -> dict[str, Any]:
    """Ansible's inventory with that one server."""
    if host.is_local:
        address: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
    else:
        address = {
            "ansible_connection": "ssh",
            "ansible_host": host.ssh_host,
            "ansible_port": host.ssh_port,
            "ansible_user": host.ssh_user,
            "ansible_ssh_common_args": " ".join(ssh_options(host)),
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        if host.ssh_key_file is not None:
            address["ansible_ssh_private_key_file"] = str(host.ssh_key_file)
    return {"all": {"hosts": {host.name: address}}}
