"""A release's source arrives exactly as asked for, from git, archive or folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from siappakai.errors import InvalidInput, Refused, StepErrored, Unavailable
from siappakai.provision.build_context import tree_sha256
from siappakai.provision.sources import FetchedSource, fetch_source

Git = Callable[..., str]


def fetch(
    origin: object, version: str, into: Path, token_file: Path | None = None
) -> FetchedSource:
    return fetch_source(
        str(origin), version, token_file=token_file, into=into, on_line=lambda line: None
    )


def names(tree: Path) -> list[str]:
    return sorted(path.name for path in tree.iterdir())


@pytest.mark.parametrize("version", ["v2410.0.0", "2410.0.0"])
def test_a_tag_is_found_with_and_without_its_v(
    worktree: Path, tmp_path: Path, git: Git, version: str
) -> None:
    got = fetch(worktree, version, tmp_path / "hasil")
    assert got.kind == "git"
    assert got.revision == git(worktree, "rev-parse", "v2410.0.0^{commit}")
    assert (got.tree / "index.php").read_text() == "<?php echo 'baru';\n"


def test_the_other_release_is_found_too(worktree: Path, tmp_path: Path, git: Git) -> None:
    got = fetch(worktree, "v2409.0.0", tmp_path / "hasil")
    assert got.revision == git(worktree, "rev-parse", "2409.0.0^{commit}")
    assert (got.tree / "index.php").read_text() == "<?php echo 'lama';\n"


def test_a_branch_and_a_commit_can_be_asked_for(worktree: Path, tmp_path: Path, git: Git) -> None:
    commit = git(worktree, "rev-parse", "2409.0.0")
    assert fetch(worktree, "uji", tmp_path / "a").revision == git(worktree, "rev-parse", "uji")
    assert fetch(worktree, commit, tmp_path / "b").revision == commit
    assert fetch(worktree, commit[:10], tmp_path / "c").revision == commit


def test_a_tag_wins_over_a_branch_of_the_same_name(
    worktree: Path, tmp_path: Path, git: Git
) -> None:
    git(worktree, "branch", "v2409.0.0", "umum")
    got = fetch(worktree, "2409.0.0", tmp_path / "a")
    assert (got.tree / "index.php").read_text() == "<?php echo 'lama';\n"


def test_the_tree_is_an_export_without_git_and_ignored_folders(
    worktree: Path, tmp_path: Path
) -> None:
    tree = fetch(worktree, "v2410.0.0", tmp_path / "hasil").tree
    assert names(tree) == ["artisan", "index.php", "tautan.php"]
    assert os.access(tree / "artisan", os.X_OK) and not os.access(tree / "index.php", os.X_OK)
    assert os.readlink(tree / "tautan.php") == "index.php"


def test_uncommitted_changes_do_not_come_along(worktree: Path, tmp_path: Path) -> None:
    (worktree / "index.php").write_text("<?php echo 'coba-coba';\n")
    got = fetch(worktree, "v2410.0.0", tmp_path / "hasil")
    assert (got.tree / "index.php").read_text() == "<?php echo 'baru';\n"


def test_bare_worktree_file_url_linked_worktree_and_archives_give_the_same_content(
    worktree: Path, tmp_path: Path, git: Git
) -> None:
    subprocess.run(["git", "clone", "-q", "--bare", worktree, tmp_path / "telanjang"], check=True)
    git(worktree, "worktree", "add", "-q", str(tmp_path / "cabang"), "2409.0.0")
    for form in ("tar.gz", "zip"):
        output = f"--output={tmp_path}/rilis.{form}"
        git(worktree, "archive", "--prefix=OpenSID-2410.0.0/", output, "v2410.0.0")
    origins = [
        worktree,
        f"file://{worktree}",
        tmp_path / "telanjang",
        tmp_path / "cabang",
        tmp_path / "rilis.tar.gz",
        tmp_path / "rilis.zip",
    ]
    trees = [fetch(one, "v2410.0.0", tmp_path / f"h{n}").tree for n, one in enumerate(origins)]
    assert len({tree_sha256(tree) for tree in trees}) == 1
    other = fetch(worktree, "2409.0.0", tmp_path / "lain").tree
    assert tree_sha256(other) != tree_sha256(trees[0])


def test_an_archive_s_revision_is_its_sha256(worktree: Path, tmp_path: Path, git: Git) -> None:
    git(worktree, "archive", f"--output={tmp_path}/rilis.tar", "v2410.0.0")
    got = fetch(tmp_path / "rilis.tar", "v2410.0.0", tmp_path / "hasil")
    said = subprocess.run(
        ["sha256sum", tmp_path / "rilis.tar"], check=True, capture_output=True, text=True
    )
    assert (got.kind, got.revision) == ("archive", said.stdout.split()[0])


def test_a_plain_folder_is_taken_as_it_is(worktree: Path, tmp_path: Path) -> None:
    shutil.rmtree(worktree / ".git")
    got = fetch(worktree, "v2410.0.0", tmp_path / "hasil")
    assert got.kind == "folder"
    assert got.revision == tree_sha256(got.tree) == tree_sha256(worktree)


def test_a_repository_s_own_settings_hooks_and_filters_never_run(
    worktree: Path, tmp_path: Path, git: Git
) -> None:
    trap = tmp_path / "jebakan"
    (worktree / ".gitattributes").write_text("* filter=jahat\n")
    git(worktree, "add", ".")
    git(worktree, "commit", "-q", "-m", "filter")
    git(worktree, "tag", "v2411.0.0")
    command = f"sh -c 'touch {trap}; cat'"
    for name in ("filter.jahat.smudge", "core.fsmonitor", "tar.tar.command", "core.sshCommand"):
        git(worktree, "config", name, command)
    fetch(worktree, "v2411.0.0", tmp_path / "hasil")
    assert not trap.exists()


def test_a_foreign_owner_of_the_git_directory_is_no_obstacle(
    worktree: Path, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for path in (worktree, *worktree.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    assert fetch(worktree, "v2410.0.0", tmp_path / "hasil").kind == "git"


def test_a_tree_with_a_link_out_is_refused_and_leaves_nothing(
    worktree: Path, tmp_path: Path, git: Git
) -> None:
    (worktree / "keluar").symlink_to("../../etc/passwd")
    git(worktree, "add", ".")
    git(worktree, "commit", "-q", "-m", "tautan")
    git(worktree, "tag", "v9")
    with pytest.raises(InvalidInput, match="tautan"):
        fetch(worktree, "v9", tmp_path / "kerja" / "hasil")
    assert names(tmp_path / "kerja") == []


def test_submodules_are_not_fetched(worktree: Path, tmp_path: Path, git: Git) -> None:
    commit = git(worktree, "rev-parse", "HEAD")
    (worktree / ".gitmodules").write_text(
        '[submodule "x"]\n path = x\n url = ext::sh -c touch% /tmp/x\n'
    )
    git(worktree, "add", ".gitmodules")
    git(worktree, "update-index", "--add", "--cacheinfo", f"160000,{commit},x")
    git(worktree, "commit", "-q", "-m", "sub")
    git(worktree, "tag", "v9")
    tree = fetch(worktree, "v9", tmp_path / "hasil").tree
    assert list((tree / "x").iterdir()) == []


def test_an_unknown_version_names_the_nearest_tags(worktree: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"Versi v2410\.0\.1 tidak ada") as caught:
        fetch(worktree, "v2410.0.1", tmp_path / "hasil")
    assert "v2410.0.0" in caught.value.hint and "2409.0.0" in caught.value.hint
    assert not (tmp_path / "hasil").exists()


@pytest.mark.parametrize(
    "version",
    [
        "--upload-pack=x",
        "-v1",
        "a..b",
        "v1^{commit}",
        "v1:README",
        "v1 x",
        "",
        "a/-b",
        "v\n1",
        "x.lock",
    ],
)
def test_a_version_that_is_no_plain_name_is_refused(
    worktree: Path, tmp_path: Path, version: str
) -> None:
    with pytest.raises(InvalidInput, match="tidak sah"):
        fetch(worktree, version, tmp_path / "hasil")


@pytest.mark.parametrize(
    "origin",
    [
        "https://budi:rahasia@git.desa.example/opensid.git",
        "https://rahasia@git.desa.example/opensid.git",
        "ssh://git:rahasia@git.desa.example/opensid.git",
        "https://git.desa.example/opensid.git?private_token=rahasia",
    ],
)
def test_an_address_with_a_credential_is_refused_without_repeating_it(
    tmp_path: Path, origin: str
) -> None:
    with pytest.raises(InvalidInput, match="git.desa.example") as caught:
        fetch(origin, "v1", tmp_path / "hasil")
    assert "rahasia" not in caught.value.message + caught.value.hint
    assert "0600" in caught.value.hint


@pytest.mark.parametrize(
    "origin",
    [
        "ext::sh -c id",
        "git://git.desa.example/x",
        "http://git.desa.example/x",
        "ftp://a.example/x",
        "fd::7/x",
    ],
)
def test_protocols_that_are_unsafe_are_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(InvalidInput, match="https atau ssh"):
        fetch(origin, "v1", tmp_path / "hasil")


@pytest.mark.parametrize(
    "origin", ["--upload-pack=id", "", "https://-oProxyCommand=id/x", "ssh://-x/y"]
)
def test_an_address_that_is_an_option_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(InvalidInput, match="tidak sah"):
        fetch(origin, "v1", tmp_path / "hasil")


def test_a_download_address_of_an_archive_says_to_download_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="menunjuk sebuah arsip"):
        fetch("https://git.desa.example/OpenSID/v2410.0.0.tar.gz", "v1", tmp_path / "hasil")


def test_a_server_that_does_not_answer_is_unavailable_and_retryable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="tidak dapat dihubungi") as caught:
        fetch("http://127.0.0.1:9/opensid.git", "v1", tmp_path / "kerja" / "hasil")
    assert caught.value.retryable and "internet" in caught.value.hint
    assert names(tmp_path / "kerja") == []


def test_a_missing_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="tidak ditemukan"):
        fetch(tmp_path / "tak-ada", "v1", tmp_path / "hasil")


def test_a_broken_git_directory_does_not_fall_back_to_its_parent(
    worktree: Path, tmp_path: Path
) -> None:
    (worktree / "anak" / ".git").mkdir(parents=True)
    with pytest.raises((InvalidInput, Unavailable)):
        fetch(worktree / "anak", "v2410.0.0", tmp_path / "hasil")
    assert not (tmp_path / "hasil").exists()


def test_an_existing_target_is_refused_and_kept(worktree: Path, tmp_path: Path) -> None:
    (tmp_path / "hasil").mkdir()
    (tmp_path / "hasil" / "penting").write_text("x")
    with pytest.raises(StepErrored, match="sudah ada"):
        fetch(worktree, "v2410.0.0", tmp_path / "hasil")
    assert names(tmp_path / "hasil") == ["penting"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_token_file_that_others_can_read_is_refused(
    tmp_path: Path, token_file: Path, mode: int
) -> None:
    token_file.chmod(mode)
    with pytest.raises(Refused, match="pengguna lain") as caught:
        fetch("http://127.0.0.1:9/x.git", "v1", tmp_path / "hasil", token_file)
    assert "chmod 600" in caught.value.hint
