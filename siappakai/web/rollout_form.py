"""The rules of a rollout as a form: read, checked field by field, shown again as typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from siappakai.errors import InvalidInput
from siappakai.rollout.policy import PRESETS, WEEKDAYS, Limits, RolloutPolicy, Window, check

USUAL = "biasa"
WINDOWS = (1, 2)
BLAME = "Aturan peluncuran belum benar: "
CHECKS = {
    "libur": "skip_calendar_days",
    "jaga": "use_guard",
    "wajib_gladi": "needs_rehearsal",
    "gambar": "pictures",
}
TEXTS = (
    *("kenari", "persen", "bersamaan", "batas", "berturut", "batas_persen", "amatan"),
    *("tunggu", "salinan", "batas_pindah"),
)


@dataclass
class PolicyForm:
    """`texts` are the fields as typed, `days` the weekdays of each window, `ticks` the boxes.

    `errors` name the field; `policy` is None while there are any.
    """

    preset: str = USUAL
    texts: dict[str, str] = field(default_factory=dict)
    order: str = "risiko"
    days: dict[int, list[int]] = field(default_factory=dict)
    ticks: dict[str, bool] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    policy: RolloutPolicy | None = None

    @property
    def is_preset(self) -> bool:
        return self.policy == PRESETS[self.preset]

    def pairs(self) -> list[tuple[str, str]]:
        """The form as an address or hidden fields carry it."""
        made = [("aturan", self.preset), ("isi", "1"), ("urutan", self.order)]
        made += [(name, text) for name, text in self.texts.items()]
        made += [(f"hari{at}", ",".join(map(str, days))) for at, days in self.days.items() if days]
        return made + [(name, "ya") for name, ticked in self.ticks.items() if ticked]

    def address(self) -> MultiDict[str, str]:
        return MultiDict(self.pairs())


def read_form(args: MultiDict[str, str]) -> PolicyForm:
    """What was typed, checked; the preset's own values for a form that was not sent yet."""
    preset = args.get("aturan", "")
    form = PolicyForm(preset if preset in PRESETS else USUAL)
    if args.get("isi") != "1":
        _fill(form, PRESETS[form.preset])
        form.policy = PRESETS[form.preset]
        return form
    form.texts = {name: args.get(name, "").strip()[:80] for name in _text_names()}
    form.order = args.get("urutan", "")
    form.days = {at: _weekdays(args.getlist(f"hari{at}")) for at in WINDOWS}
    form.ticks = {name: args.get(name) == "ya" for name in CHECKS}
    _check(form)
    return form


def _text_names() -> list[str]:
    return [*TEXTS, *(f"{name}{at}" for at in WINDOWS for name in ("mulai", "sampai"))]


def _weekdays(values: list[str]) -> list[int]:
    """The days of boxes that were ticked, or of one address that lists them."""
    parts = ",".join(values).split(",")
    wanted = {int(each) for each in parts if each.isascii() and each.isdigit() and len(each) < 3}
    return sorted(day for day in wanted if day < len(WEEKDAYS))


def _fill(form: PolicyForm, policy: RolloutPolicy) -> None:
    limits = policy.limits
    form.texts = {
        "kenari": str(policy.canary_count),
        "persen": ", ".join(str(each) for each in policy.wave_percents),
        "bersamaan": str(limits.parallel),
        "batas": str(limits.failures),
        "berturut": str(limits.consecutive),
        "batas_persen": f"{limits.failure_percent:g}".replace(".", ","),
        "amatan": f"{policy.bake_s / 60:g}".replace(".", ","),
        "tunggu": ", ".join(str(each) for each in policy.confirm_waves),
        "salinan": str(policy.copies_after_s),
        "batas_pindah": str(policy.migrate_timeout_s),
    }
    for at in WINDOWS:
        window = policy.windows[at - 1] if at <= len(policy.windows) else None
        form.days[at] = list(window.weekdays) if window else []
        form.texts[f"mulai{at}"] = window.start if window else ""
        form.texts[f"sampai{at}"] = window.end if window else ""
    form.order = policy.order
    form.ticks = {name: bool(getattr(policy, key)) for name, key in CHECKS.items()}


def _check(form: PolicyForm) -> None:
    """Every field is tried alone on rules that are right, so that what is wrong has its place."""
    found: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for name, (key, read) in FIELDS.items():
        value = _read(form, name, lambda name=name, read=read: read(form.texts[name]))
        if value is None:
            continue
        is_limit = key in Limits.__slots__
        tried = replace(RolloutPolicy(), **({} if is_limit else {key: value}))
        if is_limit:
            tried = replace(tried, limits=replace(Limits(), **{key: value}))
        _blame(form, name, tried)
        (limits if is_limit else found)[key] = value
    found["order"] = form.order
    _blame(form, "urutan", replace(RolloutPolicy(), order=form.order))  # type: ignore[arg-type]
    found["windows"] = tuple(each for at in WINDOWS if (each := _window(form, at)) is not None)
    found |= {key: form.ticks[name] for name, key in CHECKS.items()}
    if not form.errors:
        form.policy = replace(RolloutPolicy(), limits=replace(Limits(), **limits), **found)
        check(form.policy)


def _read(form: PolicyForm, name: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValueError as problem:
        form.errors[name] = str(problem)
        return None


def _blame(form: PolicyForm, name: str, tried: RolloutPolicy) -> None:
    try:
        check(tried)
    except InvalidInput as problem:
        told = problem.message.removeprefix(BLAME)
        form.errors.setdefault(name, told[:1].upper() + told[1:])


def _window(form: PolicyForm, at: int) -> Window | None:
    """One row of hours; a row without anything says nothing."""
    days = form.days[at]
    start, end = form.texts[f"mulai{at}"], form.texts[f"sampai{at}"]
    if not days and not start and not end:
        return None
    window = Window(tuple(days), start.replace(".", ":"), end.replace(".", ":"))
    _blame(form, f"jendela{at}", replace(RolloutPolicy(), windows=(window,)))
    return window


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 7:
        raise ValueError("Tulis bilangan bulat, misalnya 2.")
    return int(text)


def _number(text: str) -> float:
    plain = text.replace(",", ".").rstrip("%").strip()
    whole, _, part = plain.partition(".")
    if not (whole + part).isascii() or not (whole + part).isdigit() or len(plain) > 9:
        raise ValueError("Tulis bilangan, misalnya 10 atau 2,5.")
    return float(plain)


def _minutes(text: str) -> int:
    return round(_number(text) * 60)


def _list(text: str) -> tuple[int, ...]:
    parts = text.replace("%", " ").replace(",", " ").replace(";", " ").split()
    return tuple(_listed(each) for each in parts)


def _listed(text: str) -> int:
    try:
        return _whole(text)
    except ValueError:
        raise ValueError("Tulis bilangan dipisah koma, misalnya 10, 30, 100.") from None


FIELDS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "kenari": ("canary_count", _whole),
    "persen": ("wave_percents", _list),
    "bersamaan": ("parallel", _whole),
    "batas": ("failures", _whole),
    "berturut": ("consecutive", _whole),
    "batas_persen": ("failure_percent", _number),
    "amatan": ("bake_s", _minutes),
    "tunggu": ("confirm_waves", _list),
    "salinan": ("copies_after_s", _whole),
    "batas_pindah": ("migrate_timeout_s", _whole),
}
