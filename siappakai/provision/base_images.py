"""Touch: the images everything stands on (PHP bases, MariaDB, edge), built when missing."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from docker.errors import DockerException, ImageNotFound

from siappakai.errors import InvalidInput, StepErrored, StepFailed, Unavailable
from siappakai.provision.php_versions import AVAILABLE
from siappakai.provision.programs import OnLine, child_environment, run_program

BUILD_TIMEOUT_S = 3600
SUPPORT_TAGS = {
    "mariadb": "siappakai/mariadb:10.11",
    "edge": "siappakai/edge:2.11.7",
    "egress": "siappakai/egress:3.0",
}
NEEDED_PROGRAMS = {
    "base": ("mmdebstrap", "docker"),
    "mariadb": ("mmdebstrap", "docker"),
    "edge": ("docker",),
    "egress": ("mmdebstrap", "docker"),
}
# Where Debian comes from and what runs the edge's packer: settings of images/*/build.sh.
BUILD_SETTINGS = re.compile(
    r"SIAPPAKAI_(CERMIN_\w+|DEBIAN_\w+|CA_BUNDLE|MARIADB_UID|EDGE_UID|EGRESS_UID)"
)


@dataclass(frozen=True)
class BaseImage:
    """An image that is present; `was_built` tells whether just now."""

    tag: str
    image_id: str
    was_built: bool
    seconds: float


def ensure_base_image(
    docker_client: docker.DockerClient, php_version: str, images_dir: Path, on_line: OnLine
) -> BaseImage:
    """`siappakai/php:<version>` is present and made from the files here, built if it was not."""
    if php_version not in AVAILABLE:
        raise InvalidInput(
            f"PHP {php_version} tidak tersedia.", hint=f"Pilih salah satu: {', '.join(AVAILABLE)}."
        )
    tag = f"siappakai/php:{php_version}"
    arguments = [php_version, tag]
    before = _image_id(docker_client, tag)
    if before is not None:
        begun = time.monotonic()
        _run_build(images_dir / "base", arguments, tag, on_line)  # ends at once when it fits
        now = str(_image_id(docker_client, tag))
        return BaseImage(tag, now, now != before, time.monotonic() - begun)
    return _ensure(docker_client, tag, images_dir / "base", arguments, on_line)


def ensure_support_image(
    docker_client: docker.DockerClient, name: str, images_dir: Path, on_line: OnLine
) -> BaseImage:
    """The image of `mariadb`, `edge` or `egress` is present, built if it was missing."""
    if name not in SUPPORT_TAGS:
        raise InvalidInput(
            f"Citra pendukung {name} tidak dikenal.", hint=f"Ada: {', '.join(SUPPORT_TAGS)}."
        )
    tag = SUPPORT_TAGS[name]
    return _ensure(docker_client, tag, images_dir / name, [tag], on_line)


def _ensure(
    client: docker.DockerClient, tag: str, folder: Path, arguments: Sequence[str], on_line: OnLine
) -> BaseImage:
    begun = time.monotonic()
    image_id = _image_id(client, tag)
    was_built = image_id is None
    if image_id is None:
        _check_programs(folder.name)
        _run_build(folder, arguments, tag, on_line)
        image_id = _image_id(client, tag)
    if image_id is None:
        raise StepFailed(
            f"Pembangunan selesai, tetapi citra {tag} tidak ada di Docker.",
            hint="Pastikan perintah docker memakai mesin Docker yang sama.",
        )
    return BaseImage(tag, image_id, was_built, time.monotonic() - begun)


def _image_id(client: docker.DockerClient, tag: str) -> str | None:
    try:
        return str(client.images.get(tag).id)
    except ImageNotFound:
        return None
    except (requests.exceptions.RequestException, DockerException) as error:
        raise Unavailable(
            "Docker tidak menjawab.", hint="Periksa: siappakai keadaan", log_tail=str(error)
        ) from error


def _check_programs(folder_name: str) -> None:
    missing = [one for one in NEEDED_PROGRAMS.get(folder_name, ()) if not shutil.which(one)]
    if missing:
        raise StepErrored(
            f"Program {', '.join(missing)} belum terpasang; citra dasar tidak dapat dibangun.",
            hint="Jalankan ./install.sh, atau pasang: apt-get install mmdebstrap docker.io",
        )


def _run_build(folder: Path, arguments: Sequence[str], tag: str, on_line: OnLine) -> None:
    settings = {name: text for name, text in os.environ.items() if BUILD_SETTINGS.fullmatch(name)}
    env = child_environment({**settings, "SIAPPAKAI_PYTHON": sys.executable})
    argv = [str(folder / "build.sh"), *arguments]
    ran = run_program(argv, timeout_s=BUILD_TIMEOUT_S, env=env, on_line=on_line)
    if ran.code == 0:
        return
    why = "terlalu lama" if ran.timed_out else f"berakhir dengan kode {ran.code}"
    raise StepFailed(
        f"Citra {tag} gagal dibangun: {why}.",
        hint="Periksa sambungan ke sumber paket Debian dan sisa ruang disk, lalu ulangi.",
        log_tail=ran.tail(),
    )
