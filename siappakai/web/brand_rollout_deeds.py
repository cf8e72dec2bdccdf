"""What a person does with an application of a look: pause, go on, stop, try again, bring back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, Refused, SiapPakaiError
from siappakai.models import RolloutItem, db
from siappakai.rollout import acts
from siappakai.rollout.freeze import approve as approve_plan
from siappakai.rollout.gate import missing_on_servers
from siappakai.web import queries_rollouts as queries
from siappakai.web.errors import for_admins
from siappakai.web.formatting import number
from siappakai.web.queries_brand_rollouts import get_brand_rollout
from siappakai.web.rollout_deeds import WHOLE, tell_again

pages = Blueprint("rollout_deeds", __name__)
PLACE = "/wajah/penerapan/<int:rollout_id>"
ITEM = PLACE + "/bagian/<int:item_id>"
NAMES_SHOWN = 24
SAID = {
    "luncurkan": "Penerapan dimulai.",
    "jeda": "Dijeda. Yang sedang berjalan diselesaikan; tidak ada yang mulai lagi.",
    "lanjut": "Dilanjutkan.",
    "batalkan": "Rencana dibatalkan. Tidak ada yang berubah.",
}


@pages.post(PLACE + "/setujui")
def approve(rollout_id: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    by, sha256 = current_user.username, request.form.get("sidik", "")
    approve_plan(rollout_id, sha256, by=by, gate=missing_on_servers)
    acts.launch(rollout_id, by=by)
    flash("Disetujui dan dimulai.", "success")
    return _home(rollout_id)


@pages.post(PLACE + "/luncurkan", defaults={"word": "luncurkan"})
@pages.post(PLACE + "/jeda", defaults={"word": "jeda"})
@pages.post(PLACE + "/lanjut", defaults={"word": "lanjut"})
@pages.post(PLACE + "/batalkan", defaults={"word": "batalkan"})
def act(rollout_id: int, word: str) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    do, _ = WHOLE[word]
    do(rollout_id, by=current_user.username)
    flash(SAID[word], "success")
    return _home(rollout_id)


@pages.post(PLACE + "/coba-lagi")
def retry_failed(rollout_id: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    tell_again(*acts.retry_failed(rollout_id, by=current_user.username))
    return _home(rollout_id)


@pages.post(PLACE + "/gelombang/<int:wave>/mulai")
def confirm_wave(rollout_id: int, wave: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    acts.refuse_early(rollout_id, wave)
    acts.confirm_wave(rollout_id, wave, by=current_user.username)
    flash(f"Gelombang {wave} boleh mulai.", "success")
    return _home(rollout_id)


@pages.post(ITEM + "/coba-lagi")
def retry(rollout_id: int, item_id: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    name = queries.get_item(rollout_id, item_id).instance.home.name
    flash(f"{name} {acts.retry(item_id, by=current_user.username)}", "success")
    return _home(rollout_id)


@pages.post(ITEM + "/batal-kembali")
def cancel_return(rollout_id: int, item_id: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    name = queries.get_item(rollout_id, item_id).instance.home.name
    acts.cancel_return(item_id, by=current_user.username)
    flash(f"{name} tidak jadi dikembalikan.", "success")
    return _home(rollout_id)


# --- stop, and the way back


@pages.get(PLACE + "/hentikan")
def ask_stop(rollout_id: int) -> ResponseReturnValue:
    for_admins()
    return _stop_page(rollout_id)


@pages.post(PLACE + "/hentikan")
def stop(rollout_id: int) -> ResponseReturnValue:
    get_brand_rollout(rollout_id)
    try:
        acts.stop(rollout_id, reason=request.form.get("alasan", ""), by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _stop_page(rollout_id, problem), problem.http_status
    flash("Dihentikan untuk seterusnya. Yang sudah berganti tetap memakai wajah baru.", "success")
    return _home(rollout_id)


def _stop_page(rollout_id: int, problem: SiapPakaiError | None = None) -> str:
    return render_template(
        "pages/brand/rollout_stop.html",
        rollout=get_brand_rollout(rollout_id),
        total=queries.tallies(rollout_id)[0],
        told=request.form.get("alasan", ""),
        problem=problem,
    )


@pages.get(PLACE + "/kembalikan")
def ask_return(rollout_id: int) -> ResponseReturnValue:
    for_admins()
    return _return_page(rollout_id)


@pages.post(PLACE + "/kembalikan")
def bring_back(rollout_id: int) -> ResponseReturnValue:
    """Those that the page named wear again what they wore before this."""
    items = _returnable(rollout_id)
    try:
        if request.form.get("tampak", "") != _seen(items):
            raise Refused(
                "Keadaannya berubah sejak halaman ini dibuka; belum ada yang dikembalikan.",
                hint="Inilah yang dapat dikembalikan sekarang. Periksa, lalu tekan lagi.",
            )
        ids = [each.id for each in items]
        count = acts.return_items(rollout_id, ids, by=current_user.username)
    except (InvalidInput, Refused) as problem:
        db.session.rollback()
        return _return_page(rollout_id, problem), problem.http_status
    flash(f"{number(count)} aplikasi sedang dikembalikan ke wajah sebelumnya.", "success")
    return _home(rollout_id)


def _return_page(rollout_id: int, problem: SiapPakaiError | None = None) -> str:
    items = _returnable(rollout_id)
    return render_template(
        "pages/brand/rollout_return.html",
        rollout=get_brand_rollout(rollout_id),
        items=items,
        item_id=request.values.get("bagian", ""),
        seen=_seen(items),
        shown=NAMES_SHOWN,
        problem=problem,
    )


def _returnable(rollout_id: int) -> list[RolloutItem]:
    get_brand_rollout(rollout_id)
    text = request.values.get("bagian", "")
    item_id = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return queries.returnable_items(rollout_id, None, item_id if text else None)


def _seen(items: Sequence[RolloutItem]) -> str:
    return hashlib.sha256(",".join(str(each.id) for each in items).encode()).hexdigest()[:16]


def _home(rollout_id: int) -> ResponseReturnValue:
    return redirect(url_for("brand.rollouts.show", rollout_id=rollout_id), code=303)
