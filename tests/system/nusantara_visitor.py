"""Visits to a village's pages through the edge: by a plain client, and by a real browser."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.fleet import Fleet
from tests.system.nusantara_worn import Dressed

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe" / "axe.min.js"
CHROMIUM = os.environ.get("SIAPPAKAI_UJI_CHROMIUM", "/usr/bin/chromium")
DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 360, "height": 780}
WIDE = {"width": 1600, "height": 900}
GRAVE = ("serious", "critical")
RESTLESS = ("ERR_NETWORK_CHANGED", "interrupted by another navigation")

PAGES = {
    "beranda": ("/", "Kabar terbaru"),
    "kabar halaman 2": ("/index/2", "Halaman 2 dari"),
    "cari": ("/?cari=panen", "Hasil pencarian"),
    "cari kosong": ("/?cari=zzzz", "Belum ada tulisan"),
    "kategori": ("/artikel/kategori/berita-desa", "Berita"),
    "arsip": ("/arsip", "Arsip kabar"),
    "wilayah": ("/data-wilayah", "Penduduk menurut wilayah"),
    "statistik umur": ("/first/statistik/13", "Tabel "),
    "statistik agama": ("/first/statistik/3", "Tabel "),
    "statistik bantuan": ("/first/statistik/bantuan_penduduk", "Daftar penerima"),
    "pemilih": ("/first/dpt", "Calon pemilih"),
    "peta": ("/peta", "data-peta"),
    "pembangunan": ("/pembangunan", "Jalan tani"),
    "satu pembangunan": ("/pembangunan/jalan-tani", "Kemajuan"),
    "lapak": ("/lapak", "Tenun Bira"),
    "pengaduan": ("/pengaduan", "Lampu jalan padam"),
    "galeri": ("/galeri/index", "Galeri"),
    "album": ("/galeri/9000/index/1", "Kegiatan 3"),
    "informasi publik": ("/informasi-publik", "Daftar informasi publik"),
    "produk hukum": ("/peraturan-desa", "Daftar produk hukum"),
    "analisis": ("/data_analisis", "Pertanyaan"),
    "jawaban analisis": ("/jawaban_analisis/9000/1/1", "Jumlah jawaban"),
    "idm": ("/status-idm/2024", "Indeks Desa Membangun"),
    "sdgs": ("/status-sdgs", "SDGs"),
    "vaksinasi": ("/data-vaksinasi", "vaksin"),
    "kelompok": ("/data-kelompok/sipakatau-kelompok", "Sipakatau kelompok"),
    "lembaga": ("/data-lembaga/sipakatau-lembaga", "Sipakatau lembaga"),
    "suplemen": ("/data-suplemen/lansia", "Lansia sendiri"),
    "pemerintah": ("/pemerintah", "Abdul Rahman"),
    "surat": ("/c1/1", "Surat ini asli"),
    "tulisan hilang": ("/artikel/2020/1/1/tidak-ada", "Halaman tidak ditemukan"),
}


@dataclass
class Visitor:
    """A client that reaches one village through the edge."""

    village: Dressed
    port: int
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.client = httpx.Client(
            verify=context,
            base_url=f"https://127.0.0.1:{self.port}",
            timeout=60,
            limits=httpx.Limits(max_keepalive_connections=0),  # nothing to close afterwards
        )

    @property
    def address(self) -> str:
        return f"https://{self.village.domain}:{self.port}"

    def get(self, path: str) -> httpx.Response:
        """The page, after the redirects that OpenSID itself makes."""
        for _ in range(4):
            answer = self._send("GET", path)
            if not answer.is_redirect:
                return answer
            path = answer.headers["location"].removeprefix(self.address)
        raise AssertionError(f"{path}: redirects without end")

    def post(self, path: str, fields: dict[str, str]) -> httpx.Response:
        return self._send("POST", path, data=fields)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.client.request(
            method,
            path,
            headers={
                "Host": f"{self.village.domain}:{self.port}",
                "Referer": self.address + path,
                "X-Requested-With": "XMLHttpRequest" if "datatables" in path else "",
            },
            extensions={"sni_hostname": self.village.domain},
            **more,
        )


def visitor_of(fleet: Fleet, village: Dressed) -> Visitor:
    return Visitor(village, int(fleet.environ["SIAPPAKAI_HTTPS_PORT"]))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that finds every test domain on this machine, and nothing else."""
    rules = "MAP *.desa.localhost 127.0.0.1, MAP * ~NOTFOUND"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={rules}"],
        )
        yield browser
        browser.close()


@contextmanager
def open_page(
    browser: Browser, size: dict[str, int] = DESKTOP, scheme: str = "light"
) -> Iterator[Page]:
    """A tab of its own; the edge's certificate is the fleet's."""
    context = browser.new_context(
        viewport=size, ignore_https_errors=True, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def visit(page: Page, address: str) -> None:
    """The page is loaded; again when a network of this machine came or went meanwhile."""
    for _ in range(8):
        try:
            page.goto(address, wait_until="load", timeout=60_000)
            return
        except PlaywrightError as error:
            if not any(word in error.message for word in RESTLESS):
                raise
            page.wait_for_timeout(500)
    raise AssertionError(f"{address}: this machine's networks never rest")


def grave_findings(page: Page, tags: tuple[str, ...] = ()) -> list[str]:
    """What axe calls serious or critical on the open page: rule and first element."""
    page.evaluate(AXE.read_text())
    options = {"runOnly": {"type": "tag", "values": list(tags)}} if tags else {}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:120]} {node.get('any') or ''}"[:420]
        for each in found["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]


def low_contrast(page: Page) -> list[str]:
    """Texts that axe measures below the wanted contrast."""
    page.evaluate(AXE.read_text())
    options = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [node["html"][:160] for each in found["violations"] for node in each["nodes"]]


def page_weight(browser: Browser, address: str) -> tuple[int, int]:
    """Bytes of bodies as they came over the wire from the village, and how many requests."""
    sizes: list[int] = []
    with open_page(browser) as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda it: sizes.append(it["encodedDataLength"]))
        visit(page, address)
        page.wait_for_timeout(1500)
    return int(sum(sizes)), len(sizes)
