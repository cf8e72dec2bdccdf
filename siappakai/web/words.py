"""`kata` in every template: the regency's own words for village, district and their heads."""

from __future__ import annotations

from flask import Flask, g

from siappakai.local_words import words_of_regency
from siappakai.models import read_setting
from siappakai.regions.words import LocalWords


def prepare(app: Flask) -> None:
    """Let templates read `kata.village`, `kata.district` …"""
    app.context_processor(lambda: {"kata": local_words()})


def local_words() -> LocalWords:
    """The words of the chosen regency with the admin's changes; read once per request."""
    if "local_words" not in g:
        g.local_words = words_of_regency(read_setting("regency_code") or "")
    return g.local_words
