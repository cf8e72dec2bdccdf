"""Touch: pictures of pages behind a unix socket, by a browser that reaches nothing else.

Chromium asks us for every address (CDP domain Fetch); we ask the socket as the edge would, so no
network is needed and none can be reached. What moves by itself is held still: equal pages give
equal pictures to the last pixel.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.browser import Browser
from siappakai.provision.http_probe import RawAnswer, fetch_over_socket
from siappakai.provision.preview_pages import Screen
from siappakai.provision.preview_still import MAKE_READY, MEASURE, hold_still, pass_time

Json = dict[str, Any]

MOST_HEIGHT = 3000
MOST_ANSWER_BYTES = 24 << 20
PAGE_S = 40.0
ANSWER_S = 20.0
SLICES, SLICE_MS = 4, 1000  # how long the page's own clock runs before its picture
REST_S = 4.0  # at most for each slice
QUIET_S = 0.08  # nothing asked for so long: the page has what it wanted
BLANK = "/.siappakai/kosong"
_DROPPED = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
    | {"strict-transport-security", "alt-svc", "nel", "report-to", "upgrade", "trailer"}
)
_EMPTY_PAGE = b"<!doctype html><title>galat</title>"  # Chromium opens no error without a body
_KEPT_TYPES = ("text/css", "image/", "font/", "application/javascript", "text/javascript")


PHONE_AGENT = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
DESK_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class Site:
    """What answers at `socket`: visitors know it as https://`host`, below `web_path`.

    `clock` (seconds since 1970) is what its pages' own clocks show.
    """

    socket: Path
    host: str
    clock: float
    web_path: str = "/"

    @property
    def origin(self) -> str:
        return f"https://{self.host}"

    def serves(self, path: str) -> bool:
        below = self.web_path.rstrip("/")
        return not below or path == below or path.startswith((f"{below}/", f"{below}?"))


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: its PNG, the status of its document, and what it asked for in vain.

    `outside` are other servers' names, `refused` how often it wanted to send something, `missing`
    the paths that were not there.
    """

    png: bytes
    status: int
    outside: tuple[str, ...] = ()
    refused: int = 0
    missing: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(slots=True)
class _Visit:
    """What is seen while one page is open."""

    path: str
    status: int = 0
    is_loaded: bool = False
    outside: set[str] = field(default_factory=set)
    refused: int = 0
    missing: set[str] = field(default_factory=set)


