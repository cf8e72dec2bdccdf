"""A village's receipt of a rollout: the page, its PDF, its two pictures."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from siappakai.errors import NotFound
from siappakai.models import Instance, RolloutItem, db
from siappakai.rollout.letter import letter_of
from siappakai.rollout.receipt import Receipt
from siappakai.rollout.receipts import receipt_for, zone
from siappakai.rollout.report_pdf import village_pdf
from siappakai.web import queries_rollouts as queries

pages = Blueprint("receipts", __name__)
PLACE = "/peluncuran/<int:rollout_id>/desa/<int:instance_id>"
MOST_PICTURE_BYTES = 5_000_000
NO_PICTURE = "Gambar itu tidak ada."


@pages.get(PLACE)
def show(rollout_id: int, instance_id: int) -> ResponseReturnValue:
    rollout = queries.get_rollout(rollout_id)
    item, receipt = _receipt(rollout_id, instance_id)
    pictures = {
        when: url_for(".give_picture", rollout_id=rollout_id, instance_id=instance_id, when=when)
        for when, path in _pictures(receipt).items()
        if path is not None
    }
    return render_template(
        "pages/rollouts/receipt.html",
        rollout=rollout,
        item=item,
        instance=db.session.get_one(Instance, instance_id),
        letter=letter_of(receipt, zone()),
        pictures=pictures,
        pdf=url_for(".give_pdf", rollout_id=rollout_id, instance_id=instance_id),
    )


@pages.get(PLACE + "/surat.pdf")
def give_pdf(rollout_id: int, instance_id: int) -> ResponseReturnValue:
    _, receipt = _receipt(rollout_id, instance_id)
    name = f"surat-pembaruan-{rollout_id}-{receipt.village_code}.pdf"
    return Response(
        village_pdf(receipt, zone=zone()),
        content_type="application/pdf",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


@pages.get(PLACE + "/<any(sebelum, sesudah):when>.jpg")
def give_picture(rollout_id: int, instance_id: int, when: str) -> ResponseReturnValue:
    """The picture of just this village's update; rows say where it lies, never the address."""
    _, receipt = _receipt(rollout_id, instance_id)
    path = _pictures(receipt)[when]
    if path is None:
        raise NotFound(NO_PICTURE)
    root = db.session.get_one(Instance, instance_id).server.root
    return Response(read_picture(path, root), content_type="image/jpeg")


def _receipt(rollout_id: int, instance_id: int) -> tuple[RolloutItem, Receipt]:
    item = queries.item_of(rollout_id, instance_id)
    return item, receipt_for(item, instance_id)


def _pictures(receipt: Receipt) -> dict[str, Path | None]:
    return {"sebelum": receipt.picture_before, "sesudah": receipt.picture_after}


def read_picture(path: Path, root: Path) -> bytes:
    """The bytes of a JPEG in the server's picture folder; a link, or a file elsewhere, is none."""
    if not path.resolve().is_relative_to((root / "gambar").resolve()):
        raise NotFound(NO_PICTURE)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise NotFound(NO_PICTURE) from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotFound(NO_PICTURE)
        content = stream.read(MOST_PICTURE_BYTES + 1)
    if len(content) > MOST_PICTURE_BYTES or not content.startswith(b"\xff\xd8"):
        raise NotFound(NO_PICTURE)
    return content
