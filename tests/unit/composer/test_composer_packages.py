"""An offline folder is read by what its zips say of themselves, not by their names."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput
from siappakai.provision.composer_lock import package_key
from siappakai.provision.composer_packages import find_packages, lay_out_packages


def pack(path: Path, place: str, project: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(place, json.dumps(project))
    return path


def test_packages_are_known_by_name_and_version_wherever_they_lie(tmp_path: Path) -> None:
    one = pack(tmp_path / "a.zip", "composer.json", {"name": "uji/satu", "version": "v1.2"})
    two = pack(
        tmp_path / "dalam" / "b.zip", "x-1/composer.json", {"name": "uji/dua", "version": "2"}
    )
    pack(tmp_path / "tanpa-versi.zip", "composer.json", {"name": "uji/tiga"})
    found = find_packages(tmp_path)
    assert found == {package_key("uji/satu", "1.2"): one, package_key("uji/dua", "2.0.0"): two}


def test_copies_are_readable_by_the_builder_and_named_after_the_package(tmp_path: Path) -> None:
    path = pack(tmp_path / "p" / "a.zip", "composer.json", {"name": "uji/satu", "version": "1.2"})
    path.chmod(0o600)
    names = lay_out_packages(find_packages(tmp_path / "p"), tmp_path / "salinan")
    assert names == {package_key("uji/satu", "1.2"): "uji~satu-1.2.0.0.zip"}
    assert (tmp_path / "salinan" / "uji~satu-1.2.0.0.zip").stat().st_mode & 0o777 == 0o444


def test_a_broken_zip_is_named(tmp_path: Path) -> None:
    (tmp_path / "rusak.zip").write_bytes(b"PK\x03\x04 terpotong")
    with pytest.raises(InvalidInput, match=r"rusak\.zip"):
        find_packages(tmp_path)
    pack(tmp_path / "rusak.zip", "composer.json", ["bukan objek"])
    with pytest.raises(InvalidInput, match=r"rusak\.zip"):
        find_packages(tmp_path)


def test_a_folder_without_packages_or_no_folder_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "tiada"):
        with pytest.raises(InvalidInput, match="Folder paket composer"):
            find_packages(folder)
