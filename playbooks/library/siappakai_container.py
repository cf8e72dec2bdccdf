#!/usr/bin/python
"""One container is as described: made, replaced when the description changed, else left alone.

The options are described in siappakai_container.yml beside this file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import traceback
from pathlib import Path
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

SPEC_LABEL = "siappakai.spec_sha256"
FLEET_LABEL = "siappakai.fleet"
NANOSECONDS = 1_000_000_000
CAP_SYS_RESOURCE = 24
PID_FILE = Path("/var/run/docker.pid")
NOT_PART_OF_THE_SPEC = {"state", "wait_s", "one_off"}


class Failed(Exception):
    """The wanted state was not reached; the text goes to the admin."""


def spec_sum(params: dict[str, Any], image_id: str) -> str:
    """Sum over everything that makes a container different, the image's content included."""
    spec = {key: value for key, value in params.items() if key not in NOT_PART_OF_THE_SPEC}
    spec["image_id"] = image_id
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def within_engine_rights(params: dict[str, Any], engine: Path) -> tuple[dict[str, Any], list[str]]:
    """The description lowered to what the engine may grant, and what was lowered.

    An engine without CAP_SYS_RESOURCE (some rented or nested machines) can neither raise the
    number of open files above its own nor shield a container from the kernel's memory killer.
    `engine` is its folder under /proc; when it can't be read nothing is lowered.
    """
    try:
        rights = re.search(r"^CapEff:\s*(\w+)", (engine / "status").read_text(), re.MULTILINE)
        files = re.search(
            r"^Max open files\s+\d+\s+(\d+)", (engine / "limits").read_text(), re.MULTILINE
        )
    except OSError:
        return params, []
    if not rights or int(rights[1], 16) >> CAP_SYS_RESOURCE & 1:
        return params, []
    allowed = {"nofile": min(params["nofile"], int(files[1]) if files else params["nofile"])}
    allowed["oom_score_adj"] = max(params["oom_score_adj"], 0)
    lowered = [
        f"{key} {params[key]} -> {new}" for key, new in allowed.items() if new != params[key]
    ]
    return {**params, **allowed}, lowered


def engine_process() -> Path:
    """The engine's folder under /proc; one that does not exist when the engine is not found."""
    try:
        return Path("/proc") / PID_FILE.read_text().strip()
    except OSError:
        return Path("/proc/none")


def host_settings(client: Any, params: dict[str, Any]) -> dict[str, Any]:
    """What the engine enforces: rights, limits, mounts, restart, log size."""
    binds = [
        f"{mount['source']}:{mount['target']}:{'ro' if mount['read_only'] else 'rw'}"
        for mount in params["mounts"]
    ]
    limit = docker.types.Ulimit(name="nofile", soft=params["nofile"], hard=params["nofile"])
    sizes = {"max-size": params["log_max_size"], "max-file": str(params["log_max_files"])}
    return client.create_host_config(
        binds=binds,
        tmpfs=params["tmpfs"],
        read_only=True,
        cap_drop=["ALL"],
        cap_add=params["cap_add"],
        security_opt=["no-new-privileges"] if params["no_new_privileges"] else None,
        network_mode=params["network_mode"],
        mem_limit=params["memory_mb"] * 1024 * 1024 or None,
        pids_limit=params["pids_limit"],
        oom_score_adj=params["oom_score_adj"],
        ulimits=[limit],
        restart_policy=None if params["one_off"] else {"Name": "unless-stopped"},
        log_config=docker.types.LogConfig(type="json-file", config=sizes),
    )


def health_settings(params: dict[str, Any]) -> dict[str, Any] | None:
    if not params["health_command"]:
        return None
    return docker.types.Healthcheck(
        test=["CMD", *params["health_command"]],
        interval=30 * NANOSECONDS,
        timeout=10 * NANOSECONDS,
        start_period=5 * NANOSECONDS,
        retries=3,
    )


class Container:
    """The one container this call is about, as the engine knows it."""

    def __init__(self, client: Any, params: dict[str, Any]) -> None:
        self.client = client
        self.params = params
        self.name = params["name"]

    def found(self) -> dict[str, Any] | None:
        """The engine's description, or None; Failed when the name belongs to somebody else."""
        try:
            seen = self.client.inspect_container(self.name)
        except docker.errors.NotFound:
            return None
        if (seen["Config"]["Labels"] or {}).get(FLEET_LABEL) != self.params["fleet"]:
            raise Failed(f"wadah {self.name} sudah ada dan bukan milik {self.params['fleet']}")
        return seen

    def image_id(self) -> str:
        image = self.params["image"]
        try:
            return self.client.inspect_image(image)["Id"]
        except docker.errors.ImageNotFound:
            raise Failed(
                f"citra {image} belum ada di server ini; buat dulu dari folder images/"
            ) from None

    def create(self, spec_sha256: str) -> None:
        self.client.create_container(
            self.params["image"],
            command=self.params["command"],
            name=self.name,
            user=self.params["user"],
            hostname=self.name if self.params["network_mode"] == "none" else None,
            environment=self.params["environment"],
            labels={FLEET_LABEL: self.params["fleet"], SPEC_LABEL: spec_sha256},
            host_config=host_settings(self.client, self.params),
            healthcheck=health_settings(self.params),
            stop_timeout=self.params["stop_s"],
        )

    def remove(self) -> None:
        try:
            self.client.stop(self.name, timeout=self.params["stop_s"])
            self.client.remove_container(self.name, force=True, v=True)
        except docker.errors.NotFound:
            return

    def log_tail(self) -> str:
        return self.client.logs(self.name, tail=40).decode(errors="replace").strip()

    def wait_until_well(self) -> None:
        """Return when it runs, and is healthy where a health command is given; else Failed."""
        deadline = time.monotonic() + self.params["wait_s"]
        while time.monotonic() < deadline:
            state = self.client.inspect_container(self.name)["State"]
            if self.is_well(state):
                return
            if state["Status"] == "exited" or state.get("ExitCode"):
                break
            time.sleep(0.25)
        raise Failed(f"wadah {self.name} tidak kunjung sehat:\n{self.log_tail()}")

    def is_well(self, state: dict[str, Any]) -> bool:
        if not state["Running"] or state["Restarting"]:
            return False
        if not self.params["health_command"]:
            return True
        return state.get("Health", {}).get("Status") == "healthy" or self.probe()

    def probe(self) -> bool:
        """The health command run now, because the engine's own first look is seconds away."""
        handle = self.client.exec_create(self.name, self.params["health_command"])
        self.client.exec_start(handle)
        return self.client.exec_inspect(handle)["ExitCode"] == 0

    def run_once(self, spec_sha256: str) -> str:
        """What the one-off wrote; Failed with its words when it did not end with 0."""
        self.create(spec_sha256)
        try:
            self.client.start(self.name)
            status = self.client.wait(self.name, timeout=self.params["wait_s"])["StatusCode"]
            if status != 0:
                raise Failed(f"wadah {self.name} berakhir dengan {status}:\n{self.log_tail()}")
            return self.log_tail()
        finally:
            self.client.remove_container(self.name, force=True, v=True)


