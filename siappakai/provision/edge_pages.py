"""Think: the few pages the edge answers by itself, whole and without any other file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """What a visitor reads when no application answers."""

    title: str
    text: str
    retry_s: int = 0
    reloads_itself: bool = False


NOT_REGISTERED = Page(
    "Domain ini belum terdaftar",
    "Alamat yang Anda buka belum dipasang di server ini. "
    "Periksa ejaannya, atau hubungi Dinas Kominfo kabupaten.",
)
NOT_FOUND = Page("Halaman tidak ditemukan", "Periksa alamatnya, lalu coba lagi.")
BUSY = Page(
    "Situs desa sedang disiapkan",
    "Situs sedang diperbarui atau belum siap menjawab. "
    "Halaman ini mencoba lagi sendiri setiap 10 detik. Data yang sudah tersimpan tetap aman.",
    retry_s=10,
    reloads_itself=True,
)
UNSENT = Page(
    "Isian Anda belum terkirim",
    "Situs sedang diperbarui, jadi isian tadi belum diterima. Tunggu sebentar, tekan tombol "
    "kembali pada peramban, lalu kirim sekali lagi.",
    retry_s=10,
)
UNSURE = Page(
    "Kiriman Anda belum terjawab",
    "Situs berhenti menjawab ketika isian tadi dikirim, jadi belum pasti isian itu tersimpan. "
    "Tunggu sebentar, periksa dahulu di situs, dan kirim sekali lagi hanya bila belum ada.",
    retry_s=10,
)
BROKEN = Page("Terjadi gangguan", "Silakan coba lagi beberapa saat lagi.")

_HTML = """<!doctype html><html lang="id"><head><meta charset="utf-8">\
<meta name="viewport" content="width=device-width,initial-scale=1">\
<meta name="robots" content="noindex"><title>{title}</title><style>\
body{{margin:0;min-height:100vh;display:grid;place-items:center;background:#f4f6f8;color:#1f2937;\
font:16px/1.6 system-ui,sans-serif}}main{{max-width:32rem;margin:1rem;padding:2rem;\
background:#fff;border-radius:.5rem;box-shadow:0 1px 4px #0002}}h1{{margin:0 0 .5rem;\
font-size:1.4rem}}p{{margin:0}}</style></head><body><main><h1>{title}</h1><p>{text}</p></main>\
</body></html>"""


def too_large(limit_mib: int) -> Page:
    """Return the page for an upload above the limit."""
    text = f"Ukuran kiriman paling besar {limit_mib} MB. Perkecil berkasnya, lalu kirim ulang."
    return Page("Berkas terlalu besar", text)


def answer_page(status: int, page: Page) -> dict[str, Any]:
    """Return the Caddy handler that answers this page.

    One that reloads itself would lose a form: the browser asks for it anew without what was sent.
    """
    headers = {"Content-Type": ["text/html; charset=utf-8"], "Cache-Control": ["no-store"]}
    wait = [str(page.retry_s)]
    if page.retry_s:
        headers["Retry-After"] = wait
    if page.reloads_itself:
        headers["Refresh"] = wait
    return {
        "handler": "static_response",
        "status_code": status,
        "headers": headers,
        "body": _HTML.format(title=page.title, text=page.text),
    }
