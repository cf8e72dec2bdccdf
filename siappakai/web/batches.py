"""Acts two and three of onboarding: the checked rows, saving them, the plan, and starting it."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from siappakai.errors import InvalidInput, NotFound, Refused, SiapPakaiError
from siappakai.intake.save import save_batch, wrong_rows_file
from siappakai.models import BatchState, db
from siappakai.provision.planner import InstallPlan
from siappakai.provision.retry import cancel_queued, retry_failed
from siappakai.provision.start import plan_batch, start_batch
from siappakai.web import queries_batches as queries
from siappakai.web.formatting import number
from siappakai.web.paging import read_paging
from siappakai.web.plan_lines import plan_parts
from siappakai.web.queries_groups import combined_groups, village_counts
from siappakai.web.start_choice import ChoiceForm, read_form
from siappakai.web.villages import SHEET

pages = Blueprint("batches", __name__)


@pages.get("/batch")
def show_batches() -> ResponseReturnValue:
    return render_template(
        "pages/batches.html", page=queries.recent_batches(*read_paging(request.args))
    )


@pages.get("/batch/<int:batch_id>/periksa")
def show_check(batch_id: int) -> ResponseReturnValue:
    batch, counts = queries.get_batch(batch_id), queries.row_counts(batch_id)
    status = request.args.get("status", "")
    of_status = {
        "salah": counts.wrong,
        "baru": counts.new,
        "berubah": counts.changed,
        "sama": counts.same,
    }
    total = of_status.get(status, counts.total)
    page = queries.checked_rows(batch_id, status, *read_paging(request.args, 50), total)
    return render_template(
        "pages/batch_check.html",
        batch=batch,
        counts=counts,
        of_status=of_status,
        status=status if status in of_status else "",
        page=page,
        statuses=queries.ROW_STATUSES,
        is_saved=batch.state != BatchState.CHECKED,
    )


@pages.post("/batch/<int:batch_id>/simpan")
def save(batch_id: int) -> ResponseReturnValue:
    queries.get_batch(batch_id)
    done = save_batch(batch_id, by=current_user.username)
    flash(
        f"Disimpan: {number(done.added)} baru, {number(done.changed)} berubah, "
        f"{number(done.same)} sama. Yang salah tidak disimpan: {number(done.wrong)}.",
        "success",
    )
    return redirect(url_for("batches.show_plan", batch_id=batch_id), code=303)


@pages.get("/batch/<int:batch_id>/salah.xlsx")
def give_wrong_rows(batch_id: int) -> ResponseReturnValue:
    queries.get_batch(batch_id)
    return Response(
        wrong_rows_file(batch_id),
        content_type=SHEET,
        headers={"Content-Disposition": f"attachment; filename=baris-salah-{batch_id}.xlsx"},
    )


@pages.get("/batch/<int:batch_id>/pasang")
def show_plan(batch_id: int) -> ResponseReturnValue:
    batch = queries.get_batch(batch_id)
    if batch.state == BatchState.CHECKED:
        return redirect(url_for("batches.show_check", batch_id=batch_id), code=303)
    return _plan_page(batch_id, read_form({}))


@pages.route("/batch/<int:batch_id>/rencana", methods=["GET", "POST"])
def recalculate(batch_id: int) -> ResponseReturnValue:
    """The plan for what is chosen in the form now; nothing is changed."""
    batch = queries.get_batch(batch_id)
    if request.method == "GET" or batch.state != BatchState.SAVED:
        return redirect(url_for("batches.show_plan", batch_id=batch_id), code=303)
    return _plan_page(batch_id, read_form(request.form))


@pages.post("/batch/<int:batch_id>/pasang")
def start(batch_id: int) -> ResponseReturnValue:
    """Queue it; what is wrong is told on the same page with what was chosen and typed."""
    queries.get_batch(batch_id)
    form = read_form(request.form)
    try:
        result = start_batch(batch_id, choice=form.choice(), by=current_user.username)
    except (InvalidInput, NotFound, Refused) as problem:
        db.session.rollback()
        return _plan_page(batch_id, form, problem), problem.http_status
    if result.already_started:
        flash("Pemasangan ini sudah dimulai sebelumnya; tidak ada yang dimulai dua kali.", "info")
    else:
        flash(f"{number(result.started)} aplikasi mulai dipasang.", "success")
    return redirect(url_for("batch_live.show_batch", batch_id=batch_id), code=303)


def _plan_page(batch_id: int, form: ChoiceForm, problem: SiapPakaiError | None = None) -> str:
    """The plan page; a choice that can't be planned is told there instead of a plan."""
    plan, trouble = InstallPlan(()), None
    try:
        plan = plan_batch(batch_id, form.choice_to_plan() if form.offers else None)
    except (InvalidInput, NotFound, Refused) as found:
        trouble = found
    parts = plan_parts(plan)
    each_s = queries.seconds_per_install()
    workers = current_app.extensions["siappakai_settings"].worker_count
    return render_template(
        "pages/batch_plan.html",
        batch=queries.get_batch(batch_id),
        form=form,
        parts=parts,
        groups=combined_groups(),
        in_groups=village_counts(),
        problem=problem,
        trouble=trouble,
        estimate_s=each_s * plan.install_count / workers if each_s else None,
    )


@pages.post("/batch/<int:batch_id>/coba-lagi")
def retry_all(batch_id: int) -> ResponseReturnValue:
    queries.get_batch(batch_id)
    count = retry_failed(batch_id, by=current_user.username)
    flash(f"{number(count)} aplikasi dicoba lagi.", "success")
    return redirect(url_for("batch_live.show_batch", batch_id=batch_id), code=303)


@pages.post("/batch/<int:batch_id>/batalkan")
def cancel(batch_id: int) -> ResponseReturnValue:
    queries.get_batch(batch_id)
    count = cancel_queued(batch_id, by=current_user.username)
    flash(
        f"{number(count)} yang masih menunggu dibatalkan; yang sedang berjalan selesai dulu.",
        "info",
    )
    return redirect(url_for("batch_live.show_batch", batch_id=batch_id), code=303)
