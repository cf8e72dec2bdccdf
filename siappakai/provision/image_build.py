"""Touch: one release's tree becomes one image, once; the same content is never built twice."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound

from siappakai.errors import InvalidInput, StepErrored, StepFailed, Unavailable
from siappakai.provision.build_context import TreeItem, fingerprint, scan_tree, write_context
from siappakai.provision.patches import AppliedPatch
from siappakai.provision.programs import OnLine

# Raise it when this file changes what ends up in an image.
BUILD_RECIPE = "1"
CONTENT_LABEL = "siappakai.content_sha256"
# Top entries of an image folder that are not for the image; patches are in the tree already.
NOT_CONTEXT = frozenset({"patches", "README.md", "__pycache__"})
BUILD_TIMEOUT_S = 1800
# Cut off from our side, Docker still ends the step it is in: look more than once.
PAUSES_AFTER_CUT_S: tuple[float, ...] = (0, 0.5, 1, 2)
SPOOLED_BYTES = 8 * 1024 * 1024
ContextPart = tuple[str, Path, Sequence[TreeItem]]
NEW_LAYER = re.compile(r"^ ---> ([0-9a-f]{12})$")


@dataclass(frozen=True)
class BuiltImage:
    """A release's image; `image_id` (`sha256:…`) is its digest, there being no registry."""

    tag: str
    image_id: str
    content_sha256: str
    reused: bool
    seconds: float


def build_release_image(
    docker_client: docker.DockerClient,
    product: str,
    version: str,
    tree: Path,
    image_folder: Path,
    base_tag: str,
    patches_applied: Sequence[AppliedPatch],
    labels: Mapping[str, str],
    on_line: OnLine,
    shared_folder: Path | None = None,
) -> BuiltImage:
    """The image of this tree on this base; an existing one of equal content is used again.

    The context is `image_folder`, the tree below `source/`, and `shared_folder` (what several
    products' images have in common) below its own name; the Dockerfile gets the base's id
    as build argument BASE. On failure nothing half-built stays. Raises StepFailed (the build
    failed), StepErrored (no base), Unavailable (Docker does not answer).
    """
    begun = time.monotonic()
    try:
        base_id = _base_id(docker_client, base_tag)
        parts = _scan(tree, image_folder, shared_folder)
        content = _content_sha256(base_id, parts)
        tag = image_tag(product, version, content)
        image_id = _existing(docker_client, content, tag)
        reused = image_id is not None
        if image_id is None:
            labels = _labels(labels, product, version, content, patches_applied)
            image_id = _build(docker_client, tag, base_id, labels, parts, on_line)
    except (requests.exceptions.RequestException, DockerException) as error:
        raise Unavailable(
            "Docker tidak menjawab saat citra rilis dibangun.",
            hint="Periksa: siappakai keadaan",
            log_tail=str(error),
        ) from error
    return BuiltImage(tag, image_id, content, reused, time.monotonic() - begun)


