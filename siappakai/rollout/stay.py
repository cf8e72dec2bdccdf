"""Think: why a database group does not move now; one reason and one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from siappakai.models.release import version_key
from siappakai.rollout import words
from siappakai.rollout.candidate import Candidate, Wanted
from siappakai.rollout.policy import RolloutPolicy
from siappakai.subscriptions.expiry import written_date

CHANNEL_DAYS: Mapping[str, int] = {"cepat": 0, "biasa": 0, "lambat": 14}


class StayReason(StrEnum):
    REMOVED = "dilepas"
    NOT_INSTALLED = "belum terpasang"
    MIXED = "tidak seragam"
    OTHER_EDITION = "edisi lain"
    ALREADY_THERE = "sudah di sana"
    NEWER = "lebih baru"
    PINNED = "disematkan"
    HELD = "ditahan"
    TOKEN = "langganan"
    CHANNEL = "kanal"
    NO_IMAGE = "citra belum ada"
    RED = "gladi merah"
    NOT_REHEARSED = "belum gladi"
    LOCKED = "terkunci"
    BUSY = "sedang dikerjakan"
    UNHEALTHY = "tidak sehat"


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides over staying: the release, the policy, the clock, days to wait by channel.

    `home` is what one application of the product serves (`desa`), for sentences.
    """

    wanted: Wanted
    policy: RolloutPolicy
    now: datetime
    zone: str
    channel_days: Mapping[str, int]
    home: str = "desa"


@dataclass(frozen=True, slots=True)
class Why:
    reason: StayReason
    sentence: str


def why_it_stays(candidate: Candidate, rules: Rules) -> Why | None:
    """The first reason that holds it back, the most lasting first; None when it moves."""
    for look in (_its_place, _its_version, _its_wishes, _its_channel, _its_rehearsal, _its_state):
        if (why := look(candidate, rules)) is not None:
            return why
    return None


def _its_place(candidate: Candidate, rules: Rules) -> Why | None:
    if candidate.is_removed:
        return Why(StayReason.REMOVED, "Sedang dilepas dari layanan.")
    if candidate.release_id is None:
        return Why(StayReason.NOT_INSTALLED, "Belum pernah terpasang sampai selesai.")
    if candidate.trouble:
        return Why(StayReason.MIXED, candidate.trouble)
    return None


def _its_version(candidate: Candidate, rules: Rules) -> Why | None:
    wanted = rules.wanted
    if candidate.edition != wanted.edition:
        sentence = f"Memakai edisi {candidate.edition}; rencana ini untuk edisi {wanted.edition}."
        return Why(StayReason.OTHER_EDITION, sentence)
    if candidate.release_id == wanted.release_id:
        return Why(StayReason.ALREADY_THERE, f"Sudah memakai versi {wanted.version}.")
    if version_key(candidate.version) > version_key(wanted.version):
        sentence = f"Sudah memakai versi yang lebih baru, {candidate.version}."
        return Why(StayReason.NEWER, sentence)
    return None


def _its_wishes(candidate: Candidate, rules: Rules) -> Why | None:
    today = rules.now.astimezone(ZoneInfo(rules.zone)).date()
    because = f" ({candidate.pin_reason})" if candidate.pin_reason else ""
    if candidate.is_pinned:
        return Why(StayReason.PINNED, f"Disematkan pada versi {candidate.version}{because}.")
    if candidate.held_until_on is not None and candidate.held_until_on >= today:
        until = written_date(candidate.held_until_on)
        return Why(StayReason.HELD, f"Ditahan sampai {until}{because}.")
    if candidate.token_barrier:
        sentence = f"Rilis ini tidak ditawarkan kepadanya: {candidate.token_barrier}."
        return Why(StayReason.TOKEN, sentence)
    return None


def _its_channel(candidate: Candidate, rules: Rules) -> Why | None:
    days = rules.channel_days.get(candidate.channel, 0)
    offered_at = rules.wanted.offered_at
    if days <= 0 or (offered_at and offered_at + timedelta(days=days) <= rules.now):
        return None
    if offered_at is None:
        tail = f"menunggu {days} hari setelah rilis ini ditawarkan, dan itu belum terjadi"
    else:
        turn = words.day(offered_at + timedelta(days=days), ZoneInfo(rules.zone))
        tail = f"mendapat rilis ini mulai {turn}"
    return Why(StayReason.CHANNEL, f"Kanal {candidate.channel} {tail}.")


def _its_rehearsal(candidate: Candidate, rules: Rules) -> Why | None:
    if not candidate.has_image:
        return Why(StayReason.NO_IMAGE, "Citra rilis ini belum ada di servernya.")
    if candidate.verdict == "merah":
        finding = candidate.rehearsed.finding if candidate.rehearsed else ""
        tail = f": {finding.rstrip('.')}" if finding else ""
        return Why(StayReason.RED, f"Gladi bersih merah{tail}.")
    if rules.policy.needs_rehearsal and candidate.verdict == "belum":
        sentence = "Belum melalui gladi bersih untuk rilis ini dari versinya sekarang."
        return Why(StayReason.NOT_REHEARSED, sentence)
    return None


def _its_state(candidate: Candidate, rules: Rules) -> Why | None:
    if candidate.locked_because:
        return Why(StayReason.LOCKED, f"Basis datanya terkunci: {candidate.locked_because}.")
    if candidate.busy_with:
        return Why(StayReason.BUSY, f"Sedang dikerjakan operasi lain: {candidate.busy_with}.")
    if candidate.observed:
        return Why(StayReason.UNHEALTHY, f"Tidak sehat sekarang: {candidate.observed}.")
    return None
