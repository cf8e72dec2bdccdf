"""Touch: several fleets may share one Docker and one image; each marks by a tag what it keeps.

An image belongs to every fleet whose tag it bears, and goes only with the last of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException

from siappakai.errors import Unavailable
from siappakai.provision.docker_engine import DockerEngine

PREFIX = "siappakai/armada-"


def claim_image(engine: DockerEngine, digest: str, product: str, version: str) -> None:
    """The image is this fleet's too; it is left alone when others prune."""
    tag = re.sub(r"[^A-Za-z0-9_.-]", "-", f"{product}-{version}")[:80]
    name = f"{tag}-{digest.removeprefix('sha256:')[:12]}"
    try:
        engine.client.api.tag(digest, own_repository(engine.fleet), name)
    except (RequestException, DockerException) as error:
        raise Unavailable(
            "Mesin Docker tidak menjawab saat citra ditandai.",
            hint="Periksa: siappakai keadaan",
            log_tail=str(error)[-2000:],
        ) from error


def own_repository(fleet: str) -> str:
    return f"{PREFIX}{fleet}"


def claims_of(tags: Iterable[str], fleet: str) -> tuple[list[str], list[str]]:
    """The tags by which this fleet keeps an image, and those of other fleets."""
    claims = [tag for tag in tags if tag.startswith(PREFIX)]
    own = [tag for tag in claims if tag.rpartition(":")[0] == own_repository(fleet)]
    return own, [tag for tag in claims if tag not in own]


def drop_claims(engine: DockerEngine) -> int:
    """This fleet keeps no image any more; images stay, only its tags go. Returns how many."""
    dropped = 0
    for image in engine.client.api.images():
        own, _ = claims_of(image["RepoTags"] or (), engine.fleet)
        for tag in own if len(image["RepoTags"]) > len(own) else ():
            try:
                engine.client.api.remove_image(tag, noprune=True)
            except ImageNotFound:
                continue
            dropped += 1
    return dropped
