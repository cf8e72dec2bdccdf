"""The panel for browser tests: plain http on loopback, so the cookie may travel without TLS."""

from __future__ import annotations

from siappakai import create_app

app = create_app()
app.config["SESSION_COOKIE_SECURE"] = False
app.config["LIVE_EVERY_S"] = 0.2
