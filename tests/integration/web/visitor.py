"""A browser without a screen, and the settings of the panel it visits."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.integration.web import fleet_rows

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def environment(home: Path) -> dict[str, str]:
    return {
        "SIAPPAKAI_SESSION_KEY": "kunci-sesi-uji",
        "SIAPPAKAI_VAULT_KEY": base64.urlsafe_b64encode(b"v" * 32).decode(),
        "SIAPPAKAI_REDIS_URL": f"unix://{home}/tidak-ada.sock",
        "SIAPPAKAI_HOME": str(home),
        "SIAPPAKAI_DATA_ROOT": str(home / "srv"),
        "SIAPPAKAI_WORKERS": "2",
    }


class Visitor:
    """Keeps cookies, sends the form token of the last page."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._seen(self.client.get(path, **more))

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self._seen(
            self.client.post(path, data={"csrf_token": self.token} | (data or {}), **more)
        )

    def log_in(self, username: str, password: str = fleet_rows.PASSWORD) -> TestResponse:
        self.get("/masuk")
        answer = self.post("/masuk", {"username": username, "password": password})
        if answer.status_code == 303:
            self.get(answer.location, follow_redirects=True)
        return answer

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer
