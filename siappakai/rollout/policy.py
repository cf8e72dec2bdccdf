"""Think: how careful a rollout is: waves, limits, bake time, windows; checked, kept as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from siappakai.errors import InvalidInput

Order = Literal["risiko", "kecamatan"]
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """When a rollout stops by itself: `failures` in all, `failure_percent` of those that ended,
    or `consecutive` failures one after another. At most `parallel` units move together.
    """

    parallel: int = 2
    failures: int = 2
    failure_percent: float = 10.0
    consecutive: int = 2


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which units may move, on these weekdays (0 is Monday), by the regency's clock.

    `end` before `start` means the next morning; the weekday is the one on which it begins.
    """

    weekdays: tuple[int, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class RolloutPolicy:
    """`canary_count` units move first, then waves until each of `wave_percents` is reached.

    `confirm_waves` are numbers of waves that a person lets begin. `copies_after_s`: page copies
    are served when a hold is expected to last longer. No window means: at any hour. `pictures` of
    the first page are taken before and after, for the receipt.
    """

    canary_count: int = 2
    wave_percents: tuple[int, ...] = (10, 30, 100)
    order: Order = "risiko"
    limits: Limits = field(default_factory=Limits)
    bake_s: int = 900
    windows: tuple[Window, ...] = ()
    skip_calendar_days: bool = True
    confirm_waves: tuple[int, ...] = ()
    use_guard: bool = True
    copies_after_s: int = 20
    migrate_timeout_s: int = 600
    needs_rehearsal: bool = False
    pictures: bool = True


NIGHTS = Window((0, 1, 2, 3), "19:00", "23:00")

PRESETS: dict[str, RolloutPolicy] = {
    "hati-hati": RolloutPolicy(
        canary_count=2,
        wave_percents=(5, 15, 40, 100),
        limits=Limits(parallel=1, failures=1, failure_percent=5.0, consecutive=1),
        bake_s=3600,
        windows=(NIGHTS,),
        confirm_waves=(2,),
        needs_rehearsal=True,
    ),
    "biasa": RolloutPolicy(),
    "cepat": RolloutPolicy(
        canary_count=2,
        wave_percents=(50, 100),
        limits=Limits(parallel=4, failures=3, failure_percent=10.0, consecutive=3),
        bake_s=120,
        skip_calendar_days=False,
        pictures=False,
    ),
}


def minutes_of(clock: str) -> int:
    """Minutes after midnight of `HH:MM`; 1440 for `24:00`."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def to_json(policy: RolloutPolicy) -> dict[str, Any]:
    """The policy as plain JSON values; `from_json` gives back an equal policy."""
    return asdict(
        policy,
        dict_factory=lambda pairs: {
            key: list(value) if isinstance(value, tuple) else value for key, value in pairs
        },
    )


def from_json(values: Mapping[str, Any]) -> RolloutPolicy:
    """The checked policy of `to_json`'s shape; what is left out has its default.

    Raises InvalidInput for an unknown name or a value of the wrong kind or size.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput("Aturan peluncuran tidak dapat dibaca.")
    kept = dict(values)
    _refuse_unknown(RolloutPolicy, kept)
    try:
        if "limits" in kept:
            kept["limits"] = _made(Limits, kept["limits"])
        if "windows" in kept:
            kept["windows"] = tuple(_window(each) for each in kept["windows"])
        for name in ("wave_percents", "confirm_waves"):
            if name in kept:
                kept[name] = tuple(kept[name])
        policy = RolloutPolicy(**kept)
    except (TypeError, AttributeError) as error:
        raise InvalidInput("Aturan peluncuran tidak dapat dibaca.") from error
    check(policy)
    return policy


def _window(values: Mapping[str, Any]) -> Window:
    return _made(Window, {**values, "weekdays": tuple(values.get("weekdays", ()))})


def _made(kind: Callable[..., _T], values: Mapping[str, Any]) -> _T:
    _refuse_unknown(kind, values)
    return kind(**values)


def _refuse_unknown(kind: Any, values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - {each.name for each in fields(kind)})
    if unknown:
        raise InvalidInput(f"Aturan peluncuran memuat isian yang tidak dikenal: {unknown[0]}.")


def check(policy: RolloutPolicy) -> None:
    """Nothing when the policy makes sense; else InvalidInput with every complaint at once."""
    complaints = [*_wave_complaints(policy), *_limit_complaints(policy.limits)]
    complaints += _time_complaints(policy)
    for window in policy.windows:
        complaints += _window_complaints(window)
    if complaints:
        raise InvalidInput(
            "Aturan peluncuran belum benar: " + "; ".join(complaints) + ".",
            hint="Perbaiki isian itu, atau pilih salah satu aturan siap pakai.",
        )


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _wave_complaints(policy: RolloutPolicy) -> list[str]:
    percents, complaints = policy.wave_percents, []
    if not _is_whole(policy.canary_count, 0, 1000):
        complaints.append("jumlah kenari harus bilangan 0 sampai 1000")
    if not percents or not all(_is_whole(each, 1, 100) for each in percents):
        complaints.append("persen gelombang harus bilangan 1 sampai 100")
    elif list(percents) != sorted(set(percents)) or percents[-1] != 100:
        complaints.append("persen gelombang harus makin besar dan berakhir pada 100")
    if policy.order not in ("risiko", "kecamatan"):
        complaints.append("urutan harus “risiko” atau “kecamatan”")
    if not all(_is_whole(each, 1, 1000) for each in policy.confirm_waves):
        complaints.append("gelombang yang menunggu persetujuan harus nomor mulai dari 1")
    return complaints


def _limit_complaints(limits: Limits) -> list[str]:
    complaints = []
    if not _is_whole(limits.parallel, 1, 64):
        complaints.append("yang berjalan bersamaan harus 1 sampai 64")
    if not _is_whole(limits.failures, 1, 10_000):
        complaints.append("batas kegagalan harus paling sedikit 1")
    if not _is_whole(limits.consecutive, 1, 10_000):
        complaints.append("batas kegagalan berturut-turut harus paling sedikit 1")
    percent = limits.failure_percent
    if type(percent) not in (int, float) or not 0 < percent <= 100:
        complaints.append("batas persen kegagalan harus lebih dari 0 dan paling banyak 100")
    return complaints


def _time_complaints(policy: RolloutPolicy) -> list[str]:
    complaints = []
    if not _is_whole(policy.bake_s, 0, 7 * 86_400):
        complaints.append("masa amatan harus 0 detik sampai 7 hari")
    if not _is_whole(policy.copies_after_s, 0, 86_400):
        complaints.append("batas menahan sebelum salinan halaman harus 0 detik sampai 1 hari")
    if not _is_whole(policy.migrate_timeout_s, 10, 86_400):
        complaints.append("batas waktu pemindahan harus 10 detik sampai 1 hari")
    for value in (
        policy.skip_calendar_days,
        policy.use_guard,
        policy.needs_rehearsal,
        policy.pictures,
    ):
        if not isinstance(value, bool):
            complaints.append("pilihan ya atau tidak hanya boleh ya atau tidak")
    return complaints


def _window_complaints(window: Window) -> list[str]:
    complaints = []
    days = window.weekdays
    if not days or not all(_is_whole(each, 0, 6) for each in days) or len(set(days)) < len(days):
        complaints.append("hari pada jendela waktu harus dipilih, masing-masing sekali")
    clocks = (str(window.start), str(window.end))
    if not all(_CLOCK.fullmatch(each) for each in clocks) or clocks[0] == "24:00":
        complaints.append(f"jam “{clocks[0]}–{clocks[1]}” harus ditulis seperti 19:00–23:00")
    elif clocks[0] == clocks[1]:
        complaints.append(
            f"jendela waktu mulai dan berakhir pada jam yang sama ({clocks[0]}); "
            "untuk sehari penuh tulis 00:00–24:00"
        )
    return complaints
