"""The rollout's PDF, its text extracted again, holds what the receipts say."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from siappakai.errors import Unavailable
from siappakai.rollout import pdf_text
from siappakai.rollout.receipt import BalanceLine, Outcome, Verdict
from siappakai.rollout.report_pdf import rollout_pdf, village_pdf
from tests.unit.rollout.receipts import (
    BONTO,
    CAKURA,
    MAKASSAR,
    PLAN_HASH,
    SKIPPED,
    hostile_receipts,
    report_of,
)

MIB = 1024 * 1024


def pages_of(content: bytes) -> list[str]:
    """Each page's text on one line, so that wrapping does not matter."""
    reader = PdfReader(BytesIO(content))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def village_page(content: bytes, name: str) -> str:
    found = [text for text in pages_of(content) if f"Pembaruan {name}" in text]
    assert len(found) == 1
    return found[0]


def picture(path: Path, colour: str) -> Path:
    noise = Image.effect_noise((1280, 800), 60).convert("RGB")
    noise.paste(colour, (0, 0, 1280, 300))
    noise.save(path, quality=60)
    return path


def test_every_village_has_one_page_with_its_numbers() -> None:
    content = rollout_pdf(report_of())
    assert len(pages_of(content)) == 4
    bonto, cakura = village_page(content, "Desa Bonto"), village_page(content, "Desa Cakura")
    for said in ("73.05.01.2001", "3,4 detik", "11.05.09 WITA", "5.006", "1.250.000.500,25"):
        assert said in bonto
    for said in ("73.05.01.2002", "12 detik", "1.500", "1.463", "−37", "berkurang", PLAN_HASH):
        assert said in cakura
    for page in (bonto, cakura):
        assert "Mengetahui," in page
        assert "Gambar tidak dibuat: Chromium belum terpasang di server." in page


def test_the_first_page_sums_up_and_every_page_is_numbered() -> None:
    pages = pages_of(rollout_pdf(report_of()))
    for said in ("Peluncuran OpenSID 2410.0.0", "Penahanan terlama 12 detik (Desa Cakura)"):
        assert said in pages[0]
    for name in ("Desa Bonto Kassi", "Desa Cakura", "Desa Popo"):
        assert name in pages[0]
    for number, text in enumerate(pages, start=1):
        assert f"Halaman {number} dari {len(pages)}" in text
        assert "Kabupaten Takalar" in text


def test_the_document_says_its_title_and_language_and_has_an_outline() -> None:
    reader = PdfReader(BytesIO(rollout_pdf(report_of())))
    assert reader.metadata.title == "Peluncuran OpenSID 2410.0.0"
    assert reader.root_object["/Lang"] == "id"
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
    names = [entry.title for entry in reader.outline]
    assert names == ["Ringkasan", "Desa Bonto Kassi", "Desa Cakura", "Desa Popo"]


def test_every_font_is_embedded() -> None:
    for content in (rollout_pdf(report_of()), village_pdf(CAKURA)):
        reader = PdfReader(BytesIO(content))
        for page in reader.pages:
            for font in page["/Resources"]["/Font"].values():
                name = font.get_object()["/BaseFont"]
                if name != "/Helvetica":  # reportlab names it on every page and never uses it
                    assert "/FontFile2" in font.get_object()["/FontDescriptor"], name


def test_no_name_breaks_a_page_or_loses_a_sign() -> None:
    content = rollout_pdf(report_of(*hostile_receipts()))
    text = " ".join(pages_of(content))
    together = text.replace(" ", "")
    assert '=HYPERLINK("http://jahat.test","klik")' in together
    assert "<script>alert('desa')</script>&<b>tebal" in together
    assert "PanjangPanjang" in together and "…" in together
    assert "[U+1F600]" in together
    assert re.search(r"\[U\+A997\]|ꦗ", together)  # by its number where its font is missing
    assert "@SUM(A1)+-1" in together
    assert len(pages_of(content)) <= 2 + len(hostile_receipts())


def test_a_long_balance_still_fits_one_page_with_what_was_lost_first() -> None:
    many = tuple(BalanceLine(f"Tabel {n}", n, n, Verdict.SAME) for n in range(200))
    long = [replace(each, balance=(*many, CAKURA.balance[-1])) for each in (BONTO, CAKURA)]
    pages = pages_of(rollout_pdf(report_of(*long)))
    assert len(pages) == 3
    for page in pages[1:]:
        assert "Keluarga 1.500 1.463" in page
        assert "dan 141 hitungan lain" in page


def test_pictures_are_shown_small_and_a_broken_one_is_said(tmp_path: Path) -> None:
    before = picture(tmp_path / "a.jpg", "red")
    after = picture(tmp_path / "b.jpg", "blue")
    broken = tmp_path / "c.jpg"
    broken.write_bytes(b"bukan gambar")
    whole = replace(BONTO, picture_before=before, picture_after=after)
    half = replace(CAKURA, picture_before=before, picture_after=broken)
    content = rollout_pdf(report_of(whole, half))
    shown = [list(page.images) for page in PdfReader(BytesIO(content)).pages]
    assert [len(images) for images in shown] == [0, 2, 1]
    for image in (*shown[1], *shown[2]):
        assert max(image.image.size) <= 640
        assert image.name.endswith(".jpg")
    added = len(village_pdf(whole)) - len(village_pdf(BONTO))
    assert 10_000 < added < (before.stat().st_size + after.stat().st_size) / 2
    assert "Gambar tidak dapat dibaca." in pages_of(content)[2]


def test_without_fonts_the_admin_is_told_which_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_text, "FONTS", tmp_path)
    pdf_text.register_fonts.cache_clear()
    with pytest.raises(Unavailable) as caught:
        village_pdf(BONTO)
    assert "fonts-dejavu-core" in caught.value.hint
    monkeypatch.undo()
    assert pages_of(village_pdf(SKIPPED))


def test_a_hundred_and_ten_villages_take_seconds_and_stay_small() -> None:
    receipts = [
        replace(BONTO, village_name=f"Bonto {n}", village_code=f"73050{n // 100 + 1}2{n:03d}")
        for n in range(109)
    ]
    started = time.process_time()
    content = rollout_pdf(report_of(*receipts, replace(CAKURA, outcome=Outcome.STUCK)))
    assert time.process_time() - started < 10
    assert len(content) < 10 * MIB
    pages = pages_of(content)
    assert all(any(f"Pembaruan Desa Bonto {n} " in page for page in pages) for n in range(109))


def test_one_village_has_a_letter_of_its_own_on_one_page() -> None:
    for receipt in (BONTO, CAKURA):
        content = village_pdf(receipt, zone=MAKASSAR, heading="Dinas Kominfo Kabupaten Takalar")
        (page,) = pages_of(content)
        assert "Dinas Kominfo Kabupaten Takalar" in page
        assert receipt.full_name in page and "Halaman 1 dari 1" in page
