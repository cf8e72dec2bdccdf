"""From layers to the values one place wears, each traceable to the layer it came from.

Regency, district and village lie on each other: the nearer one decides, unless one further out
locked the key. Over them lie running temporary layers, which lock what they set unless it is marked
free; a free one gives way to what the village itself chose. Over everything lie returns (temporary
layers without beginning and end): one place brought back to how it looked before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from siappakai.branding.scope import Reach, Scope
from siappakai.branding.values import label_of
from siappakai.errors import Refused
from siappakai.models import LayerKind

ORIGINAL = ""  # only in returns: no layer gives this key a value, the village's original shows
_KINDS = {
    Reach.ALL: LayerKind.REGENCY,
    Reach.REGENCY: LayerKind.REGENCY,
    Reach.DISTRICT: LayerKind.DISTRICT,
    Reach.VILLAGE: LayerKind.VILLAGE,
}


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of one scope; `runs` of a temporary layer is frozen in a version, else the clock's."""

    kind: LayerKind
    scope: Scope = Scope()
    title: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    locks: Mapping[str, bool] = field(default_factory=dict)
    adopted: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    rank: int = 0
    runs: bool | None = None

    @property
    def is_temporary(self) -> bool:
        return self.kind == LayerKind.TEMPORARY

    @property
    def is_return(self) -> bool:
        return self.is_temporary and self.starts_at is None and self.ends_at is None

    @property
    def label(self) -> str:
        """What people call it: `kecamatan 73.05.05`, `sementara «HUT RI»`."""
        if self.is_return:
            return f"{self.title[:1].lower()}{self.title[1:]}"
        return f"sementara «{self.title}»" if self.is_temporary else self.scope.label

    @property
    def key(self) -> tuple[str, str, str]:
        """What names a layer among all, as in the database."""
        return (str(self.kind), self.scope.code, self.title)

    def runs_at(self, now: datetime | None) -> bool:
        """Whether it counts at that time; what is frozen does not ask the clock."""
        if not self.is_temporary or self.is_return:
            return True
        if self.runs is not None or now is None:
            return bool(self.runs)
        has_begun = self.starts_at is None or self.starts_at <= now
        return has_begun and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Resolved:
    """One value as it is worn: from which layer, by whom locked, over which own choice.

    `is_own`: the village chose it itself, inside its application.
    """

    value: str
    layer: str
    is_locked: bool = False
    locked_by: str = ""
    overridden: str = ""
    is_own: bool = False
    layer_key: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True)
class _Found:
    """A value on its way up through the layers; `locker` is the layer that locked it last."""

    value: str
    layer: Layer
    locker: Layer | None = None
    is_own: bool = False


def kind_of(scope: Scope) -> LayerKind:
    """The kind of the lasting layer of a scope."""
    return _KINDS[scope.reach]


def resolve(
    layers: Iterable[Layer],
    scope: Scope,
    now: datetime | None = None,
    adopted: Mapping[str, str] | None = None,
) -> dict[str, Resolved]:
    """Key → what the place wears; a key that no layer gives is absent: its original shows.

    `adopted`, if given, is what the place has chosen itself, instead of what its layer remembers.
    Layers of a frozen version need no `now`.
    """
    seen = [each for each in layers if each.scope.holds(scope) and each.runs_at(now)]
    lasting = sorted((each for each in seen if not each.is_temporary), key=_by_reach)
    over = sorted((each for each in seen if each.is_temporary), key=_by_weight)
    if not any(each.scope == scope for each in lasting):
        lasting.append(Layer(kind_of(scope), scope))
    own = dict(lasting[-1].adopted if adopted is None else adopted)
    keys = {key for each in seen for key in each.values} | own.keys()
    found = {key: _resolve_one(key, lasting, over, own) for key in sorted(keys)}
    return {key: each for key, each in found.items() if each is not None}


def values_of(resolved: Mapping[str, Resolved]) -> dict[str, str]:
    return {key: each.value for key, each in resolved.items()}


def lock_of(layers: Iterable[Layer], scope: Scope, key: str, *, above: bool = True) -> Layer | None:
    """The lasting layer that locks the key for this scope; `above`: only one that reaches further.

    A lock counts where the layer, or one further out, gives the key a value.
    """
    has_value = False
    for layer in sorted((each for each in layers if not each.is_temporary), key=_by_reach):
        if not layer.scope.holds(scope) or (above and layer.scope == scope):
            continue
        has_value = has_value or key in layer.values
        if has_value and layer.locks.get(key):
            return layer
    return None


