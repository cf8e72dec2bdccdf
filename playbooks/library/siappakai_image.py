#!/usr/bin/python
"""One image is on this server's engine, known by its digest and by nothing else.

The options are described in siappakai_image.yml beside this file.
"""

from __future__ import annotations

import os
import re
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

LOAD_TIMEOUT_S = 1800
MEGABYTE = 1_000_000
UNPACKED_TENTHS = 22
LOADED_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
LOADED_NAME = re.compile(r"Loaded image: (\S+)")
CONTAINERD_STORE = "io.containerd.snapshotter"


class Failed(Exception):
    """The image is not what it should be; the text goes to the admin."""


def find_id(client: Any, name: str) -> str:
    """The digest of what the engine has under a digest or a name; empty when it has nothing."""
    try:
        return str(client.inspect_image(name)["Id"])
    except docker.errors.ImageNotFound:
        return ""


def free_bytes(folder: Path) -> int:
    """Room for new files where `folder` is, or will be."""
    state = os.statvfs(existing(folder))
    return state.f_bavail * state.f_frsize


def existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def needs(params: dict[str, Any], engine_root: Path) -> dict[Path, int]:
    """Folder to bytes that must be free there; one entry when both lie on one disk.

    The engine unpacks an archive into its own folder before it makes layers of it, so for a
    moment the image's content is there twice; measured with OpenSID: 2.17 times its size.
    """
    archive = Path(params["archive"])
    coming = max(params["archive_bytes"] - size_of(archive), 0) + params["reserve_bytes"]
    unpacked = UNPACKED_TENTHS * params["image_bytes"] // 10
    if existing(archive.parent).stat().st_dev == existing(engine_root).stat().st_dev:
        return {archive.parent: coming + unpacked}
    return {archive.parent: coming, engine_root: unpacked + params["reserve_bytes"]}


def lacking(wanted: dict[Path, int], free: dict[Path, int]) -> list[str]:
    """A sentence for every folder with too little room."""
    return [
        f"{folder} kurang {megabytes(bytes_ - free[folder])} MB "
        f"(perlu {megabytes(bytes_)} MB, sisa {free[folder] // MEGABYTE} MB)"
        for folder, bytes_ in wanted.items()
        if bytes_ > free[folder]
    ]


def megabytes(size_bytes: int) -> int:
    """Rounded up, so that "short of 0 MB" is never said."""
    return -(-size_bytes // MEGABYTE)


def look(client: Any, params: dict[str, Any]) -> dict[str, Any]:
    """Whether the image is there, and where room is too little to bring it."""
    is_present = bool(find_id(client, params["digest"]))
    short = []
    if params["archive"] and not is_present:
        wanted = needs(params, Path(client.info()["DockerRootDir"]))
        short = lacking(wanted, {folder: free_bytes(folder) for folder in wanted})
    return {"changed": False, "present": is_present, "lacking": short}


def keep_present(client: Any, params: dict[str, Any], check: bool) -> dict[str, Any]:
    """The image is there and carries its name; loaded from the archive when it is not."""
    digest, name = params["digest"], params["name"]
    was_present = bool(find_id(client, digest))
    if not was_present and not check:
        load(client, params["archive"], digest)
    is_named = not name or find_id(client, name) == digest
    if not is_named and not check:
        repository, _, tag = name.rpartition(":")
        client.tag(digest, repository, tag)
    if not check and find_id(client, digest) != digest:
        raise Failed(f"citra {digest} tidak terbukti ada sesudah dimuat")
    return {"changed": not (was_present and is_named), "present": was_present or not check}


def load(client: Any, archive: str, digest: str) -> None:
    """Load the archive; what came in its place is taken out again when it is another image."""
    if not archive:
        raise Failed(f"citra {digest} tidak ada di server ini")
    before = {row["Id"] for row in client.images()}
    with open(archive, "rb") as file:
        said = "".join(line.get("stream") or "" for line in client.load_image(file))
    if find_id(client, digest):
        return
    names = {find_id(client, each) for each in LOADED_NAME.findall(said)}
    came = {*LOADED_DIGEST.findall(said), *names} - {""}
    for each in came - before:
        client.remove_image(each, force=True)
    raise Failed(
        f"sidik berbeda: arsip memuat {', '.join(sorted(came)) or 'citra lain'}, bukan {digest}"
        + store_words(client)
    )


def store_words(client: Any) -> str:
    """Why even the right archive may get another digest here."""
    if CONTAINERD_STORE not in str(client.info().get("DriverStatus")):
        return ""
    return "; mesin ini memakai penyimpanan citra containerd, yang memberi sidik lain"


def argument_spec() -> dict[str, Any]:
    """The same options as DOCUMENTATION tells."""
    return {
        "digest": {"type": "str", "required": True},
        "name": {"type": "str", "default": ""},
        "state": {"type": "str", "choices": ["present", "known"], "default": "present"},
        "archive": {"type": "path"},
        "archive_bytes": {"type": "int", "default": 0},
        "image_bytes": {"type": "int", "default": 0},
        "reserve_bytes": {"type": "int", "default": 0},
    }


def act(params: dict[str, Any], check: bool) -> dict[str, Any]:
    """Reach the wanted state; raises Failed, OSError or one of ENGINE_ERRORS."""
    client = docker.APIClient(os.environ.get("DOCKER_HOST"), version="auto", timeout=LOAD_TIMEOUT_S)
    try:
        if params["state"] == "known":
            return look(client, params)
        return keep_present(client, params, check)
    finally:
        client.close()


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    if MISSING:
        module.fail_json(msg=missing_required_lib("docker"), exception=MISSING)
    try:
        module.exit_json(**act(module.params, module.check_mode))
    except Failed as problem:
        module.fail_json(msg=str(problem))
    except (OSError, *ENGINE_ERRORS) as problem:
        module.fail_json(msg=f"Docker Engine: {problem}")


if __name__ == "__main__":
    main()
