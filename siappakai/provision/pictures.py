"""Touch: pictures of villages' public pages through the edge, and how much two of them differ.

A picture is a courtesy of the receipt: when one can't be made the reason is logged and returned,
and nothing else is affected.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image, ImageChops, UnidentifiedImageError

from siappakai.errors import SiapPakaiError, StepFailed, Unavailable
from siappakai.log import get_logger
from siappakai.provision import files
from siappakai.provision.browser import (
    HEIGHT,
    WIDTH,
    Browser,
    BrowserGone,
    Reach,
    find_chromium,
    is_reachable,
    running_browser,
)

log = get_logger(__name__)

BEFORE, AFTER = "sebelum", "sesudah"
MOST_BYTES = 100_000
NOT_INSTALLED = "Chromium belum terpasang di server"
_QUALITIES = (82, 70, 58, 45, 32)
_CONNECT_S = 5.0
_START_S = 15.0
_MOST_VISITS = 4
_SETTLE_S = 1.0  # what fades in has faded in
_NOTICEABLE = 24


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """One page to picture; `ca_file` is the edge's own authority, None for the public ones.

    `reader_gid` is the group that may read the picture (the panel's).
    """

    target: Path
    domain: str
    edge_address: str
    https_port: int
    ca_file: Path | None = None
    path: str = "/"
    at_most_s: float = 15.0
    reader_gid: int = 0

    @property
    def url(self) -> str:
        port = "" if self.https_port == 443 else f":{self.https_port}"
        return f"https://{self.domain}{port}{self.path}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an order: the stored picture, or the reason why there is none."""

    order: PictureOrder
    path: Path | None
    reason: str = ""
    status: int = 0
    seconds: float = 0.0


def picture_path(data_root: Path, instance_key: str, operation_id: int, when: str) -> Path:
    """Where an operation's picture lies; `when` is BEFORE or AFTER."""
    return data_root / "gambar" / instance_key / f"{operation_id}-{when}.jpg"


def picture_of(order: PictureOrder) -> Path | None:
    """The stored picture of one page; None with a logged reason."""
    return take_pictures([order], at_most_s=order.at_most_s + _START_S)[0].path


def take_pictures(orders: Sequence[PictureOrder], *, at_most_s: float) -> list[Taken]:
    """Pictures of many pages by one browser, in the order given; never raises what it expects.

    Those not reached within `at_most_s` are left out with that reason.
    """
    results = _take(orders, time.monotonic() + at_most_s)
    for taken in results:
        if taken.path is None:
            log.warning("picture_not_taken", domain=taken.order.domain, reason=taken.reason)
    return results


def _take(orders: Sequence[PictureOrder], deadline: float) -> list[Taken]:
    chromium = find_chromium()
    if chromium is None:
        return [Taken(order, None, NOT_INSTALLED) for order in orders]
    done: list[Taken] = []
    try:
        reach, refused = _reach_of(orders, deadline)
        with running_browser(chromium, reach) as browser:
            browser.call("Browser.getVersion", None, deadline=_sooner(deadline, _START_S))
            tab = _Tab(browser)
            for order in orders:
                reason = refused.get(order.domain)
                done.append(Taken(order, None, reason) if reason else _one(tab, order, deadline))
    except (SiapPakaiError, OSError, LookupError, ValueError, TypeError) as error:
        reason = _reason_of(error)
        done += [Taken(order, None, reason) for order in orders[len(done) :]]
    return done


def _reason_of(error: Exception) -> str:
    if isinstance(error, SiapPakaiError):
        return error.message[:1].lower() + error.message[1:].rstrip(".")
    if isinstance(error, OSError):
        return f"berkas tidak dapat ditulis ({error.strerror or error})"
    return "jawaban peramban tidak dimengerti"


def _sooner(deadline: float, within_s: float) -> float:
    return min(deadline, time.monotonic() + within_s)


# What the browser may trust: a key that we have checked ourselves.


def _reach_of(orders: Sequence[PictureOrder], deadline: float) -> tuple[Reach, dict[str, str]]:
    """Names and keys for the browser; domains whose certificate did not prove itself, with why."""
    hosts, keys, refused = {}, set(), {}
    for order in orders:
        if not is_reachable(order.domain, order.edge_address):
            refused[order.domain] = "alamat webnya tidak dapat dibuka peramban"
            continue
        hosts[order.domain] = order.edge_address
        if order.ca_file is None or time.monotonic() > deadline:
            continue
        try:
            keys.add(proven_key(order))
        except (OSError, ValueError) as error:
            refused[order.domain] = f"pintu masuk tidak membuktikan dirinya ({error})"[:200]
    return Reach(hosts, frozenset(keys)), refused


def proven_key(order: PictureOrder) -> str:
    """The public key of the edge's certificate for this domain, its chain and name checked first.

    Chromium knows nothing of the fleet's own authority; it is told to take this one key, and so
    trusts that authority for nothing else. Raises OSError when the certificate does not prove it.
    """
    trust = ssl.create_default_context(cafile=str(order.ca_file))
    address = (order.edge_address, order.https_port)
    with (
        socket.create_connection(address, timeout=_CONNECT_S) as plain,
        trust.wrap_socket(plain, server_hostname=order.domain) as secured,
    ):
        der = secured.getpeercert(binary_form=True) or b""
    key = x509.load_der_x509_certificate(der).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


# One page.


class _Tab:
    """The browser's one tab: the next page takes it over, a page that failed takes it along."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.session = ""
        self._target = ""

    def open(self, ends: float) -> None:
        """A tab of the picture's size, without cookies of the page before."""
        if not self.session:
            self._make(ends)
        self.call("Network.clearBrowserCookies", None, ends)
        self.browser.events.clear()

    def call(self, method: str, params: dict[str, Any] | None, ends: float) -> dict[str, Any]:
        return self.browser.call(method, params, session=self.session, deadline=ends)

    def drop(self) -> None:
        """Close it, whatever it is busy with."""
        if self._target:
            self.browser.send("Target.closeTarget", {"targetId": self._target})
        self.session = self._target = ""

    def _make(self, ends: float) -> None:
        size = {"width": WIDTH, "height": HEIGHT}
        wanted = {"url": "about:blank"}
        self._target = self.call("Target.createTarget", wanted, ends)["targetId"]
        found = {"targetId": self._target, "flatten": True}
        self.session = self.call("Target.attachToTarget", found, ends)["sessionId"]
        screen = {**size, "deviceScaleFactor": 1, "mobile": False}
        still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
        for method, params in (
            ("Page.enable", None),
            ("Network.enable", None),
            ("Emulation.setDeviceMetricsOverride", screen),
            ("Emulation.setEmulatedMedia", still),
            ("Animation.enable", None),
            ("Animation.setPlaybackRate", {"playbackRate": 50}),
            ("Page.setDownloadBehavior", {"behavior": "deny"}),
        ):
            self.call(method, params, ends)


def _one(tab: _Tab, order: PictureOrder, deadline: float) -> Taken:
    """One order's outcome; a page that hangs costs its own time only."""
    started = time.monotonic()
    if started >= deadline:
        return Taken(order, None, "waktu untuk membuat gambar habis")
    try:
        status, jpeg = _visit_again(tab, order, _sooner(deadline, order.at_most_s))
        path = _store(jpeg, order)
        return Taken(order, path, "", status, round(time.monotonic() - started, 3))
    except BrowserGone:
        raise
    except (StepFailed, Unavailable, OSError, UnidentifiedImageError) as error:
        tab.drop()
        return Taken(order, None, _reason_of(error))


def _visit_again(tab: _Tab, order: PictureOrder, ends: float) -> tuple[int, bytes]:
    """A visit; another one when some network of this machine came or went meanwhile.

    Chromium then ends every request; starting containers of other products is enough for that.
    """
    for _ in range(_MOST_VISITS - 1):
        try:
            return _visit(tab, order, ends)
        except StepFailed as error:
            if "ERR_NETWORK_CHANGED" not in error.message:
                raise
    return _visit(tab, order, ends)


def _visit(tab: _Tab, order: PictureOrder, ends: float) -> tuple[int, bytes]:
    """The main document's status and a JPEG of what a visitor sees first."""
    tab.open(ends)
    started = tab.browser.send("Page.navigate", {"url": order.url}, session=tab.session)
    status = _wait_until_loaded(tab, started, ends)
    shot = {"format": "jpeg", "quality": _QUALITIES[0], "optimizeForSpeed": True}
    picture = tab.call("Page.captureScreenshot", shot, ends)["data"]
    return status, base64.b64decode(picture)


def _wait_until_loaded(tab: _Tab, started: int, ends: float) -> int:
    """The main document's status, once all of the page is loaded and had a moment to settle."""
    status, loader, rest = 0, "", ends
    while True:
        message = tab.browser.read(rest) if rest == ends else tab.browser.read_or_none(rest)
        if message is None:
            return status
        if message.get("id") == started:
            loader = _loader_of(message)
        if message.get("sessionId") != tab.session:
            continue
        params = message.get("params", {})
        match message.get("method"):
            case "Network.responseReceived" if params["type"] == "Document" and not status:
                status = int(params["response"]["status"])
            case "Page.javascriptDialogOpening":
                answer = {"accept": False}
                tab.browser.send("Page.handleJavaScriptDialog", answer, session=tab.session)
            case "Page.loadEventFired" if status and loader:
                rest = _sooner(ends, _SETTLE_S)


def _loader_of(answer: dict[str, Any]) -> str:
    result = answer.get("result", {})
    if failed := answer.get("error", {}).get("message") or result.get("errorText"):
        raise StepFailed(f"halaman tidak terbuka ({failed})")
    return result.get("loaderId", "")


# Keeping and comparing.


def _store(jpeg: bytes, order: PictureOrder) -> Path:
    """The picture as a JPEG of at most MOST_BYTES, readable by root and the panel's group."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        if opened.size != (WIDTH, HEIGHT):
            raise StepFailed("gambar berukuran lain")
        picture = opened.convert("RGB")
    content = jpeg if len(jpeg) <= MOST_BYTES else _small_jpeg(picture)
    owner = os.geteuid()
    for folder in (order.target.parent.parent, order.target.parent):
        files.make_dir(folder, uid=owner, gid=order.reader_gid, mode=0o750)
    temporary = order.target.with_name(f".{order.target.name}.baru")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        os.fchown(stream.fileno(), owner, order.reader_gid)
        os.fchmod(stream.fileno(), 0o640)
    os.replace(temporary, order.target)
    return order.target


def _small_jpeg(picture: Image.Image) -> bytes:
    while True:
        for quality in _QUALITIES[1:]:
            target = io.BytesIO()
            picture.save(target, "JPEG", quality=quality, progressive=True)
            if target.tell() <= MOST_BYTES:
                return target.getvalue()
        picture = picture.reduce(2)


def difference(path_a: Path, path_b: Path) -> float:
    """The share of pixels (0 to 1) that differ noticeably; 1.0 when the sizes do.

    Raises StepFailed when either is no picture.
    """
    try:
        with Image.open(path_a) as a, Image.open(path_b) as b:
            if a.size != b.size:
                return 1.0
            apart = ImageChops.difference(a.convert("RGB"), b.convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise StepFailed("Gambar tidak dapat dibandingkan.", log_tail=str(error)) from error
    red, green, blue = apart.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    counts = strongest.histogram()
    return sum(counts[_NOTICEABLE:]) / max(1, sum(counts))
