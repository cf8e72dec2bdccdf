"""Think: what a check of a theme can find, how grave it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    REFUSED = "ditolak"  # no exception exists
    EXCEPTION = "perlu izin"  # an admin may let it pass, with a reason
    NOTE = "catatan"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding; `sentence` may hold `{detail}`."""

    severity: Severity
    sentence: str
    advice: str


_DROP = "Jangan pakai paket ini; minta pembuat tema paket yang bersih."
_ASK = "Baca baris itu; bila memang perlu dan aman, beri izin dengan alasan."
_NO, _MAYBE, _NOTE = Severity.REFUSED, Severity.EXCEPTION, Severity.NOTE

RULES: Mapping[str, Rule] = {
    # --- the package
    "nama-terlarang": Rule(
        _NO, "Nama berkas ini dapat mengubah cara server bekerja{detail}.", _DROP
    ),
    "nama-menyesatkan": Rule(_NO, "Nama berkas ini menyesatkan{detail}.", _DROP),
    "tautan": Rule(_NO, "Paket memuat tautan (symlink); tema tidak memerlukannya.", _DROP),
    "program": Rule(_NO, "Berkas ini program yang dapat dijalankan{detail}.", _DROP),
    "php-tersamar": Rule(_NO, "Kode PHP disembunyikan di dalam berkas yang bukan PHP.", _DROP),
    "bom": Rule(_NO, "Arsip di dalam paket mengembang tidak wajar{detail}.", _DROP),
    "terlalu-besar": Rule(
        _NO, "Ukuran melebihi batas tema{detail}.", "Kecilkan gambar atau buang berkas cadangan."
    ),
    "bukan-tema": Rule(
        _NO,
        "Paket ini bukan tema OpenSID: template.php tidak ada{detail}.",
        "Pilih folder atau arsip yang langsung memuat template.php.",
    ),
    "isi-tak-sesuai": Rule(_MAYBE, "Isi berkas tidak sesuai dengan akhiran namanya.", _ASK),
    "php-dalam-skrip": Rule(
        _MAYBE, "Ada tulisan pembuka PHP di dalam berkas skrip atau gaya.", _ASK
    ),
    # --- its PHP: never
    "kode-dari-teks": Rule(_NO, "Menjalankan kode yang disusun dari teks ({detail}).", _DROP),
    "perintah-sistem": Rule(_NO, "Menjalankan perintah sistem server ({detail}).", _DROP),
    "panggilan-dinamis": Rule(
        _NO, "Memanggil fungsi yang namanya baru diketahui saat berjalan ({detail}).", _DROP
    ),
    "sertakan-asing": Rule(_NO, "Menyertakan kode dari tempat yang tidak sah ({detail}).", _DROP),
    "dari-pengunjung": Rule(
        _NO, "Masukan pengunjung menentukan berkas atau alamat yang dibuka ({detail}).", _DROP
    ),
    "tulis-berkas": Rule(_NO, "Menulis, memindah, atau menghapus berkas server ({detail}).", _DROP),
    "unggah-berkas": Rule(_NO, "Menerima berkas unggahan pengunjung ({detail}).", _DROP),
    "teks-tersamar": Rule(_NO, "Kode disamarkan agar tidak terbaca ({detail}).", _DROP),
    "ubah-server": Rule(_NO, "Mengubah lingkungan atau pengaman PHP ({detail}).", _DROP),
    # --- its PHP: only when an admin says so
    "akses-internet": Rule(_MAYBE, "Mengambil sesuatu dari alamat lain ({detail}).", _ASK),
    "basis-data": Rule(_MAYBE, "Bertanya langsung ke basis data ({detail}).", _ASK),
    "baca-berkas": Rule(_MAYBE, "Membaca berkas server ({detail}).", _ASK),
    "sertakan-dinamis": Rule(_MAYBE, "Menyertakan berkas dengan nama berubah ({detail}).", _ASK),
    "sertakan-luar": Rule(_MAYBE, "Menyertakan berkas di luar tema ({detail}).", _ASK),
    "bagian-aplikasi": Rule(_MAYBE, "Memakai bagian dalam aplikasi ({detail}).", _ASK),
    "tampilan-berbeda": Rule(
        _MAYBE,
        "Melihat jenis peramban pengunjung ({detail}); cara ini dapat menyembunyikan sesuatu.",
        _ASK,
    ),
    "jawaban-http": Rule(_MAYBE, "Mengatur jawaban HTTP atau sesi ({detail}).", _ASK),
    "pengaturan-php": Rule(_MAYBE, "Mengubah cara PHP bekerja ({detail}).", _ASK),
    "teks-sandi": Rule(_MAYBE, "Membuka teks yang disandikan ({detail}).", _ASK),
    "teks-panjang": Rule(_MAYBE, "Memuat teks panjang yang tidak terbaca manusia.", _ASK),
    "fungsi-titipan": Rule(_MAYBE, "Menyerahkan fungsi lewat variabel ({detail}).", _ASK),
    "kelas-berubah": Rule(_MAYBE, "Nama kelas berubah-ubah ({detail}).", _ASK),
    "fungsi-tak-dikenal": Rule(
        _MAYBE, "Memakai fungsi yang tidak dikenal pemeriksa ({detail}).", _ASK
    ),
    "alur-lompat": Rule(_MAYBE, "Memakai goto, yang lazim pada kode tersamar ({detail}).", _ASK),
    "tidak-terbaca": Rule(_MAYBE, "Sebagian kode PHP tidak dapat diurai di baris ini.", _ASK),
    # --- worth knowing
    "masukan-mentah": Rule(
        _NOTE,
        "Masukan pengunjung ditampilkan tanpa disaring ({detail}).",
        "Minta pembuat tema memakai html_escape().",
    ),
    "basis-data-baca": Rule(
        _NOTE, "Membaca basis data dengan pertanyaan yang tetap ({detail}).", "Tidak perlu apa-apa."
    ),
    "sesi": Rule(_NOTE, "Membaca sesi pengunjung ({detail}).", "Tidak perlu apa-apa."),
    "nama-berubah": Rule(_NOTE, "Nama variabel berubah-ubah ({detail}).", "Tidak perlu apa-apa."),
    "server-luar": Rule(
        _NOTE,
        "Mengambil berkas dari {detail}: tidak tampil tanpa internet.",
        "Minta versi yang menyimpan berkas itu di dalam tema.",
    ),
    "halaman-kurang": Rule(
        _NOTE,
        "Tema tidak memuat {detail}; halaman itu gagal dibuka.",
        "Lengkapi berkasnya, atau jangan pakai halaman itu.",
    ),
    "php-lama": Rule(
        _NOTE,
        "Kata {detail} tanpa tanda petik: halaman itu gagal pada PHP 8.",
        "Minta versi tema yang dibuat untuk PHP 8.",
    ),
    "rilis-lain": Rule(
        _NOTE,
        "Memakai {detail}; di sana halaman itu gagal dibuka.",
        "Cari versi tema yang dibuat untuk rilis yang dipakai, lalu lihat pratinjaunya.",
    ),
    "blade-saja": Rule(
        _NOTE,
        "Tema ini hanya memuat template.blade.php: OpenSID 2410 dan sebelumnya tidak mengenalnya.",
        "Pakai hanya pada desa yang rilisnya mengenal tema blade.",
    ),
    "skrip-svg": Rule(_NOTE, "Gambar SVG memuat skrip; server tidak menjalankannya.", ""),
    "ditinggal": Rule(_NOTE, "Tidak ikut disimpan karena tema tidak memerlukannya{detail}.", ""),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen in one file; `line` 0 concerns the whole file."""

    code: str
    path: str = ""
    line: int = 0
    detail: str = ""
    file_sha256: str = ""

    @property
    def severity(self) -> Severity:
        return RULES[self.code].severity

    @property
    def sentence(self) -> str:
        return RULES[self.code].sentence.format(detail=self.detail)

    @property
    def advice(self) -> str:
        return RULES[self.code].advice

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path

    def as_row(self) -> dict[str, Any]:
        """For JSON: everything a page needs to show it."""
        words = {"severity": str(self.severity), "sentence": self.sentence, "advice": self.advice}
        return {**asdict(self), **words}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Finding:
        return cls(row["code"], row["path"], row["line"], row["detail"], row["file_sha256"])


@dataclass(frozen=True, slots=True)
class Permission:
    """An admin lets one kind of finding pass in one file, as long as its content stays so."""

    code: str
    path: str
    file_sha256: str
    by: str
    why: str
    at: str = ""

    def covers(self, finding: Finding) -> bool:
        return (
            finding.severity == Severity.EXCEPTION
            and (finding.code, finding.path) == (self.code, self.path)
            and finding.file_sha256 == self.file_sha256
        )


def standing(findings: Iterable[Finding], allowed: Sequence[Permission]) -> list[Finding]:
    """The findings that keep a package out: refused ones, and those without a permission."""
    return [
        each
        for each in findings
        if each.severity != Severity.NOTE and not any(one.covers(each) for one in allowed)
    ]


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Refused before the rest, then by place; each only once."""
    order = list(Severity)
    unique = dict.fromkeys(findings)
    return sorted(unique, key=lambda each: (order.index(each.severity), each.path, each.line))


def first_reason(findings: Sequence[Finding]) -> str:
    """One line for a state's reason: the gravest finding and how many more there are."""
    if not findings:
        return ""
    head = gravest_first(findings)[0]
    more = f" (dan {len(findings) - 1} temuan lain)" if len(findings) > 1 else ""
    return f"{head.place}: {head.sentence}{more}" if head.path else f"{head.sentence}{more}"
