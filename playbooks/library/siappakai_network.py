#!/usr/bin/python
"""One network of the engine is there, of its own, or it is gone.

The options are described in siappakai_network.yml beside this file.
"""

from __future__ import annotations

import os
import traceback
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    import docker
    import docker.errors
    import requests.exceptions

    ENGINE_ERRORS: tuple[type[Exception], ...] = (
        docker.errors.DockerException,
        requests.exceptions.RequestException,
    )
    MISSING = ""
except ImportError:  # pragma: no cover - shown to the admin as a normal failure
    ENGINE_ERRORS = ()
    MISSING = traceback.format_exc()

FLEET_LABEL = "siappakai.fleet"
# Containers of this network can't talk to one another, only outwards.
OPTIONS = {"com.docker.network.bridge.enable_icc": "false"}


class Failed(Exception):
    """The wanted state was not reached; the text goes to the admin."""


def found(client: Any, name: str, fleet: str) -> dict[str, Any] | None:
    """The engine's description, or None; Failed when the name belongs to somebody else."""
    try:
        seen = client.inspect_network(name)
    except docker.errors.NotFound:
        return None
    if seen["Name"] != name:  # the engine also finds by the beginning of an id
        return None
    if (seen["Labels"] or {}).get(FLEET_LABEL) != fleet:
        raise Failed(f"jaringan {name} sudah ada dan bukan milik {fleet}")
    return seen


def act(params: dict[str, Any], check: bool) -> dict[str, Any]:
    """Reach the wanted state; raises Failed or one of ENGINE_ERRORS."""
    name, fleet = params["name"], params["fleet"]
    client = docker.APIClient(os.environ.get("DOCKER_HOST"), version="auto", timeout=60)
    try:
        is_there = found(client, name, fleet) is not None
        is_wanted = params["state"] == "present"
        if is_there != is_wanted and not check:
            if is_wanted:
                labels = {FLEET_LABEL: fleet}
                client.create_network(
                    name, driver="bridge", options=OPTIONS, labels=labels, check_duplicate=True
                )
            else:
                client.remove_network(name)
        return {"changed": is_there != is_wanted}
    finally:
        client.close()


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "fleet": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib("docker"), exception=MISSING)
    try:
        module.exit_json(**act(module.params, module.check_mode))
    except Failed as problem:
        module.fail_json(msg=str(problem))
    except ENGINE_ERRORS as problem:
        module.fail_json(msg=f"Docker Engine: {problem}")


if __name__ == "__main__":
    main()
