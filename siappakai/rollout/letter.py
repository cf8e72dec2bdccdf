"""Think: a receipt in words, the same on page and paper."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from siappakai.rollout import words
from siappakai.rollout.receipt import COLOURS, DEFAULT_ZONE, ICONS, Outcome, Receipt, Verdict


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a receipt says, already in Indonesian; `colour` and `icon` are the theme's."""

    heading: str
    village: str
    outcome: Outcome
    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    balance: tuple[tuple[str, str, str, str, Verdict], ...]
    findings: tuple[str, ...]
    pictures_note: str

    @property
    def colour(self) -> str:
        return COLOURS[self.outcome]

    @property
    def icon(self) -> str:
        return ICONS[self.outcome]


def letter_of(receipt: Receipt, zone: ZoneInfo = DEFAULT_ZONE) -> Letter:
    """The receipt as sentences and tables in Indonesian, times in the regency's zone."""
    balance = tuple(
        (
            line.label,
            words.number(line.before),
            words.number(line.after),
            words.difference_text(line.before, line.after),
            line.verdict,
        )
        for line in receipt.balance
    )
    told = (_what_happened(receipt, zone), _who_waited(receipt), _what_data_says(receipt))
    return Letter(
        heading="Surat Keterangan Pembaruan",
        village=receipt.full_name,
        outcome=receipt.outcome,
        sentences=tuple(sentence for sentence in told if sentence),
        facts=tuple(_facts(receipt, zone)),
        balance=balance,
        findings=receipt.findings,
        pictures_note=_pictures_note(receipt),
    )


def _what_happened(receipt: Receipt, zone: ZoneInfo) -> str:
    what = f"{receipt.product_label} {receipt.full_name}"
    versions = f"dari versi {receipt.from_version} ke versi {receipt.to_version}"
    reason = f" Sebabnya: {_ended(receipt.reason)}" if receipt.reason else ""
    at = receipt.switched_at or receipt.finished_at or receipt.started_at
    on = f"Pada {words.moment(at, zone)}, " if at else ""
    match receipt.outcome:
        case Outcome.DONE:
            return f"{on}{what} diperbarui {versions} (edisi {receipt.edition})."
        case Outcome.RETURNED:
            return f"{_returned(receipt, zone, what, versions)}{reason}"
        case Outcome.SKIPPED:
            return f"{what} dilewati{_keeps(receipt)}.{reason}"
        case Outcome.NOT_YET:
            return f"{what} belum diperbarui{_keeps(receipt)}.{reason}"
        case Outcome.NOT_BEGUN:
            return (
                f"{what} tidak jadi diperbarui {versions}: terhenti sebelum ada yang "
                f"diubah{_keeps(receipt)}.{reason}"
            )
    return (
        f"{on}{what} sedang diperbarui {versions} ketika terhenti; "
        f"keadaannya belum terbukti dan perlu ditangani.{reason}"
    )


def _keeps(receipt: Receipt) -> str:
    """Its version, if it is the old one still; else what serves now, whoever brought it."""
    if receipt.running_version == receipt.from_version:
        return f" dan tetap pada versi {receipt.from_version}"
    return f"; yang melayani sekarang versi {receipt.running_version}"


def _returned(receipt: Receipt, zone: ZoneInfo, what: str, versions: str) -> str:
    back = receipt.returned_at or receipt.finished_at
    since = f" pada {words.moment(back, zone)}" if back else ""
    before = "sudah" if receipt.returned_at and receipt.switched_at else "dicoba"
    return (
        f"{what} {before} diperbarui {versions}, lalu{since} dikembalikan ke versi "
        f"{receipt.from_version}{' beserta basis datanya' * receipt.is_database_back}."
    )


def _who_waited(receipt: Receipt) -> str:
    if receipt.hold_s is None:
        return ""
    parts = [("menyalin basis data", receipt.dump_s), ("memindahkan data", receipt.migrate_s)]
    known = [f"{words.seconds(took)} untuk {what}" for what, took in parts if took is not None]
    inside = f", di antaranya {' dan '.join(known)}" if known else ""
    return f"Permintaan pengunjung ditahan selama {words.seconds(receipt.hold_s)}{inside}."


def _what_data_says(receipt: Receipt) -> str:
    if not receipt.balance:
        return ""
    checked = f"Neraca data: {words.number(len(receipt.balance))} hitungan dibandingkan"
    explained = sum(line.verdict is Verdict.EXPLAINED for line in receipt.balance)
    if receipt.losses:
        lost = words.listed([line.label.lower() for line in receipt.losses])
        return f"{checked}, {words.number(len(receipt.losses))} berkurang ({lost})."
    if explained:
        return f"{checked}; yang berkurang ({explained}) dijelaskan oleh rilis ini."
    unknown = sum(line.verdict is Verdict.UNCHECKED for line in receipt.balance)
    if unknown:
        return f"{checked}, tidak ada yang berkurang; {unknown} tidak dapat diperiksa."
    return f"{checked}, tidak ada yang berkurang."


def _facts(receipt: Receipt, zone: ZoneInfo) -> list[tuple[str, str]]:
    at = words.exact_moment
    facts = [
        ("Kode wilayah", words.dotted(receipt.village_code)),
        (receipt.district_word.capitalize(), receipt.district_name),
        ("Alamat web", receipt.domain),
        ("Versi yang melayani", receipt.running_version),
        ("Mulai", at(receipt.started_at, zone) if receipt.started_at else ""),
        ("Beralih", at(receipt.switched_at, zone) if receipt.switched_at else ""),
        ("Selesai", at(receipt.finished_at, zone) if receipt.finished_at else ""),
        ("Dikembalikan", at(receipt.returned_at, zone) if receipt.returned_at else ""),
        ("Gelombang", words.number(receipt.wave) if receipt.wave is not None else ""),
        ("Dijalankan oleh", receipt.ordered_by),
        ("Disetujui oleh", words.listed(receipt.approved_by) if receipt.approved_by else ""),
        ("Server", receipt.server_name),
        ("Nomor operasi", f"{receipt.operation_id}" if receipt.operation_id else ""),
        ("Sidik rencana", receipt.plan_hash),
        ("Sidik citra", receipt.digest),
    ]
    return [(name, value) for name, value in facts if value]


def _pictures_note(receipt: Receipt) -> str:
    if receipt.picture_before and receipt.picture_after:
        return ""
    missing = "Gambar sebelum" if receipt.picture_after else "Gambar sesudah"
    neither = not (receipt.picture_before or receipt.picture_after)
    what = "Gambar" if neither else missing
    return f"{what} tidak dibuat: {_ended(receipt.pictures_note or 'tidak diminta')}"


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
