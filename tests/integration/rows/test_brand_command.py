"""`siappakai merek`: a kit is entered, locked, frozen, compared, brought back and packed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from PIL import Image

from siappakai.branding.edits import set_adopted
from siappakai.cli import main
from siappakai.config import Settings
from tests.integration.rows.brand_rows import A, B, add_instances


@pytest.fixture(autouse=True)
def environ(
    app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command finds the same panel."""
    for name, text in {
        "SESSION_KEY": settings.session_key.reveal(),
        "VAULT_KEY": settings.vault_key.reveal(),
        "REDIS_URL": settings.redis_url,
        "HOME": str(settings.home),
        "DATA_ROOT": str(settings.data_root),
        "FLEET": settings.fleet,
    }.items():
        monkeypatch.setenv(f"SIAPPAKAI_{name}", text)
    add_instances(tmp_path)


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["merek", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_a_kit_is_entered_locked_frozen_and_brought_back(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (256, 256), "#0a0").save(logo)
    run("isi", "logo", str(logo))
    assert "rancangan" in run("isi", "app_name", "Takalar")
    run("isi", "app_name", "Tamasaju", "--wilayah", "73.05.05.2001")
    assert "tidak dipakai selama dikunci" in run("kunci", "app_name")
    assert "Wajah versi 1" in run("bekukan", "Pertama")
    seen = run("lihat", A.code)
    assert "Nama aplikasi: Takalar (dari semua wilayah, dikunci semua wilayah" in seen
    assert "pilihan sendiri «Tamasaju»" in seen
    refused = run("isi", "app_name", "Lain", "--wilayah", B.code, code=1)
    assert "dikunci oleh semua wilayah" in refused and "Langkah berikutnya" in refused
    run("bebaskan", "app_name")
    run("kosongkan", "app_name", "--wilayah", A.code)
    assert "Belum dibekukan: 2 perubahan." in run("versi")
    run("bekukan", "Kedua")
    assert "Desa 73.05.05.2001: Nama aplikasi dikosongkan" in run("beda", "1", "2")
    assert "Wajah versi 3: Kembali ke wajah 1." in run("kembali", "1", "--yes")
    assert run("beda", "1", "3") == "Tidak ada bedanya.\n"
    assert "Kembali ke sebelum ada wajah" in run("kembali", "awal", "--wilayah", A.code, "--yes")
    assert "Belum ada isian" in run("lihat", A.code) and "Takalar" in run("lihat", B.code)
    assert "Takalar" in run("lihat", A.code, "--nomor", "1")
    assert "kembali ke sebelum ada wajah" in run("lapisan")


def test_wrong_words_are_refused_with_what_to_do() -> None:
    for words in (
        ("isi", "primary_colour", "merah"),
        ("isi", "app_name", "x", "--wilayah", "99"),
        ("kembali", "sembilan", "--yes"),
        ("kembali", "9", "--yes"),
        ("bekukan", " "),
        ("kunci", "app_name"),
        ("kit-android", "takalar", "--keluar", "x.zip"),
        ("hapus-sementara", "Tidak ada"),
        ("pemilu", "2030-02-02", "2030-01-01"),
    ):
        assert "Langkah berikutnya" in run(*words, code=1)
    assert run("isi", "nama", "x", code=2)


def test_colours_are_measured_and_a_neighbour_is_offered() -> None:
    assert "Warna terdekat yang memenuhi: #" in run("warna", "#ffcc00")
    assert "skin-green" in run("warna", "#0f766e")
    assert "cukup untuk tulisan" in run("isi", "primary_colour", "#0f766e")


def test_temporary_layers_by_template_and_by_hand() -> None:
    assert "1 Agustus 2099 pukul 00.00" in run("hut-ri", "2099")
    words = ("--mulai", "2099-08-05 08:00", "--sampai", "2099-08-06", "--wilayah", "7305")
    run("sementara", "Pekan desa", *words, "--isi", "ribbon_text=Pekan", "--bebas", "ribbon_text")
    assert run("jadwal").strip() == "1 Agustus 2099 pukul 00.00"
    assert "Bertumpuk" in run("berkabung", "2099-08-17", "--hari", "2")
    run("pemilu", "2098-12-01", "2098-12-02")
    for name in ("HUT RI 2099", "Berkabung 17-08-2099", "Netralitas pemilu 2098"):
        assert name in run("lapisan")
        assert "dihapus" in run("hapus-sementara", name)
    assert "Pekan desa" in run("lapisan") and "[bebas]" in run("lapisan")


def test_pictures_and_the_android_kit(tmp_path: Path) -> None:
    logo = tmp_path / "logo kami.png"
    Image.new("RGB", (256, 256), "#0a0").save(logo)
    digest = run("gambar", str(logo)).split()[0]
    assert "logo kami.png" in run("gambar-daftar")
    run("isi", "logo", digest)
    run("bekukan", "Pertama")
    target = tmp_path / "kit.zip"
    run("kit-android", "id.go.takalarkab.layanan", "--keluar", str(target), "--nama", "Layanan")
    names = zipfile.ZipFile(io.BytesIO(target.read_bytes())).namelist()
    assert "merek.json" in names and "BACA.md" in names
    (tmp_path / "palsu.png").write_text("<?php echo 1;")
    assert "bukan" in run("gambar", str(tmp_path / "palsu.png"), code=1)


def test_the_catalogue_names_every_value_and_own_choices_are_shown() -> None:
    assert "app_name: Nama aplikasi" in run("isian") and "merah_putih" in run("isian")
    set_adopted(A, {"app_name": "Milik kami"}, by="sistem")
    assert "Milik kami (dari pilihan desa sendiri)" in run("lihat", A.code)
    assert "[pilihan desa sendiri]" in run("lapisan")
    assert "Belum ada isian" in run("lihat", B.code)
