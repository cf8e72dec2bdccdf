"""What a person does with a rollout; what can't be undone is asked for on a page of its own."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.models import ItemState, RolloutItem, db
from siappakai.rollout import acts
from siappakai.rollout.freeze import approve as approve_plan
from siappakai.rollout.gate import missing_on_servers
from siappakai.rollout.machine import ITEM_MOVES
from siappakai.rollout.way_back import held_back, is_stuck
from siappakai.tasks.order import order_distribution
from siappakai.web import queries_rollouts as queries
from siappakai.web.auth import own_path
from siappakai.web.errors import for_admins
from siappakai.web.formatting import home_word, number

pages = Blueprint("deeds", __name__)
PLACE = "/peluncuran/<int:rollout_id>"
ITEM = PLACE + "/bagian/<int:item_id>"
NAMES_SHOWN = 12
WHOLE: dict[str, tuple[Callable[..., object], str]] = {
    "luncurkan": (acts.launch, "Peluncuran dimulai."),
    "jeda": (acts.pause, "Dijeda. Yang sedang berjalan diselesaikan; tidak ada yang mulai lagi."),
    "lanjut": (acts.resume, "Dilanjutkan."),
    "batalkan": (acts.discard, "Rencana dibatalkan. Tidak ada yang berubah."),
}


@dataclass(frozen=True, slots=True)
class WayBack:
    """Who would go back; `asked` is what the person types to say so.

    `left` are the names of those that stay, each with the reason.
    """

    items: Sequence[RolloutItem]
    left: Sequence[tuple[str, str]]
    names: Sequence[str]
    versions: Sequence[str]
    asked: str
    is_name: bool

    @property
    def villages(self) -> int:
        return sum(len(each.members) for each in self.items)

    @property
    def seen(self) -> str:
        """Differs when others would go back than the page showed."""
        ids = ",".join(str(each.id) for each in self.items)
        return hashlib.sha256(ids.encode()).hexdigest()[:16]


# --- before it runs


@pages.post(PLACE + "/setujui")
def approve(rollout_id: int) -> ResponseReturnValue:
    sha256 = request.form.get("sidik", "")
    approve_plan(rollout_id, sha256, by=current_user.username, gate=missing_on_servers)
    flash("Disetujui. Tekan Luncurkan bila sudah waktunya.", "success")
    return _home(rollout_id)


@pages.post(PLACE + "/kirim")
def distribute(rollout_id: int) -> ResponseReturnValue:
    """Bring the image to the servers of the plan, and prove it there."""
    release_id = queries.get_rollout(rollout_id).release_id
    order_distribution(release_id, by=current_user.username)
    flash("Citra sedang dikirim dan dibuktikan di tiap server.", "success")
    return _home(rollout_id)


# --- the whole


@pages.post(PLACE + "/luncurkan", defaults={"word": "luncurkan"})
@pages.post(PLACE + "/jeda", defaults={"word": "jeda"})
@pages.post(PLACE + "/lanjut", defaults={"word": "lanjut"})
@pages.post(PLACE + "/batalkan", defaults={"word": "batalkan"})
def act(rollout_id: int, word: str) -> ResponseReturnValue:
    do, said = WHOLE[word]
    do(rollout_id, by=current_user.username)
    flash(said, "success")
    return _home(rollout_id)


@pages.post(PLACE + "/coba-lagi")
def retry_failed(rollout_id: int) -> ResponseReturnValue:
    tell_again(*acts.retry_failed(rollout_id, by=current_user.username))
    return _home(rollout_id)


def tell_again(count: int, again: acts.Again) -> None:
    """How many are tried again, and when; none is no success, and is told with what to do."""
    if count:
        flash(f"{number(count)} {again}", "success")
        return
    flash(
        "Tidak ada yang dicoba lagi: yang gagal masih harus menyelesaikan jalan kembalinya. "
        "Tekan Coba lagi di barisnya.",
        "info",
    )


@pages.post(PLACE + "/gelombang/<int:wave>/mulai")
def confirm_wave(rollout_id: int, wave: int) -> ResponseReturnValue:
    acts.refuse_early(rollout_id, wave)
    acts.confirm_wave(rollout_id, wave, by=current_user.username)
    flash(f"Gelombang {wave} boleh mulai.", "success")
    return _home(rollout_id)


@pages.get(PLACE + "/hentikan")
def ask_stop(rollout_id: int) -> ResponseReturnValue:
    for_admins()
    return _stop_page(rollout_id)


@pages.post(PLACE + "/hentikan")
def stop(rollout_id: int) -> ResponseReturnValue:
    try:
        acts.stop(rollout_id, reason=request.form.get("alasan", ""), by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _stop_page(rollout_id, problem), problem.http_status
    flash("Dihentikan untuk seterusnya. Yang sudah pindah tetap di versi baru.", "success")
    return _home(rollout_id)


def _stop_page(rollout_id: int, problem: SiapPakaiError | None = None) -> str:
    return render_template(
        "pages/rollouts/stop.html",
        rollout=queries.get_rollout(rollout_id),
        total=queries.tallies(rollout_id)[0],
        told=request.form.get("alasan", ""),
        problem=problem,
    )


# --- one unit


@pages.get(ITEM + "/lewati")
def ask_skip(rollout_id: int, item_id: int) -> ResponseReturnValue:
    for_admins()
    return _skip_page(rollout_id, item_id)


@pages.post(ITEM + "/lewati")
def skip(rollout_id: int, item_id: int) -> ResponseReturnValue:
    item = queries.get_item(rollout_id, item_id)
    name = item.instance.home.name
    try:
        acts.skip(item_id, reason=request.form.get("alasan", ""), by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _skip_page(rollout_id, item_id, problem), problem.http_status
    flash(f"{name} dilewati dan tetap di versinya.", "success")
    return _home(rollout_id)


def _skip_page(rollout_id: int, item_id: int, problem: SiapPakaiError | None = None) -> str:
    item = queries.get_item(rollout_id, item_id)
    return render_template(
        "pages/rollouts/skip.html",
        rollout=queries.get_rollout(rollout_id),
        item=item,
        may_skip=ItemState.SKIPPED in ITEM_MOVES[item.state] and not is_stuck(item),
        is_stuck=is_stuck(item),
        told=request.form.get("alasan", ""),
        problem=problem,
        back=_back(rollout_id),
    )


@pages.post(ITEM + "/coba-lagi")
def retry(rollout_id: int, item_id: int) -> ResponseReturnValue:
    name = queries.get_item(rollout_id, item_id).instance.home.name
    flash(f"{name} {acts.retry(item_id, by=current_user.username)}", "success")
    return _home(rollout_id)


@pages.post(ITEM + "/batal-mundur")
def cancel_return(rollout_id: int, item_id: int) -> ResponseReturnValue:
    name = queries.get_item(rollout_id, item_id).instance.home.name
    acts.cancel_return(item_id, by=current_user.username)
    flash(f"{name} tidak jadi mundur dan tetap di versi baru.", "success")
    return _home(rollout_id)


# --- going back


@pages.get(PLACE + "/mundur")
def ask_return(rollout_id: int) -> ResponseReturnValue:
    for_admins()
    return _return_page(rollout_id)


@pages.post(PLACE + "/mundur")
def go_back(rollout_id: int) -> ResponseReturnValue:
    """Only those that the page named go back, and only after the person typed what it asks."""
    word = home_word(queries.get_rollout(rollout_id).product)
    try:
        way = _way_back(rollout_id)
        if request.form.get("tampak") != way.seen:
            raise Refused(
                "Keadaannya berubah sejak halaman ini dibuka; belum ada yang dimundurkan.",
                hint="Inilah yang dapat mundur sekarang. Periksa, lalu ketik lagi.",
            )
        if not is_same(request.form.get("ketik", ""), way.asked):
            what = f"nama {word}nya" if way.is_name else f"jumlah {word}nya"
            raise InvalidInput(
                "Yang Anda ketik tidak cocok; tidak ada yang berubah.",
                hint=f"Ketik {what} persis seperti tertulis: {way.asked}",
            )
        ids = [each.id for each in way.items]
        acts.return_items(rollout_id, ids, by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _return_page(rollout_id, problem), problem.http_status
    said = f"{number(way.villages)} {word} sedang dimundurkan, yang terakhir pindah dahulu."
    flash(said, "success")
    return _home(rollout_id)


def _return_page(rollout_id: int, problem: SiapPakaiError | None = None) -> str:
    rollout = queries.get_rollout(rollout_id)
    wave, item_id = _chosen("gelombang"), _chosen("bagian")
    return render_template(
        "pages/rollouts/return.html",
        rollout=rollout,
        way=_way_back(rollout_id),
        wave=next((each for each in rollout.waves if each.number == wave), None),
        item_id=item_id,
        moving=queries.moving_count(rollout_id, wave, item_id),
        shown=NAMES_SHOWN,
        problem=problem,
        back=_back(rollout_id),
    )


def _way_back(rollout_id: int) -> WayBack:
    queries.get_rollout(rollout_id)
    moved = queries.moved_items(rollout_id, _chosen("gelombang"), _chosen("bagian"))
    held = held_back(rollout_id, [each.instance_id for each in moved])
    items = [each for each in moved if each.instance_id not in held]
    members = queries.member_names(items)
    names = [
        name
        for item in items
        for name in (
            [each[1] for each in members[item.id]]
            if item.id in members
            else [item.instance.home.name]
        )
    ]
    left = [
        (queries.unit_name(item), held[item.instance_id])
        for item in moved
        if item.instance_id in held
    ]
    versions = sorted({each.from_release.version for each in items})
    count = sum(len(each.members) for each in items)
    is_name = count == 1
    return WayBack(items, left, names, versions, names[0] if is_name else str(count), is_name)


def is_same(typed: str, asked: str) -> bool:
    """Whether a person typed what was asked; case, spaces and dots in a number don't matter."""
    return _plain(typed) == _plain(asked)


def _plain(text: str) -> str:
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    digits = folded.replace(".", "")
    return digits if digits.isdigit() else folded


def _chosen(name: str) -> int | None:
    text = request.values.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise NotFound("Bagian peluncuran itu tidak ada.")
    return int(text)


def _back(rollout_id: int) -> str:
    wanted = own_path(request.values.get("kembali", ""))
    return wanted or url_for("rollouts.show", rollout_id=rollout_id)


def _home(rollout_id: int) -> ResponseReturnValue:
    return redirect(_back(rollout_id), code=303)
