"""What instances believe: this machine's authorities and the edge's own, in one file."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from siappakai.errors import StepErrored
from siappakai.provision.egress import lay_out_sets, write_trust
from siappakai.provision.egress_config import EgressPaths

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users")
ROOT = b"-----BEGIN CERTIFICATE-----\nlokal\n-----END CERTIFICATE-----\n"


@pytest.fixture
def paths(tmp_path: Path) -> EgressPaths:
    made = EgressPaths(tmp_path)
    for folder in (made.trust, made.config.parent):
        folder.mkdir(parents=True)
    return made


def test_the_local_authority_is_added_and_the_same_again_writes_nothing(
    paths: EgressPaths, tmp_path: Path
) -> None:
    system = tmp_path / "debian.crt"
    system.write_text("mesin ini")  # no newline at its end
    assert write_trust(paths, ROOT, system=system)
    written = paths.trust / "ca.pem"
    assert written.read_text() == "mesin ini\n" + ROOT.decode()
    assert written.stat().st_mode & 0o777 == 0o644
    assert not write_trust(paths, ROOT, system=system)
    assert write_trust(paths, system=system)
    assert written.read_text() == "mesin ini\n"


def test_many_workers_write_it_at_once_and_none_fails(paths: EgressPaths, tmp_path: Path) -> None:
    system = tmp_path / "debian.crt"
    roots = [b"akar %d\n" % (number % 2) for number in range(40)]
    system.write_text("mesin ini")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda root: write_trust(paths, root, system=system), roots))
    assert (paths.trust / "ca.pem").read_text() in ("mesin ini\nakar 0\n", "mesin ini\nakar 1\n")
    assert [each.name for each in paths.trust.iterdir()] == ["ca.pem"]


def test_a_machine_without_authorities_is_told_what_to_install(
    paths: EgressPaths, tmp_path: Path
) -> None:
    with pytest.raises(StepErrored) as missing:
        write_trust(paths, ROOT, system=tmp_path / "tidak-ada.crt")
    assert "ca-certificates" in missing.value.hint
    assert not (paths.trust / "ca.pem").exists()


def test_the_folder_of_a_set_stays_the_same_folder(paths: EgressPaths) -> None:
    lay_out_sets(paths, ["aaaa", "bbbb", ""])
    before = (paths.run / "aaaa").stat().st_ino
    lay_out_sets(paths, ["aaaa"])
    assert (paths.run / "aaaa").stat().st_ino == before
    assert sorted(each.name for each in paths.run.iterdir()) == ["aaaa", "bbbb"]