def refuse_locked(layers: Sequence[Layer], wanted: Layer) -> None:
    """Refused when the layer sets a key that one of more authority has locked; says by whom."""
    for key in wanted.values:
        locker = lock_of(layers, wanted.scope, key)
        if locker is None or (
            wanted.is_temporary and wanted.scope.authority >= locker.scope.authority
        ):
            continue
        raise Refused(
            f"{label_of(key)} tidak dapat diatur untuk {wanted.scope.label}: "
            f"dikunci oleh {locker.label}.",
            hint=f"Bebaskan dahulu di {locker.label}, atau atur nilainya di sana.",
        )


def overlaps(layers: Sequence[Layer], wanted: Layer) -> list[str]:
    """Sentences for temporary layers of the same scope that set the same keys at the same time."""
    told = []
    for other in layers:
        shared = other.values.keys() & wanted.values.keys()
        is_same_scope = other.is_temporary and not other.is_return and other.scope == wanted.scope
        if not is_same_scope or other.key == wanted.key or not shared:
            continue
        if _meet(other, wanted):
            winner = max(other, wanted, key=_by_weight)
            told.append(
                f"Bertumpuk dengan «{other.title}»; selama keduanya berlaku, "
                f"«{winner.title}» yang dipakai."
            )
    return told


def with_runs(layers: Iterable[Layer], now: datetime) -> tuple[Layer, ...]:
    """The layers with every temporary one frozen as it is at that time."""
    return tuple(
        replace(each, runs=replace(each, runs=None).runs_at(now)) if each.is_temporary else each
        for each in layers
    )


def _resolve_one(
    key: str, lasting: Sequence[Layer], over: Sequence[Layer], own: Mapping[str, str]
) -> Resolved | None:
    """The key climbs through lasting layers, then through those that lie over them."""
    found: _Found | None = None
    for layer in lasting:
        if found is not None and found.locker is not None:
            break
        has_value = found is not None or key in layer.values
        locker = layer if has_value and layer.locks.get(key) else None
        if layer is lasting[-1] and key in own and locker is None:
            found = _Found(own[key], layer, is_own=True)
        elif key in layer.values:
            found = _Found(layer.values[key], layer, locker)
        elif found is not None:
            found = replace(found, locker=locker)
    for layer in over:
        if key in layer.values:
            found = _laid_over(found, layer, key, own)
    if found is None or found.value == ORIGINAL:
        return None
    chosen = own.get(key) or lasting[-1].values.get(key, "")
    return Resolved(
        value=found.value,
        layer="pilihan desa sendiri" if found.is_own else found.layer.label,
        is_locked=found.locker is not None,
        locked_by=found.locker.label if found.locker else "",
        overridden=chosen if chosen != found.value else "",
        is_own=found.is_own,
        layer_key=found.layer.key,
    )


def _laid_over(
    found: _Found | None, layer: Layer, key: str, own: Mapping[str, str]
) -> _Found | None:
    """What the key is after a temporary layer or return was laid over it."""
    locker = found.locker if found else None
    is_free = layer.locks.get(key) is False
    if is_free and found is not None and found.is_own:
        return found
    if layer.is_return:
        if is_free and key in own:
            return _Found(own[key], layer, is_own=True)
        return _Found(layer.values[key], layer, None if is_free else layer)
    if locker is not None and layer.scope.authority < locker.scope.authority:
        return found  # a district's ribbon doesn't open what the regency locked
    return _Found(layer.values[key], layer, locker if is_free else layer)


def _by_reach(layer: Layer) -> int:
    return -layer.scope.reach


def _by_weight(layer: Layer) -> tuple[bool, int, int, float, str]:
    """Later ones win: returns over all; the nearer scope; the higher rank; what began later."""
    began = layer.starts_at.timestamp() if layer.starts_at else 0.0
    return (layer.is_return, -layer.scope.reach, layer.rank, began, layer.title)


def _meet(one: Layer, other: Layer) -> bool:
    """Whether two stretches of time share a moment."""
    starts_in_time = one.starts_at is None or other.ends_at is None or one.starts_at < other.ends_at
    ends_in_time = other.starts_at is None or one.ends_at is None or other.starts_at < one.ends_at
    return starts_in_time and ends_in_time
