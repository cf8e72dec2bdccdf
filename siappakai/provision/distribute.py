"""Touch: a release's image is on every server that will need it, its digest proven there.

The truth is each server's own engine; the event log only remembers when it was brought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from docker.errors import DockerException
from flask import current_app
from requests.exceptions import RequestException
from sqlalchemy import select

from siappakai.config import Settings
from siappakai.errors import NotFound, Refused, SiapPakaiError, Unavailable
from siappakai.models import Release, Server, append_event, db, transaction
from siappakai.provision.delivery import Delivery, Image, OnLine, Presence, Target, deliver, look
from siappakai.provision.image_archive import archive_in_use, export_image, forget_archive
from siappakai.provision.server_address import ServerAddress
from siappakai.provision.server_reach import address_of, engine_at

PLAYBOOK = "distribute_release.yml"


def distribute_release(
    release_id: int, server_ids: Sequence[int], *, by: str, on_line: OnLine
) -> list[Presence]:
    """The release's image is on these servers, brought there where it was missing; a result each.

    A server that fails never stops the others and is told in its result. Some servers at a time;
    `on_line` is called in this thread, and what it raises ends all plays. Safe to repeat.
    """
    image, targets = _image(release_id), _targets(server_ids)
    settings: Settings = current_app.extensions["siappakai_settings"]
    folder = settings.home / "kiriman"
    with archive_in_use(folder, image.digest):
        image = _with_archive(image, targets, folder, on_line)
        delivery = Delivery(settings.playbooks_dir / PLAYBOOK, folder, image, Event())
        results = deliver(delivery, targets, on_line)
    _remember(results, image, by)
    if image.archive is not None and all(each.is_present for each in results):
        forget_archive(image.archive)
    return results


def presence(server: Server) -> frozenset[str]:
    """Digests of all images on the server's engine, asked now; Unavailable when it is silent."""
    with engine_at(address_of(server), server.docker_url, server.fleet) as engine:
        try:
            return frozenset(engine.client.api.images(quiet=True, all=True))
        except (RequestException, DockerException) as error:
            raise Unavailable(
                f"Mesin Docker server {server.name} tidak menjawab.",
                hint="Periksa server itu, lalu coba lagi.",
                log_tail=str(error)[-2000:],
            ) from error


def is_distributed(release: Release, server: Server) -> bool:
    """Whether the server's engine has the release's image now; Unavailable when it is silent."""
    return bool(release.digest) and _target(server).ask(release.digest)


def missing_images(release_id: int, server_ids: Sequence[int]) -> list[Presence]:
    """The servers on which the image is not proven, each with a sentence: none, and a plan may go.

    Asks every server's engine; one that does not answer counts as missing.
    """
    image = _image(release_id)
    return [found for each in _targets(server_ids) if not (found := look(each, image)).is_present]


def _image(release_id: int) -> Image:
    release = db.session.get(Release, release_id)
    if release is None:
        raise NotFound(f"Rilis {release_id} tidak ada.")
    label = f"{release.product} {release.version} ({release.edition})"
    if not release.digest:
        raise Refused(f"Rilis {label} belum dibangun.", hint="Bangun dahulu citranya.")
    return Image(label, release.digest, release.image_tag)


def _targets(server_ids: Sequence[int]) -> list[Target]:
    found = [_target(db.session.get_one(Server, each)) for each in dict.fromkeys(server_ids)]
    db.session.rollback()
    return found


def _target(server: Server) -> Target:
    known = (server.id, server.name, server.docker_url, server.fleet, server.data_root)
    try:
        return Target(*known, address_of(server))
    except SiapPakaiError as error:
        return Target(*known, None, error)


def _with_archive(image: Image, targets: Sequence[Target], folder: Path, on_line: OnLine) -> Image:
    """The image with its archive, if any server elsewhere is not known to have it."""
    away = [each for each in targets if each.address and not each.address.is_local]
    if all(look(each, image).is_present for each in away):
        return image
    on_line(f"Menyiapkan arsip citra {image.label}")
    home = db.session.scalars(select(Server).filter_by(connection="local")).first()
    if home is None:
        raise Refused("Server panel belum disiapkan.", hint="Jalankan: siappakai server siapkan")
    source = _target(home)
    db.session.rollback()
    with engine_at(ServerAddress(source.name), source.docker_url, source.fleet) as engine:
        archive = export_image(engine, image.digest, folder)
    on_line(f"Arsip siap: {archive.size_bytes // 1_000_000} MB")
    return replace(image, archive=archive)


def _remember(results: Sequence[Presence], image: Image, by: str) -> None:
    with transaction():
        for each in results:
            word = "release_distributed" if each.is_present else "release_not_distributed"
            append_event(
                word,
                f"server:{each.server}",
                by=by,
                release=image.label,
                digest=image.digest,
                brought=each.was_brought,
                reason=each.error,
            )
