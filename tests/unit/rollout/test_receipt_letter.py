"""A receipt says in sentences what became of one village; the report adds all of them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jinja2
import pytest

from siappakai.rollout.letter import letter_of
from siappakai.rollout.receipt import Outcome, Verdict, summary_facts, totals
from tests.unit.rollout.receipts import (
    BONTO,
    CAKURA,
    LOST,
    MAKASSAR,
    SKIPPED,
    START,
    hostile_receipts,
    report_of,
)

TEMPLATES = Path(__file__).resolve().parents[3] / "siappakai" / "templates"


def test_a_success_tells_versions_the_wait_and_that_nothing_was_lost() -> None:
    assert letter_of(BONTO, MAKASSAR).sentences == (
        "Pada 22 November 2026 pukul 11.05 WITA, OpenSID Desa Bonto Kassi diperbarui dari versi "
        "2408.0.0 ke versi 2410.0.0 (edisi umum).",
        "Permintaan pengunjung ditahan selama 3,4 detik, di antaranya 1,3 detik untuk menyalin "
        "basis data dan 2,1 detik untuk memindahkan data.",
        "Neraca data: 3 hitungan dibandingkan, tidak ada yang berkurang.",
    )


def test_a_return_tells_what_serves_now_why_and_what_was_lost() -> None:
    letter = letter_of(CAKURA, MAKASSAR)
    assert letter.sentences[0] == (
        "OpenSID Desa Cakura dicoba diperbarui dari versi 2408.0.0 ke versi 2410.0.0, lalu pada "
        "22 November 2026 pukul 11.07 WITA dikembalikan ke versi 2408.0.0 beserta basis datanya. "
        "Sebabnya: Neraca data: 37 keluarga hilang."
    )
    assert letter.sentences[2].endswith("1 berkurang (keluarga).")
    assert ("Versi yang melayani", "2408.0.0") in letter.facts
    assert ("Keluarga", "1.500", "1.463", "−37", Verdict.LOST) in letter.balance


def test_a_village_returned_after_it_had_moved_says_so() -> None:
    moved = replace(BONTO, outcome=Outcome.RETURNED, returned_at=START + timedelta(days=1))
    assert "sudah diperbarui" in letter_of(moved, MAKASSAR).sentences[0]
    assert "23 November 2026" in letter_of(moved, MAKASSAR).sentences[0]


def test_skipped_and_waiting_villages_keep_their_version_and_their_reason() -> None:
    waiting = replace(SKIPPED, outcome=Outcome.NOT_YET, reason="")
    assert letter_of(SKIPPED).sentences == (
        "OpenSID Desa Popo dilewati dan tetap pada versi 2408.0.0. "
        "Sebabnya: disematkan pada versi lama.",
    )
    assert letter_of(waiting).sentences == (
        "OpenSID Desa Popo belum diperbarui dan tetap pada versi 2408.0.0.",
    )


def test_what_never_began_is_not_said_to_have_been_tried_and_brought_back() -> None:
    letter = letter_of(
        replace(SKIPPED, outcome=Outcome.NOT_BEGUN, serving_version="2408.0.0", reason="Penuh")
    )
    assert letter.sentences == (
        "OpenSID Desa Popo tidak jadi diperbarui dari versi 2408.0.0 ke versi 2410.0.0: terhenti "
        "sebelum ada yang diubah dan tetap pada versi 2408.0.0. Sebabnya: Penuh.",
    )
    assert ("Versi yang melayani", "2408.0.0") in letter.facts
    report = report_of(replace(SKIPPED, outcome=Outcome.NOT_BEGUN, reason="Penuh"))
    assert (Outcome.NOT_BEGUN, 1) in totals(report)
    assert [cause.reason for cause in report.causes] == ["Penuh"]


def test_a_database_that_was_not_touched_is_not_said_to_have_been_brought_back() -> None:
    said = letter_of(replace(CAKURA, is_database_back=False), MAKASSAR).sentences[0]
    assert "dikembalikan ke versi 2408.0.0. Sebabnya" in said and "basis datanya" not in said


def test_one_left_out_because_it_was_there_already_is_not_said_to_serve_the_old_one() -> None:
    there = replace(SKIPPED, serving_version="2410.0.0", reason="Sudah memakai versi 2410.0.0.")
    letter = letter_of(there)
    assert letter.sentences == (
        "OpenSID Desa Popo dilewati; yang melayani sekarang versi 2410.0.0. "
        "Sebabnya: Sudah memakai versi 2410.0.0.",
    )
    assert ("Versi yang melayani", "2410.0.0") in letter.facts


def test_a_stuck_village_never_claims_a_version() -> None:
    for receipt in (BONTO, CAKURA):
        letter = letter_of(replace(receipt, outcome=Outcome.STUCK))
        assert "belum terbukti" in letter.sentences[0]
        assert ("Versi yang melayani", "belum terbukti") in letter.facts


def test_explained_and_unchecked_counts_are_not_called_equal() -> None:
    line = BONTO.balance[0]
    for verdict, said in (
        (Verdict.EXPLAINED, "dijelaskan oleh rilis ini"),
        (Verdict.UNCHECKED, "1 tidak dapat diperiksa"),
    ):
        receipt = replace(BONTO, balance=(line, replace(line, verdict=verdict)))
        assert said in letter_of(receipt).sentences[2]


def test_a_missing_picture_always_has_its_reason() -> None:
    said = "tidak dibuat: Chromium belum terpasang di server."
    one = Path("x.jpg")
    assert letter_of(BONTO).pictures_note == f"Gambar {said}"
    assert letter_of(replace(BONTO, picture_after=one)).pictures_note == f"Gambar sebelum {said}"
    assert letter_of(replace(BONTO, picture_before=one)).pictures_note == f"Gambar sesudah {said}"
    both = replace(BONTO, picture_before=one, picture_after=one)
    assert letter_of(both).pictures_note == ""


def test_the_report_adds_up_and_names_the_longest_wait() -> None:
    report = report_of()
    assert totals(report) == [
        (Outcome.DONE, 1),
        (Outcome.RETURNED, 1),
        (Outcome.SKIPPED, 1),
        (Outcome.NOT_YET, 0),
    ]
    assert report.longest_hold is CAKURA
    assert (report.hold_at(0.5), report.hold_at(0.95)) == (3.44, 12.0)
    facts = dict(summary_facts(report))
    assert facts["Penahanan terlama"] == "12 detik (Desa Cakura)"
    assert facts["Disetujui oleh"] == (
        "budi (22 November 2026 pukul 11.05 WITA); "
        "citra (22 November 2026 pukul 11.05 WITA, lewat rapat)"
    )


def test_a_rollout_that_has_not_begun_has_no_wait_and_no_causes() -> None:
    report = report_of(replace(SKIPPED, outcome=Outcome.NOT_YET), SKIPPED)
    assert report.longest_hold is None and report.hold_at(0.95) is None
    assert report.causes == ()


def test_failures_with_one_cause_are_one_line_most_villages_first() -> None:
    twins = [
        replace(CAKURA, village_name=name, cause="Baris ganda di tabel penduduk", reason=name)
        for name in ("Barombong", "Tamalate")
    ]
    causes = report_of(CAKURA, *twins, BONTO).causes
    assert [cause.reason for cause in causes] == [
        "Baris ganda di tabel penduduk",
        "Neraca data: 37 keluarga hilang.",
    ]
    assert causes[0].villages == ("Desa Barombong", "Desa Tamalate")


@pytest.fixture
def card():
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    environment.globals["asset"] = lambda name: f"/static/{name}"
    return environment.get_template("components/receipt.html").module.receipt_card


def test_the_card_shows_every_word_of_the_letter(card) -> None:
    for receipt in (BONTO, CAKURA, SKIPPED):
        letter = letter_of(receipt, MAKASSAR)
        html = str(card(letter, pdf="/surat.pdf"))
        said = [*letter.sentences, *(value for pair in letter.facts for value in pair)]
        for text in [*said, *(cell for line in letter.balance for cell in line), *letter.findings]:
            assert str(jinja2.filters.escape(text)) in html
        assert "/surat.pdf" in html
        assert ("text-red" in html) == (LOST in receipt.balance)


def test_the_card_takes_nothing_in_a_name_as_markup(card) -> None:
    for receipt in hostile_receipts():
        html = str(card(letter_of(receipt), picture_before="/a.jpg", picture_after="/b.jpg"))
        assert "<script" not in html and "<b>" not in html
        assert 'src="/a.jpg"' in html and 'src="/b.jpg"' in html