def keep_absent(container: Container, check: bool) -> dict[str, Any]:
    if container.found() is None:
        return {"changed": False, "action": "none"}
    if not check:
        container.remove()
    return {"changed": True, "action": "removed"}


def run_one_off(container: Container, check: bool) -> dict[str, Any]:
    spec_sha256 = spec_sum(container.params, container.image_id())
    result = {"changed": True, "action": "ran", "spec_sha256": spec_sha256}
    if not check:
        if container.found() is not None:
            container.remove()
        result["output"] = container.run_once(spec_sha256)
    return result


def keep_started(container: Container, check: bool) -> dict[str, Any]:
    spec_sha256 = spec_sum(container.params, container.image_id())
    seen = container.found()
    action = wanted_action(seen, spec_sha256)
    if not check:
        if action == "replaced":
            container.remove()
        if action in {"created", "replaced"}:
            container.create(spec_sha256)
        if action != "none":
            container.client.start(container.name)
        container.wait_until_well()
    return {"changed": action != "none", "action": action, "spec_sha256": spec_sha256}


def wanted_action(seen: dict[str, Any] | None, spec_sha256: str) -> str:
    """created, replaced, started or none: the least that reaches the wanted state."""
    if seen is None:
        return "created"
    if seen["Config"]["Labels"].get(SPEC_LABEL) != spec_sha256:
        return "replaced"
    return "none" if seen["State"]["Running"] else "started"


def argument_spec() -> dict[str, Any]:
    """The same options as DOCUMENTATION tells."""
    mount = {
        "source": {"type": "path", "required": True},
        "target": {"type": "path", "required": True},
        "read_only": {"type": "bool", "default": False},
    }
    texts = {"type": "list", "elements": "str", "default": []}
    return {
        "name": {"type": "str", "required": True},
        "fleet": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["started", "absent"], "default": "started"},
        "image": {"type": "str"},
        "command": texts,
        "user": {"type": "str"},
        "network_mode": {"type": "str", "default": "none"},
        "mounts": {"type": "list", "elements": "dict", "options": mount, "default": []},
        "tmpfs": {"type": "dict", "default": {}},
        "environment": {"type": "dict", "default": {}},
        "cap_add": texts,
        "no_new_privileges": {"type": "bool", "default": True},
        "memory_mb": {"type": "int", "default": 0},
        "pids_limit": {"type": "int", "default": 512},
        "nofile": {"type": "int", "default": 65536},
        "oom_score_adj": {"type": "int", "default": 0},
        "health_command": texts,
        "wait_s": {"type": "int", "default": 60},
        "stop_s": {"type": "int", "default": 10},
        "config_sha256": {"type": "str", "default": ""},
        "log_max_size": {"type": "str", "default": "10m"},
        "log_max_files": {"type": "int", "default": 3},
        "one_off": {"type": "bool", "default": False},
    }


def act(params: dict[str, Any], check: bool) -> dict[str, Any]:
    """Reach the wanted state; raises Failed or one of ENGINE_ERRORS."""
    client = docker.APIClient(
        os.environ.get("DOCKER_HOST"),
        version="auto",
        timeout=params["wait_s"] + params["stop_s"] + 60,
    )
    try:
        container = Container(client, params)
        if params["state"] == "absent":
            return keep_absent(container, check)
        return (run_one_off if params["one_off"] else keep_started)(container, check)
    finally:
        client.close()


def main() -> None:
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("state", "started", ("image", "user"))],
        supports_check_mode=True,
    )
    if MISSING:
        module.fail_json(msg=missing_required_lib("docker"), exception=MISSING)
    params, lowered = within_engine_rights(module.params, engine_process())
    if lowered:
        module.warn(f"Docker Engine di mesin ini dibatasi; diturunkan: {', '.join(lowered)}")
    try:
        module.exit_json(**act(params, module.check_mode))
    except Failed as problem:
        module.fail_json(msg=str(problem))
    except ENGINE_ERRORS as problem:
        module.fail_json(msg=f"Docker Engine: {problem}")


if __name__ == "__main__":
    main()
