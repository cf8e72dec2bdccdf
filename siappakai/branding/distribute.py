"""Touch: theme packages and pictures are on every server that needs them, proven by their sums.

The truth is each server's own disk; the event log only remembers when something was brought.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Event

from flask import current_app

from siappakai.branding.delivery import BrandPresence, Content, Delivery, OnLine, Target, deliver
from siappakai.config import Settings
from siappakai.errors import InvalidInput, NotFound, SiapPakaiError
from siappakai.models import Server, append_event, db, transaction
from siappakai.provision.server_reach import address_of

__all__ = ["BrandPresence", "distribute_brand"]

PLAYBOOK = "distribute_brand.yml"
SHA256 = re.compile(r"[0-9a-f]{64}")
ASSET_NAME = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{1,8})")


def distribute_brand(
    server_ids: Sequence[int],
    theme_sha256s: Iterable[str],
    assets: Mapping[str, Path] | tuple[()],
    on_line: OnLine,
    *,
    by: str = "",
) -> list[BrandPresence]:
    """These themes and pictures are on these servers; a result each, in the order given.

    `assets` is name on the server (`<sha256>.<ext>`) → file on the panel. A server that fails never
    stops the others and is told in its result. Safe to repeat: what is there is only proven.
    """
    settings: Settings = current_app.extensions["siappakai_settings"]
    contents = _contents(settings, theme_sha256s, dict(assets))
    targets = [_target(db.session.get_one(Server, each)) for each in dict.fromkeys(server_ids)]
    db.session.rollback()
    folder = settings.home / "kiriman"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    delivery = Delivery(settings.playbooks_dir / PLAYBOOK, folder, contents, Event())
    results = deliver(delivery, targets, on_line)
    _remember(results, contents, by)
    return results


def _contents(
    settings: Settings, themes: Iterable[str], assets: Mapping[str, Path]
) -> tuple[Content, ...]:
    found = {}
    for sha256 in themes:
        if not SHA256.fullmatch(sha256):
            raise InvalidInput(f"Sidik tema {sha256!r} tidak utuh.")
        found[f"{sha256}.tar"] = settings.home / "tema" / f"{sha256}.tar"
    for name, path in assets.items():
        if not ASSET_NAME.fullmatch(name) or name.endswith(".tar"):
            raise InvalidInput(f"Nama gambar {name!r} bukan sidik dan akhirannya.")
        found[name] = path
    return tuple(_proven(name, path) for name, path in sorted(found.items()))


def _proven(name: str, path: Path) -> Content:
    """The file of the panel, if it is what its name says."""
    try:
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            size = source.tell()
    except OSError as error:
        raise NotFound(
            f"Berkas {name[:12]} tidak ada di panel.", hint="Tambahkan lagi tema atau gambar itu."
        ) from error
    if sha256 != name[:64]:
        raise InvalidInput(
            f"Berkas {name[:12]} di panel berubah isinya.",
            hint="Tambahkan lagi tema atau gambar itu.",
        )
    return Content(name, size, path)


def _target(server: Server) -> Target:
    try:
        return Target(server.id, server.name, server.data_root, address_of(server))
    except SiapPakaiError as error:
        return Target(server.id, server.name, server.data_root, None, error)


def _remember(results: Sequence[BrandPresence], contents: Sequence[Content], by: str) -> None:
    """A line of history for what changed or failed; a server that had all already says nothing."""
    told = [each for each in results if each.was_brought or not each.is_present]
    if not told:
        return
    with transaction():
        for each in told:
            word = "brand_distributed" if each.is_present else "brand_not_distributed"
            append_event(
                word,
                f"server:{each.server}",
                by=by,
                contents=len(contents),
                themes=sum(one.name.endswith(".tar") for one in contents),
                reason=each.error,
            )
