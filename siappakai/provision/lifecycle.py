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
}

STEP_LABELS: dict[str, str] = {
    "check": "Memeriksa server, ruang, dan citra rilis",
    "files": "Menyiapkan folder dan berkas pengaturan",
    "database": "Membuat basis data dan akunnya",
    "schema": "Mengisi basis data dari cetakan rilis",
    "identity": "Menulis identitas dan akun admin pertama",
    "prepare": "Menjalankan persiapan aplikasi",
    "start": "Menyalakan aplikasi",
    "verify": "Membuktikan kesehatan dan halaman dari dalam",
    "switch": "Mengarahkan pintu masuk ke aplikasi",
    "route": "Mendaftarkan alamat web desa",
    "outside": "Membuka halaman dari luar seperti pengunjung",
    "record": "Mencatat versi yang terbukti berjalan",
}

MAX_ATTEMPTS = 5
RETRY_AFTER_S = (5, 15, 30, 60)


def next_wait_s(attempt: int) -> int | None:
    """Seconds before another attempt after `attempt` failed for a passing reason; None: give up."""
    if attempt >= MAX_ATTEMPTS:
        return None
    return RETRY_AFTER_S[min(attempt - 1, len(RETRY_AFTER_S) - 1)]
