"""The pages: parse, call, answer. Nothing but create_app imports this package."""

from __future__ import annotations

from flask import Flask

from siappakai.web import (
    alive,
    assets,
    auth,
    batch_live,
    batches,
    brand,
    calendar_pages,
    database_groups,
    errors,
    formatting,
    history,
    home,
    instances,
    operations,
    password,
    regions,
    rehearsals,
    releases,
    rollout_words,
    rollouts,
    security,
    servers,
    setup,
    subscriptions,
    themes,
    uploads,
    village_live,
    villages,
    words,
)

NOUNS = (
    *(alive, auth, password, setup, home, villages, village_live, uploads, batches, batch_live),
    *(operations, instances, regions, database_groups, servers, releases, history),
    *(subscriptions, rollouts, rehearsals, calendar_pages, brand, themes),
)


def register_web(app: Flask) -> None:
    """Attach every blueprint, the log-in and the error table to the application."""
    for part in (security, auth, assets, formatting, rollout_words, words, errors):
        part.prepare(app)
    for noun in NOUNS:
        app.register_blueprint(noun.pages)
