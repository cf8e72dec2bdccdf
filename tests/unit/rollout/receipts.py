"""Receipts of villages that tests of the record share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from siappakai.rollout.receipt import (
    Approval,
    BalanceLine,
    Outcome,
    Receipt,
    RolloutReport,
    Verdict,
    Wave,
)

MAKASSAR = ZoneInfo("Asia/Makassar")
START = datetime(2026, 11, 22, 3, 5, 9, tzinfo=UTC)
PLAN_HASH = "5a1e" * 16
HOSTILE = {
    "7305012011": '=HYPERLINK("http://jahat.test","klik")',
    "7305012012": "<script>alert('desa')</script> & <b>tebal",
    "7305012013": "Panjang" * 60,
    "7305012014": "Bonto 😀 ꦗꦮ ᨅᨘᨁᨗ",
    "7305012015": "@SUM(A1) + -1",
    "7305012016": "Ganda\nBaris\x00\x1f",
}
BALANCE = (
    BalanceLine("Penduduk", 5006, 5006, Verdict.SAME),
    BalanceLine("Surat keluar", 1203, 1204, Verdict.GREW),
    BalanceLine("Anggaran (Rp)", Decimal("1250000500.25"), Decimal("1250000500.25"), Verdict.SAME),
)

BONTO = Receipt(
    village_name="Bonto Kassi",
    village_code="7305012001",
    product_label="OpenSID",
    from_version="2408.0.0",
    to_version="2410.0.0",
    outcome=Outcome.DONE,
    district_name="Galesong Selatan",
    domain="bonto.takalar.desa.id",
    server_name="local",
    wave=1,
    started_at=START,
    switched_at=START + timedelta(seconds=8),
    finished_at=START + timedelta(seconds=11),
    hold_s=3.44,
    dump_s=1.3,
    migrate_s=2.1,
    balance=BALANCE,
    ordered_by="ani",
    approved_by=("budi", "citra"),
    plan_hash=PLAN_HASH,
    operation_id=41,
    digest="sha256:" + "0f" * 32,
    pictures_note="Chromium belum terpasang di server",
)
LOST = BalanceLine("Keluarga", 1500, 1463, Verdict.LOST)
CAKURA = replace(
    BONTO,
    village_name="Cakura",
    village_code="7305012002",
    outcome=Outcome.RETURNED,
    wave=2,
    switched_at=None,
    returned_at=START + timedelta(minutes=2),
    hold_s=12.0,
    balance=(*BALANCE, LOST),
    findings=("37 keluarga hilang setelah pemindahan",),
    reason="Neraca data: 37 keluarga hilang.",
    operation_id=42,
)
SKIPPED = replace(
    BONTO,
    village_name="Popo",
    village_code="7305012003",
    outcome=Outcome.SKIPPED,
    reason="disematkan pada versi lama",
    started_at=None,
    switched_at=None,
    finished_at=None,
    hold_s=None,
    balance=(),
)


def hostile_receipts() -> tuple[Receipt, ...]:
    return tuple(
        replace(BONTO, village_name=name, village_code=code, village_word="")
        for code, name in HOSTILE.items()
    )


def report_of(*receipts: Receipt, **more: Any) -> RolloutReport:
    named: dict[str, Any] = {
        "title": "Peluncuran OpenSID 2410.0.0",
        "product_label": "OpenSID",
        "release_version": "2410.0.0",
        "plan_hash": PLAN_HASH,
        "receipts": receipts or (BONTO, CAKURA, SKIPPED),
        "made_at": START + timedelta(hours=1),
        "regency_name": "Kabupaten Takalar",
        "ordered_by": "ani",
        "made_by": "ani",
        "approvals": (Approval("budi", START), Approval("citra", START, "lewat rapat")),
        "waves": (Wave(1, "percobaan", START, START + timedelta(minutes=1)), Wave(2)),
        "started_at": START,
        "finished_at": START + timedelta(minutes=30),
        "zone": MAKASSAR,
    }
    return RolloutReport(**(named | more))
