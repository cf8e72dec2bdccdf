"""A package that could harm is refused with its reason, however it was packed."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput, Refused
from siappakai.themes.check import Report, ThemeLimits, check_theme
from siappakai.themes.findings import Severity
from siappakai.themes.source import LIMITS, SourceOrder, fetched_theme
from tests.unit.themes.packages import (
    honest,
    member,
    png,
    write_folder,
    write_tar,
    write_zip,
    zip_of_zeros,
)

SHELL = b"<?php system($_GET['c']); ?>"


def check_files(folder: Path, files: dict[str, bytes], limits: ThemeLimits | None = None) -> Report:
    return check_theme(write_folder(folder / "tema", files), limits)


def refused(report: Report) -> dict[str, str]:
    """Code → path of what is refused outright."""
    return {each.code: each.path for each in report.findings if each.severity == Severity.REFUSED}


def check_archive(archive: Path, beside: Path) -> Report:
    with fetched_theme(SourceOrder(str(archive)), beside / "kerja", print) as fetched:
        return check_theme(fetched.tree)


def test_an_honest_theme_passes_from_a_zip_a_tar_and_a_folder(tmp_path: Path) -> None:
    files = {f"palanta-1.2/{name}": content for name, content in honest().items()}
    sources = (
        write_zip(tmp_path / "palanta.zip", files),
        write_tar(tmp_path / "galesong.tar.gz"),
        write_folder(tmp_path / "bontokanang", honest()),
    )
    for source in sources:
        report = check_archive(source, tmp_path)
        assert not [each for each in report.findings if each.severity != Severity.NOTE]
        assert {each.path for each in report.kept} == set(honest())


@pytest.mark.parametrize(
    "name",
    ["../luar.php", "a/../../luar.php", "/etc/luar.php", "C:/luar.php", "..\\luar.php"],
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    archive = write_tar(tmp_path / "jahat.tar.gz", (info, b""))
    with pytest.raises(InvalidInput, match="Arsip ditolak"):
        check_archive(archive, tmp_path)
    assert not list(tmp_path.rglob("luar.php"))


def test_the_same_name_in_a_zip_is_refused(tmp_path: Path) -> None:
    for name in ("../luar.php", "/etc/luar.php", "a/../../luar.php"):
        archive = write_zip(tmp_path / "jahat.zip", {**honest(), name: b"x"})
        with pytest.raises(InvalidInput, match="Arsip ditolak"):
            check_archive(archive, tmp_path)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "../../../etc/passwd"),
        (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.LNKTYPE, "../../app_key"),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""),
    ],
)
def test_links_to_outside_and_devices_are_refused(tmp_path: Path, kind: bytes, target: str) -> None:
    archive = write_tar(tmp_path / "jahat.tar.gz", member("assets/x", kind, target))
    with pytest.raises(InvalidInput, match="Arsip ditolak"):
        check_archive(archive, tmp_path)


def test_even_a_link_that_stays_inside_is_refused(tmp_path: Path) -> None:
    archive = write_tar(
        tmp_path / "tautan.tar.gz", member("assets/x.css", tarfile.SYMTYPE, "css/gaya.css")
    )
    assert refused(check_archive(archive, tmp_path)) == {"tautan": "assets/x.css"}


def test_a_link_in_a_folder_is_refused_and_never_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "tema", honest())
    (folder / "rahasia.css").symlink_to("/etc/passwd")
    report = check_theme(folder)
    assert refused(report) == {"tautan": "rahasia.css"}
    assert "rahasia.css" not in {each.path for each in report.kept}


def test_a_zip_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    archive = tmp_path / "bom.zip"
    archive.write_bytes(zip_of_zeros(60))
    with pytest.raises(InvalidInput, match="mengembang lebih dari 100 kali lipat"):
        check_archive(archive, tmp_path)
    assert not any((tmp_path / "kerja").iterdir())


def test_a_bomb_inside_the_package_is_refused(tmp_path: Path) -> None:
    report = check_files(tmp_path, honest(**{"assets/isi.zip": zip_of_zeros(40)}))
    assert refused(report) == {"bom": "assets/isi.zip"}


def test_an_archive_in_an_archive_in_the_package_is_refused(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "a.zip", {"b.zip": b"PK"}).read_bytes()
    assert "bom" in refused(check_files(tmp_path, honest(**{"assets/isi.zip": inner})))


def test_an_ordinary_archive_inside_is_left_out_and_told(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "a.zip", {"a.js": b"alert(1)"}).read_bytes()
    report = check_files(tmp_path, honest(**{"assets/isi.zip": inner}))
    assert not report.refused
    assert "assets/isi.zip" not in {each.path for each in report.kept}
    assert any("assets/isi.zip" in each.sentence for each in report.findings)


@pytest.mark.parametrize(
    ("code", "name", "content"),
    [
        ("nama-terlarang", ".htaccess", b"AddType application/x-httpd-php .jpg"),
        ("nama-terlarang", "assets/.user.ini", b"auto_prepend_file=a.jpg"),
        ("nama-terlarang", "php.ini", b""),
        ("nama-terlarang", "web.config", b""),
        ("nama-terlarang", ".env", b""),
        ("nama-terlarang", "assets/a.phtml", SHELL),
        ("nama-terlarang", "assets/a.phar", SHELL),
        ("nama-terlarang", "assets/a.php7", SHELL),
        ("nama-terlarang", "assets/a.inc", SHELL),
        ("nama-terlarang", "assets/A.PHTML", SHELL),
        ("nama-menyesatkan", "assets/a.php.jpg", b"x"),
        ("nama-menyesatkan", "assets/a.jpg.php", b"x"),
        ("nama-menyesatkan", "assets/a.css.php", b"x"),
        ("nama-menyesatkan", "assets/a.PHP", SHELL),
        ("nama-menyesatkan", "assets/.a.php", SHELL),
        ("nama-menyesatkan", "assets/a\u202egpj.php", SHELL),
        ("nama-menyesatkan", "assets/a\u200b.css", b"x"),
        ("nama-menyesatkan", "assets/a.css ", b"x"),
        ("program", "assets/a.exe", b"MZ"),
        ("program", "assets/a.css", b"\x7fELF\2\1\1" + bytes(60)),
        ("program", "assets/a.png", b"#!/bin/sh\nid\n"),
        ("php-tersamar", "assets/a.jpg", b"\xff\xd8\xff\xe0" + SHELL),
        ("php-tersamar", "assets/a.gif", b"GIF89a;" + SHELL),
        ("php-tersamar", "assets/a.png", png(SHELL)),
        ("php-tersamar", "assets/b.png", png(b"<?=`$_GET[c]`?>")),
        ("php-tersamar", "assets/c.png", png(b"<? system($_GET[1]);?>")),
        ("php-tersamar", "assets/a.css", b"/* */\n" + SHELL),
        ("php-tersamar", "assets/a.svg", b"<svg><?PHP eval($_POST[1]) ?></svg>"),
        ("php-tersamar", "assets/a.txt", SHELL),
        ("php-tersamar", "assets/b.txt", b"<?= 1 ?>"),
        ("php-tersamar", "assets/c.txt", b"<? echo 1 ?>"),
        ("php-tersamar", "assets/a.html", b"<script language='php'>system(1)</script>"),
        ("php-tersamar", "assets/a.woff", b"wOFF" + SHELL),
        ("php-tersamar", "assets/a.ico", b"\0\0\1\0stub __HALT_COMPILER(); ?>"),
        ("perintah-sistem", "assets/demo/a.php", SHELL),
    ],
)
def test_disguises_are_refused(tmp_path: Path, code: str, name: str, content: bytes) -> None:
    found = refused(check_files(tmp_path, honest(**{name: content})))
    assert found.get(code) == name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("assets/a.svg", b"<?xml version='1.0'?><svg></svg>"),
        ("assets/b.svg", b"<?xpacket begin='a'?><svg></svg>"),
        ("assets/c.png", png(b"<?xpacket begin='' id='W5M0'?>")),
        ("assets/d.png", png(b"chance <?= \x01\x02\x03 bytes")),
        ("assets/e.html", b"<!-- if a <? then --><p>halo</p>".replace(b"<? ", b"<?xml ")),
        ("assets/f.css", b"a::after { content: '<' }"),
        ("README.md", b"Pasang dengan <?php include 'a' ?>"),
        ("build.sh", b"#!/bin/sh\nnpm run build\n"),
        (".gitignore", b"node_modules"),
    ],
)
def test_what_only_looks_alike_is_no_disguise(tmp_path: Path, name: str, content: bytes) -> None:
    assert not check_files(tmp_path, honest(**{name: content})).refused


def test_twins_by_capitals_are_refused(tmp_path: Path) -> None:
    files = honest(**{"assets/css/Gaya.css": b"a{}", "Assets/x.css": b"a{}"})
    report = check_files(tmp_path, files)
    assert refused(report)["nama-menyesatkan"] in ("assets/css/gaya.css", "assets/css/Gaya.css")


def test_limits_hold_for_bytes_one_file_and_number_of_files(tmp_path: Path) -> None:
    small = ThemeLimits(total_bytes=4000, file_bytes=3000, files=8)
    many = honest(**{f"assets/{number}.css": b"a" for number in range(9)})
    large = honest(**{"assets/a.css": b"a" * 3001})
    heavy = honest(**{f"assets/{number}.css": b"a" * 1500 for number in range(3)})
    for number, files in enumerate((many, large, heavy)):
        report = check_files(tmp_path / str(number), files, small)
        assert "terlalu-besar" in refused(report)
    assert not check_files(tmp_path / "pas", honest(), small).refused


def test_a_folder_without_a_template_is_no_theme_and_the_right_one_is_named(tmp_path: Path) -> None:
    files = {f"tema/galesong/{name}": content for name, content in honest().items()}
    (finding,) = check_files(tmp_path, files).refused
    assert finding.code == "bukan-tema"
    assert "tema/galesong" in finding.sentence


def test_the_functions_a_theme_expects_of_its_release_are_kept(tmp_path: Path) -> None:
    own = b"<?php function galesong() { return menu_tema(); } ?><?= galesong() ?>"
    report = check_files(tmp_path, honest(**{"widgets/menu.php": own}))
    assert report.facts["calls"] == ["base_url", "menu_tema"]
    assert any("menu_tema()" in each.sentence for each in report.findings)
    assert not report.refused


def test_a_constant_that_only_premium_has_is_told_unless_the_theme_brings_it(
    tmp_path: Path,
) -> None:
    use = b"<?php if (IS_PREMIUM): ?>a<?php endif ?>"
    bring = b"<?php defined('IS_PREMIUM') || define('IS_PREMIUM', false) ?>"
    lacking = check_files(tmp_path / "satu", honest(**{"layouts/a.php": use}))
    bringing = check_files(tmp_path / "dua", honest(**{"layouts/a.php": use, "b.php": bring}))
    assert [each.path for each in lacking.findings if each.code == "rilis-lain"] == [
        "layouts/a.php"
    ]
    assert not [each for each in bringing.findings if each.code == "rilis-lain"]


def test_the_folder_inside_a_source_may_be_chosen_and_nothing_outside_it(tmp_path: Path) -> None:
    inner = {f"desa/themes/galesong/{name}": one for name, one in honest().items()}
    archive = write_zip(tmp_path / "semua.zip", {**inner, "lain.php": SHELL})
    order = SourceOrder(str(archive), folder="desa/themes/galesong")
    with fetched_theme(order, tmp_path / "kerja", print) as fetched:
        assert not check_theme(fetched.tree).refused
    for folder in ("../..", "/etc", "tidak-ada"):
        with (
            pytest.raises(InvalidInput),
            fetched_theme(SourceOrder(str(archive), folder=folder), tmp_path / "kerja", print),
        ):
            pass


@pytest.mark.parametrize(
    "address", ["ext::sh -c id", "http://a.example/t.git", "ftp://a.example/t"]
)
def test_only_https_and_ssh_lead_to_git(tmp_path: Path, address: str) -> None:
    with (
        pytest.raises((InvalidInput, Refused)),
        fetched_theme(SourceOrder(address), tmp_path / "kerja", print),
    ):
        pass


def test_the_work_folder_is_gone_after_any_end(tmp_path: Path) -> None:
    work = tmp_path / "kerja"
    with fetched_theme(SourceOrder(str(write_zip(tmp_path / "a.zip", honest()))), work, print):
        assert len(os.listdir(work)) == 1
    assert os.listdir(work) == []
    assert LIMITS.ratio == 100
