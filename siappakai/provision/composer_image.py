"""Touch: the builder image with composer, on the very base the application will run on."""

from __future__ import annotations

import os
from pathlib import Path

import docker
import requests
from docker.errors import DockerException, ImageNotFound

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.base_images import BUILD_SETTINGS
from siappakai.provision.programs import OnLine, child_environment, run_program

BUILD_TIMEOUT_S = 1800


def ensure_composer_image(
    client: docker.DockerClient, php: str, images_dir: Path, on_line: OnLine
) -> str:
    """The id of `siappakai/composer:<php>`; built when missing or standing on an older base."""
    tag = f"siappakai/composer:{php}"
    if found := _current(client, tag, f"siappakai/php:{php}"):
        return found
    on_line(f"Membangun citra {tag} dari paket Debian …")
    settings = {name: text for name, text in os.environ.items() if BUILD_SETTINGS.fullmatch(name)}
    argv = [str(images_dir / "composer" / "build.sh"), php, tag]
    env = child_environment(settings)
    ran = run_program(argv, timeout_s=BUILD_TIMEOUT_S, env=env, on_line=on_line)
    found = _current(client, tag, f"siappakai/php:{php}")
    if ran.code != 0 or found is None:
        raise StepFailed(
            f"Citra {tag} gagal dibangun.",
            hint="Periksa sambungan ke sumber paket Debian dan sisa ruang disk, lalu ulangi.",
            log_tail=ran.tail(),
        )
    return found


def _current(client: docker.DockerClient, tag: str, base_tag: str) -> str | None:
    try:
        base = client.images.get(base_tag)
        image = client.images.get(tag)
    except ImageNotFound:
        return None
    except (requests.exceptions.RequestException, DockerException) as error:
        raise Unavailable(
            "Docker tidak menjawab.", hint="Periksa: siappakai keadaan", log_tail=str(error)
        ) from error
    return str(image.id) if image.labels.get("siappakai.base_id") == base.id else None