class SocketTab:
    """A tab for one site; its cookies stay from page to page, as a visitor's would."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self._session = ""
        self._target = ""
        self._visit = _Visit("")
        self._kept: dict[str, RawAnswer] = {}

    def forget(self) -> None:
        """Files seen before are asked for again: the site has changed."""
        self._kept.clear()

    def close(self) -> None:
        """The tab is gone, whatever it is busy with; the next picture opens another."""
        if self._target:
            self.browser.send("Target.closeTarget", {"targetId": self._target})
        self._session = self._target = ""

    def picture(self, path: str, screen: Screen, *, is_whole: bool = False) -> Shot:
        """The page as that screen shows it; `is_whole`: all of it, to MOST_HEIGHT pixels.

        StepFailed when it does not open, Unavailable when the site or the browser does not answer
        in time.
        """
        started = time.monotonic()
        ends = started + PAGE_S
        try:
            if not self._session:
                self._open(ends)
            self._dress(screen, ends)
            self._go(BLANK, ends)
            visit = self._go(path, ends)
            for _ in range(SLICES):
                self._run(pass_time(SLICE_MS), ends)
                self._rest(ends)
            png = self._shoot(screen, ends, is_whole=is_whole)
        except (StepFailed, Unavailable):
            self.close()
            raise
        return Shot(
            png,
            visit.status,
            tuple(sorted(visit.outside)),
            visit.refused,
            tuple(sorted(visit.missing)),
            round(time.monotonic() - started, 3),
        )

    # --- the tab

    def _open(self, ends: float) -> None:
        wanted = {"url": "about:blank"}
        self._target = self.browser.call("Target.createTarget", wanted, deadline=ends)["targetId"]
        found = {"targetId": self._target, "flatten": True}
        answer = self.browser.call("Target.attachToTarget", found, deadline=ends)
        self._session = answer["sessionId"]
        for method, params in (
            ("Page.enable", None),
            ("Network.enable", None),
            ("Network.setBypassServiceWorker", {"bypass": True}),
            ("Network.setCacheDisabled", {"cacheDisabled": True}),
            ("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}),
            ("Page.addScriptToEvaluateOnNewDocument", {"source": hold_still(self.site.clock)}),
            ("Page.setDownloadBehavior", {"behavior": "deny"}),
        ):
            self._call(method, params, ends)

    def _dress(self, screen: Screen, ends: float) -> None:
        size = {"width": screen.width, "height": screen.height, "deviceScaleFactor": 1}
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        agent = PHONE_AGENT if screen.is_mobile else DESK_AGENT
        for method, params in (
            ("Emulation.setDeviceMetricsOverride", {**size, "mobile": screen.is_mobile}),
            ("Emulation.setTouchEmulationEnabled", {"enabled": screen.is_mobile}),
            ("Emulation.setEmulatedMedia", {"features": still}),
            ("Emulation.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": "id"}),
        ):
            self._call(method, params, ends)

    def _go(self, path: str, ends: float) -> _Visit:
        visit = self._visit = _Visit(path)
        url = {"url": self.site.origin + path}
        sent = self.browser.send("Page.navigate", url, session=self._session)
        while not visit.is_loaded:
            message = self.browser.read(ends)
            if message.get("id") == sent:
                _refuse_failed(message, path)
            self._take(message)
        return visit

    def _rest(self, ends: float) -> None:
        """What the page asks for is answered, until it asks for nothing more."""
        until = min(ends, time.monotonic() + REST_S)
        while time.monotonic() < until:
            message = self.browser.read_or_none(min(until, time.monotonic() + QUIET_S))
            if message is None:
                return
            self._take(message)

    def _shoot(self, screen: Screen, ends: float, *, is_whole: bool) -> bytes:
        self._run(MAKE_READY, ends)
        self._rest(ends)
        height = screen.height
        if is_whole:
            height = min(MOST_HEIGHT, max(height, int(self._run(MEASURE, ends) or 0)))
        clip = {"x": 0, "y": 0, "width": screen.width, "height": height, "scale": 1}
        wanted = {"format": "png", "clip": clip, "captureBeyondViewport": is_whole}
        return base64.b64decode(self._call("Page.captureScreenshot", wanted, ends)["data"])

    def _run(self, script: str, ends: float) -> Any:
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True}
        return self._call("Runtime.evaluate", wanted, ends).get("result", {}).get("value")

    def _call(self, method: str, params: Json | None, ends: float) -> Json:
        """The command's result; what the page asks for meanwhile is answered."""
        sent = self.browser.send(method, params, session=self._session)
        while True:
            message = self.browser.read(ends)
            if message.get("id") == sent:
                if "error" in message:
                    raise Unavailable(f"Peramban menolak {method}: {message['error']['message']}.")
                return message["result"]
            self._take(message)

    # --- what the page asks for

    def _take(self, message: Json) -> None:
        if message.get("sessionId") != self._session:
            return
        params = message.get("params", {})
        match message.get("method"):
            case "Fetch.requestPaused":
                self._answer(params)
            case "Page.loadEventFired":
                self._visit.is_loaded = self._visit.status > 0
            case "Page.javascriptDialogOpening":
                self._send("Page.handleJavaScriptDialog", {"accept": False})

    def _send(self, method: str, params: Json) -> None:
        self.browser.send(method, params, session=self._session)

    def _answer(self, asked: Json) -> None:
        request, visit = asked["request"], self._visit
        url = urlsplit(request["url"])
        path = url.path + (f"?{url.query}" if url.query else "")
        if url.netloc != self.site.host or url.scheme not in ("https", "http"):
            visit.outside.add(url.hostname or url.scheme)
            self._fail(asked, "NameNotResolved")
        elif request["method"] not in ("GET", "HEAD"):
            visit.refused += 1
            self._fail(asked, "BlockedByClient")
        elif path == BLANK:
            self._fulfil(asked, RawAnswer(200, (("Content-Type", "text/html"),), b"", True))
        elif not self.site.serves(path):
            visit.missing.add(path)
            self._fail(asked, "ConnectionRefused")
        else:
            self._pass_on(asked, path)

    def _pass_on(self, asked: Json, path: str) -> None:
        is_document = asked.get("resourceType") == "Document"
        try:
            answer = self._kept.get(path) or self._ask(asked["request"], path)
        except Unavailable:
            if is_document and not self._visit.status:
                raise
            self._visit.missing.add(path)
            self._fail(asked, "ConnectionFailed")
            return
        if answer.status >= 400 and not is_document:
            self._visit.missing.add(path)
        self._fulfil(asked, answer)

    def _ask(self, request: Json, path: str) -> RawAnswer:
        own = {"Host", "Accept-Encoding", "Upgrade-Insecure-Requests"}
        sent = {name: text for name, text in request["headers"].items() if name not in own}
        host = self.site.host
        sent |= {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "https"}
        sent["X-Forwarded-For"] = "127.0.0.1"
        answer = fetch_over_socket(
            self.site.socket,
            path,
            headers=sent,
            most_bytes=MOST_ANSWER_BYTES,
            timeout_s=ANSWER_S,
        )
        kind = "".join(answer.all_of("content-type")).lower()
        if answer.status == 200 and kind.startswith(_KEPT_TYPES):
            self._kept[path] = answer
        return answer

    def _fulfil(self, asked: Json, answer: RawAnswer) -> None:
        is_document = asked.get("resourceType") == "Document"
        if is_document and not 300 <= answer.status < 400:
            self._visit.status = self._visit.status or answer.status
        headers = [
            {"name": name, "value": value}
            for name, value in answer.headers
            if name.lower() not in _DROPPED
        ]
        body = b"" if asked["request"]["method"] == "HEAD" else answer.body
        if is_document and answer.status >= 400 and not body:
            body, headers = _EMPTY_PAGE, [{"name": "Content-Type", "value": "text/html"}]
        self._send(
            "Fetch.fulfillRequest",
            {
                "requestId": asked["requestId"],
                "responseCode": answer.status,
                "responseHeaders": headers,
                "body": base64.b64encode(body).decode(),
            },
        )

    def _fail(self, asked: Json, reason: str) -> None:
        self._send("Fetch.failRequest", {"requestId": asked["requestId"], "errorReason": reason})


def _refuse_failed(answer: Json, path: str) -> None:
    result = answer.get("result", {})
    if failed := answer.get("error", {}).get("message") or result.get("errorText"):
        raise StepFailed(f"Halaman {path} tidak terbuka ({failed}).")