def image_tag(product: str, version: str, content_sha256: str) -> str:
    """`siappakai/<product>:<version>-<first 12 of the content>`, in characters a tag may have."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "-", version)[:100]
    return f"siappakai/{product}:{plain}-{content_sha256[:12]}"


def _base_id(client: docker.DockerClient, base_tag: str) -> str:
    try:
        return str(client.images.get(base_tag).id)
    except ImageNotFound as error:
        raise StepErrored(
            f"Citra dasar {base_tag} belum ada.", hint="Bangun dulu citra dasarnya: ./install.sh"
        ) from error


def _scan(tree: Path, image_folder: Path, shared_folder: Path | None) -> list[ContextPart]:
    parts = [("source/", tree, scan_tree(tree))]
    folder = scan_tree(image_folder, NOT_CONTEXT)
    if shared_folder is not None:
        shared = scan_tree(shared_folder, NOT_CONTEXT)
        parts.append((shared_folder.name + "/", shared_folder, shared))
    names = {item.path for item in folder}
    if "Dockerfile" not in names or any(prefix[:-1] in names for prefix, _, _ in parts):
        taken = " dan ".join(prefix[:-1] for prefix, _, _ in parts)
        raise InvalidInput(
            f"Folder citra {image_folder.name} tidak lengkap.",
            hint=f"Folder itu harus memuat Dockerfile dan tidak memuat nama {taken}.",
        )
    return [*parts, ("", image_folder, folder)]


def _content_sha256(base_id: str, parts: Sequence[ContextPart]) -> str:
    """Of the base and every part, each with its place except the two that every image has."""
    words = [BUILD_RECIPE, base_id]
    for prefix, _, items in parts:
        words += [prefix] if prefix not in ("", "source/") else []
        words.append(fingerprint(items))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _existing(client: docker.DockerClient, content: str, tag: str) -> str | None:
    found = client.images.list(filters={"label": f"{CONTENT_LABEL}={content}"})
    if not found:
        return None
    image = min(found, key=lambda one: str(one.attrs["Created"]))
    if tag not in image.tags:
        repository, _, name = tag.partition(":")
        image.tag(repository, name)
    return str(image.id)


def _labels(
    given: Mapping[str, str],
    product: str,
    version: str,
    content: str,
    patches: Sequence[AppliedPatch],
) -> dict[str, str]:
    recorded = [{"name": one.name, "sha256": one.sha256} for one in patches]
    return {
        **given,
        "siappakai.product": product,
        "siappakai.release": version,
        "siappakai.patches": json.dumps(recorded, separators=(",", ":")),
        "siappakai.build_recipe": BUILD_RECIPE,
        CONTENT_LABEL: content,
    }


def _build(
    client: docker.DockerClient,
    tag: str,
    base_id: str,
    labels: Mapping[str, str],
    parts: Sequence[ContextPart],
    on_line: OnLine,
) -> str:
    watched, clean_up_after_s = _Watched(on_line), PAUSES_AFTER_CUT_S
    try:
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES) as spool:
            context = cast(IO[bytes], spool)
            write_context(parts, context)
            context.seek(0)
            with _started_build(client, context, tag, base_id, labels) as messages:
                watched.follow(messages)
        image_id = str(client.images.get(tag).id)
        clean_up_after_s = ()
        return image_id
    except StepFailed:
        clean_up_after_s = (0,)
        raise
    finally:
        for pause_s in clean_up_after_s:
            time.sleep(pause_s)
            _forget(client, watched.new_layers)


@contextmanager
def _started_build(
    client: docker.DockerClient,
    context: IO[bytes],
    tag: str,
    base_id: str,
    labels: Mapping[str, str],
) -> Iterator[Iterator[dict[str, Any]]]:
    try:
        with _responses(client) as responses:
            yield client.api.build(
                fileobj=context,
                custom_context=True,
                tag=tag,
                buildargs={"BASE": base_id},
                labels=dict(labels),
                rm=True,
                forcerm=True,
                pull=False,
                decode=True,
                timeout=BUILD_TIMEOUT_S,
            )
    except APIError as error:
        raise _failed([str(error.explanation or error)]) from error
    finally:
        # Docker goes on building until the connection is closed; a closed iterator is not enough.
        for response in responses:
            response.close()


@contextmanager
def _responses(client: docker.DockerClient) -> Iterator[list[requests.Response]]:
    """Collects the answers to this thread's requests, which the SDK keeps to itself."""
    found: list[requests.Response] = []
    thread = threading.get_ident()

    def keep(response: requests.Response, **_: object) -> None:
        if threading.get_ident() == thread:
            found.append(response)

    client.api.hooks["response"].append(keep)
    try:
        yield found
    finally:
        client.api.hooks["response"].remove(keep)


class _Watched:
    """Follows a build's progress and remembers which layers it made."""

    def __init__(self, on_line: OnLine) -> None:
        self._on_line = on_line
        self._last: deque[str] = deque(maxlen=30)
        self.new_layers: list[str] = []

    def follow(self, stream: Iterator[dict[str, Any]]) -> None:
        """Returns when the build succeeded; raises StepFailed with its last lines otherwise."""
        for message in stream:
            for line in str(message.get("stream", "")).splitlines():
                self._see(line)
            if "error" in message:
                self._see(str(message["error"]))
                raise _failed(self._last)

    def _see(self, line: str) -> None:
        if not line.strip():
            return
        is_cached = bool(self._last) and self._last[-1] == " ---> Using cache"
        if (layer := NEW_LAYER.match(line)) and not is_cached:
            self.new_layers.append(layer[1])
        self._last.append(line)
        self._on_line(line.strip())


def _failed(lines: Sequence[str] | deque[str]) -> StepFailed:
    return StepFailed(
        "Citra rilis gagal dibangun.",
        hint="Baca baris terakhir di catatan; rilis lain tidak terpengaruh.",
        log_tail="\n".join(lines),
    )


def _forget(client: docker.DockerClient, layers: Sequence[str]) -> None:
    """None of the untagged layers that this very build made is left, nor what it made of them."""
    for layer in _left_of(client, layers):
        try:
            client.images.remove(layer)
        except (ImageNotFound, APIError):
            continue  # gone with its child, or used by another build: not ours to remove


def _left_of(client: docker.DockerClient, layers: Sequence[str]) -> list[str]:
    """Full ids of these layers and their untagged children that exist, youngest first."""
    images = client.api.images(all=True)
    ours = {one["Id"] for one in images if one["Id"][7:19] in layers}
    for one in sorted(images, key=lambda image: image["Created"]):
        if one["ParentId"] in ours or one["ParentId"][7:19] in layers:
            ours.add(one["Id"])
    named = {one["Id"] for one in images if set(one["RepoTags"] or ()) - {"<none>:<none>"}}
    youngest_first = sorted(images, key=lambda image: -image["Created"])
    return [one["Id"] for one in youngest_first if one["Id"] in ours - named]
