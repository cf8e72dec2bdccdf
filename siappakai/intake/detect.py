"""What kind of file an upload is, told by its content; its name is never trusted."""

from __future__ import annotations

from enum import StrEnum
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from siappakai.errors import InvalidInput

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 5_000
_SAVE_AS = "Buka berkas di aplikasi lembar kerja, lalu simpan sebagai .xlsx, .ods, atau .csv."
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_OTHER_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "gambar PNG"),
    (b"\xff\xd8\xff", "gambar JPEG"),
    (b"GIF8", "gambar GIF"),
    (b"RIFF", "gambar atau media"),
    (b"%PDF", "dokumen PDF"),
    (b"Rar!", "arsip RAR"),
    (b"7z\xbc\xaf", "arsip 7z"),
    (b"\x1f\x8b", "arsip gzip"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"{\\rtf", "dokumen RTF"),
)
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head", b"<style")


class FileKind(StrEnum):
    """How the content is to be read."""

    WORKBOOK = "workbook"
    DELIMITED = "delimited"


def detect_kind(content: bytes) -> FileKind:
    """WORKBOOK or DELIMITED; raises InvalidInput that says what the file is instead."""
    if not content.strip(b"\x00\t\r\n ") or content in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"):
        raise InvalidInput("Berkas kosong.", hint="Pilih berkas yang berisi daftar desa.")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _check_zip(content)
        return FileKind.WORKBOOK
    if content.startswith(_OLE):
        _check_ole(content)
        return FileKind.WORKBOOK
    _refuse_others(content)
    return FileKind.DELIMITED


def _refuse_others(content: bytes) -> None:
    for beginning, what in _OTHER_KINDS:
        if content.startswith(beginning):
            raise InvalidInput(f"Berkas ini {what}, bukan lembar kerja.", hint=_SAVE_AS)
    head = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(_MARKUP):
        raise InvalidInput("Berkas ini halaman web atau XML, bukan lembar kerja.", hint=_SAVE_AS)


def _check_ole(content: bytes) -> None:
    if _ENCRYPTED_STREAM in content:
        raise locked()
    if "WordDocument".encode("utf-16-le") in content:
        raise InvalidInput("Berkas ini dokumen Word, bukan lembar kerja.", hint=_SAVE_AS)


def _check_zip(content: bytes) -> None:
    """Refuses what is no workbook or would unpack to too much, from the zip's directory alone."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            _check_parts(archive.infolist())
            _check_contents(archive)
    except (BadZipFile, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise broken() from error


def _check_parts(parts: list[ZipInfo]) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise locked()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise InvalidInput(
            "Isi berkas terlalu besar untuk sebuah daftar desa.",
            hint="Salin kolom yang perlu saja ke lembar kerja baru, lalu unggah itu.",
        )


def _check_contents(archive: ZipFile) -> None:
    names = set(archive.namelist())
    if "word/document.xml" in names:
        raise InvalidInput("Berkas ini dokumen Word, bukan lembar kerja.", hint=_SAVE_AS)
    is_excel = bool(names & {"xl/workbook.xml", "xl/workbook.bin"})
    is_ods = "content.xml" in names and _is_spreadsheet(archive, names)
    if not (is_excel or is_ods):
        raise InvalidInput("Berkas ini arsip ZIP, bukan lembar kerja.", hint=_SAVE_AS)


def _is_spreadsheet(archive: ZipFile, names: set[str]) -> bool:
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in _head(archive, manifest):
        raise locked()
    return "mimetype" not in names or b"spreadsheet" in _head(archive, "mimetype")


def _head(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(1024 * 1024)


def locked() -> InvalidInput:
    """The error for a workbook that asks for a password."""
    return InvalidInput(
        "Berkas dikunci dengan kata sandi.",
        hint="Buka berkas, hapus kata sandinya, simpan, lalu unggah lagi.",
    )


def broken() -> InvalidInput:
    """The error for a workbook that can't be read."""
    return InvalidInput("Berkas rusak atau bukan lembar kerja yang dikenal.", hint=_SAVE_AS)
