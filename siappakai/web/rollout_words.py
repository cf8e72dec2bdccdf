"""States, verdicts and rules of release day as words, colours and icons for the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Flask

from siappakai.models import ItemState, RehearsalState, RolloutItem, RolloutState, Verdict
from siappakai.rollout import words
from siappakai.rollout.policy import WEEKDAYS, RolloutPolicy, Window
from siappakai.rollout.way_back import is_stuck
from siappakai.web.status import Status

ROLLOUTS: Mapping[str, Status] = {
    RolloutState.PLANNED: Status("Menunggu persetujuan", "blue", "clipboard-check"),
    RolloutState.APPROVED: Status("Disetujui, belum mulai", "blue", "circle-check"),
    RolloutState.RUNNING: Status("Berjalan", "blue", "loader-2"),
    RolloutState.PAUSED: Status("Dijeda", "orange", "player-pause"),
    RolloutState.HALTED: Status("Tertahan", "red", "alert-triangle"),
    RolloutState.STOPPED: Status("Dihentikan", "secondary", "player-stop"),
    RolloutState.FINISHED: Status("Selesai", "green", "circle-check"),
    RolloutState.DISCARDED: Status("Dibatalkan", "secondary", "ban"),
}
ITEMS: Mapping[str, Status] = {
    ItemState.WAITING: Status("Menunggu", "secondary", "circle-dashed"),
    ItemState.RETRY_WAITING: Status("Menunggu dicoba lagi", "blue", "clock"),
    ItemState.STARTED: Status("Sedang diperbarui", "blue", "loader-2"),
    ItemState.SUCCEEDED: Status("Berhasil", "green", "circle-check"),
    ItemState.FAILED: Status("Gagal, tetap di versi lama", "red", "circle-x"),
    ItemState.SKIPPED: Status("Dilewati", "secondary", "player-skip-forward"),
    ItemState.RETURN_WAITING: Status("Menunggu mundur", "orange", "clock"),
    ItemState.RETURNING: Status("Sedang mundur", "orange", "loader-2"),
    ItemState.RETURNED: Status("Sudah mundur", "orange", "arrow-back-up"),
    ItemState.RETURN_FAILED: Status("Gagal mundur", "red", "alert-triangle"),
}
STUCK = Status("Belum kembali, perlu ditangani", "red", "alert-triangle")
ITEM_FILTERS: Mapping[str, tuple[str, tuple[ItemState, ...]]] = {
    "berjalan": ("Berjalan", (ItemState.STARTED, ItemState.RETURNING)),
    "gagal": ("Gagal", (ItemState.FAILED, ItemState.RETURN_FAILED)),
    "menunggu": (
        "Menunggu",
        (ItemState.WAITING, ItemState.RETRY_WAITING, ItemState.RETURN_WAITING),
    ),
    "berhasil": ("Berhasil", (ItemState.SUCCEEDED,)),
    "dilewati": ("Dilewati", (ItemState.SKIPPED,)),
    "mundur": ("Sudah mundur", (ItemState.RETURNED,)),
}
REHEARSALS: Mapping[str, Status] = {
    RehearsalState.RUNNING: Status("Berjalan", "blue", "loader-2"),
    RehearsalState.PAUSED: Status("Dijeda", "orange", "player-pause"),
    RehearsalState.FINISHED: Status("Selesai", "green", "circle-check"),
    RehearsalState.STOPPED: Status("Dihentikan", "secondary", "player-stop"),
}
VERDICTS: Mapping[str, Status] = {
    Verdict.GREEN: Status("Hijau", "green", "circle-check"),
    Verdict.YELLOW: Status("Kuning", "orange", "alert-triangle"),
    Verdict.RED: Status("Merah", "red", "circle-x"),
    Verdict.UNKNOWN: Status("Belum", "secondary", "circle-dashed"),
}
STAYS: Mapping[str, str] = {
    "sudah di sana": "Sudah memakai rilis ini",
    "lebih baru": "Sudah memakai yang lebih baru",
    "belum terpasang": "Belum terpasang sampai selesai",
    "dilepas": "Sedang dilepas dari layanan",
    "edisi lain": "Memakai edisi lain",
    "tidak seragam": "Versi di satu basis data tidak sama",
    "disematkan": "Disematkan pada versinya",
    "ditahan": "Ditahan sampai hari tertentu",
    "langganan": "Langganannya belum mencakup rilis ini",
    "kanal": "Kanalnya belum mendapat giliran",
    "citra belum ada": "Citra belum ada di servernya",
    "gladi merah": "Gladi bersihnya merah",
    "belum gladi": "Belum melalui gladi bersih",
    "terkunci": "Basis datanya terkunci",
    "sedang dikerjakan": "Sedang dikerjakan operasi lain",
    "tidak sehat": "Tidak sehat sekarang",
}
PRESET_WORDS: Mapping[str, tuple[str, str]] = {
    "hati-hati": (
        "Hati-hati",
        "Satu per satu, malam hari, berhenti pada kegagalan pertama, wajib gladi bersih.",
    ),
    "biasa": ("Biasa", "Dua kenari, lalu 10, 30, dan 100 persen; dua bersamaan."),
    "cepat": ("Cepat", "Dua kenari, lalu separuh, lalu sisanya; empat bersamaan."),
}


def prepare(app: Flask) -> None:
    """Register the filters."""
    made = {
        "rollout_status": lambda state: ROLLOUTS[state],
        "item_badge": item_badge,
        "is_stuck": is_stuck,
        "rehearsal_status": lambda state: REHEARSALS[state],
        "verdict_status": lambda verdict: VERDICTS.get(verdict, VERDICTS[Verdict.UNKNOWN]),
        "seconds": words.seconds,
    }
    for name, each in made.items():
        app.add_template_filter(each, name)


def item_badge(item: RolloutItem) -> Status:
    """Its state; one stuck on its way back is at neither version, whatever its state says."""
    return STUCK if is_stuck(item) else ITEMS[item.state]


def policy_facts(policy: RolloutPolicy) -> list[tuple[str, str]]:
    """The rules of a rollout in pairs of name and value, in the order they are read."""
    limits = policy.limits
    percents = ", ".join(f"{each}%" for each in policy.wave_percents)
    confirm = words.listed([f"{each}" for each in policy.confirm_waves])
    by = "kecamatan" if policy.order == "kecamatan" else "risiko, yang paling ringan dahulu"
    return [
        ("Kenari", f"{policy.canary_count}" if policy.canary_count else "tidak ada"),
        ("Gelombang sampai", percents),
        ("Urutan menurut", by),
        ("Berjalan bersamaan", f"{limits.parallel}"),
        (
            "Tertahan sendiri bila",
            f"{limits.failures} gagal, atau {limits.consecutive} berturut-turut, "
            f"atau lebih dari {words.number(limits.failure_percent)}%",
        ),
        ("Diamati antar gelombang", words.seconds(policy.bake_s) if policy.bake_s else "tidak"),
        ("Jam kerja peluncuran", _windows(policy.windows)),
        ("Hari libur", "dilewati" if policy.skip_calendar_days else "tetap berjalan"),
        ("Menunggu Anda sebelum gelombang", confirm if policy.confirm_waves else "tidak ada"),
        ("Penjaga", "menahan bila galat naik" if policy.use_guard else "dimatikan"),
        ("Gladi bersih", "wajib" if policy.needs_rehearsal else "tidak wajib"),
        ("Gambar sebelum dan sesudah", "dibuat" if policy.pictures else "tidak dibuat"),
        ("Salinan halaman", f"bila menahan lebih dari {words.seconds(policy.copies_after_s)}"),
        ("Batas waktu pemindahan", words.seconds(policy.migrate_timeout_s)),
    ]


def _windows(windows: Iterable[Window]) -> str:
    spoken = [
        f"{', '.join(WEEKDAYS[day] for day in each.weekdays)} pukul {each.start}–{each.end}"
        for each in windows
    ]
    return "; ".join(spoken) or "kapan saja"
