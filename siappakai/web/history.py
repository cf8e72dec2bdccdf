"""Riwayat: every event, newest first; older ones by the id the last page ended with."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from siappakai.models import Event, db
from siappakai.web.event_words import describe_event, field_word, subject_words

pages = Blueprint("history", __name__)
SHOWN = 50


@pages.get("/riwayat")
def show_history() -> ResponseReturnValue:
    before = request.args.get("sebelum", "")
    subject = request.args.get("tentang", "")[:64]
    query = select(Event).order_by(Event.id.desc()).limit(SHOWN + 1)
    if before.isascii() and before.isdigit() and len(before) < 16:
        query = query.where(Event.id < int(before))
    if subject:
        query = query.where(Event.subject == subject)
    found = list(db.session.scalars(query))
    return render_template(
        "pages/history.html",
        events=found[:SHOWN],
        has_more=len(found) > SHOWN,
        subject=subject,
        describe=describe_event,
        field_word=field_word,
        subject_words=subject_words,
    )
