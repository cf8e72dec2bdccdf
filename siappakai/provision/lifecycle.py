"""Think: the steps of each operation, in order, and how a screen calls them."""

from __future__ import annotations

from siappakai.models.operation import OperationKind

STEPS: dict[OperationKind, tuple[str, ...]] = {
    OperationKind.INSTALL: (
        "check",
        "files",
        "database",
        "schema",
        "identity",
        "prepare",
        "start",
        "verify",
        "switch",
        "route",
        "outside",
        "record",
    ),
    OperationKind.PUSH_TOKEN: ("files", "token", "start", "switch", "forget", "pushed", "retire"),
    OperationKind.UPDATE: (
        "check",
        "files",
        "warm",
        "hold",
        "snapshot",
        "migrate",
        "start",
        "verify",
        "switch",
        "outside",
        "record",
        "retire",
    ),
    OperationKind.RETURN: (
        "check_return",
        "files",
        "hold",
        "snapshot",
        "restore",
        "start",
        "verify",
        "switch",
        "outside",
        "record",
        "retire",
    ),
    OperationKind.REMOVE: ("snapshot", "unroute", "stop", "close"),
    OperationKind.REVIVE: ("files", "open", "start", "verify", "switch", "route", "outside"),
}

STEP_LABELS: dict[str, str] = {
    "check": "Memeriksa server, ruang, dan citra rilis",
    "check_return": "Memeriksa citra lama dan salinan sebelum pembaruan",
    "close": "Mengunci akun basis data; datanya tetap disimpan",
    "database": "Membuat basis data dan akunnya",
    "files": "Menyiapkan folder dan berkas pengaturan",
    "forget": "Meminta aplikasi membaca ulang pengaturannya",
    "hold": "Menahan permintaan pengunjung sebentar",
    "identity": "Menulis identitas dan akun admin pertama",
    "migrate": "Memindahkan basis data ke rilis baru",
    "open": "Membuka kembali akun basis data",
    "outside": "Membuka halaman dari luar seperti pengunjung",
    "prepare": "Menjalankan persiapan aplikasi",
    "pushed": "Mencatat token yang sudah diberikan",
    "record": "Mencatat versi yang terbukti berjalan",
    "restore": "Memulihkan basis data dari salinan sebelum pembaruan",
    "retire": "Menghentikan wadah lama",
    "return": "Mengembalikan ke keadaan sebelum pembaruan",
    "route": "Mendaftarkan alamat web",
    "schema": "Mengisi basis data dari cetakan rilis",
    "snapshot": "Menyalin basis data",
    "start": "Menyalakan aplikasi",
    "stop": "Menghentikan aplikasi",
    "switch": "Mengarahkan pintu masuk ke aplikasi",
    "token": "Menulis token langganan ke basis data",
    "unroute": "Menutup alamat web",
    "verify": "Membuktikan kesehatan dan halaman dari dalam",
    "warm": "Menyalakan rilis baru di samping yang lama",
}

MAX_ATTEMPTS = 5
RETRY_AFTER_S = (5, 15, 30, 60)


def next_wait_s(attempt: int) -> int | None:
    """Seconds before another attempt after `attempt` failed for a passing reason; None: give up."""
    if attempt >= MAX_ATTEMPTS:
        return None
    return RETRY_AFTER_S[min(attempt - 1, len(RETRY_AFTER_S) - 1)]
