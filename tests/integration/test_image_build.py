"""Real Docker builds: one image for one content, and nothing left of a build that failed."""

from __future__ import annotations

import io
import re
import shutil
import socket
import stat
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import docker
import pytest

from siappakai.errors import InvalidInput, StepErrored, StepFailed, Unavailable
from siappakai.provision.base_images import (
    NEEDED_PROGRAMS,
    SUPPORT_TAGS,
    ensure_base_image,
    ensure_support_image,
)
from siappakai.provision.image_build import BuiltImage, build_release_image
from siappakai.provision.patches import AppliedPatch

BASE = "siappakai-uji-citra/dasar:1"
MARK = "siappakai-uji-dasar"  # on the base, so on every layer and container made from it
DOCKERFILE = """ARG BASE
FROM ${BASE}
COPY source/ /srv/rilis/
COPY catatan.txt /srv/catatan.txt
RUN test -f /srv/rilis/index.php
"""


def shell_and_its_libraries() -> bytes:
    """A root file system of this machine's /bin/sh and `test`, a few megabytes."""
    listed = subprocess.run(["ldd", "/bin/sh"], check=True, capture_output=True, text=True).stdout
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", dereference=True) as tar:
        for path in ["/bin/sh", *re.findall(r"(/\S+) \(0x", listed)]:
            tar.add(path, arcname=path.lstrip("/"))
    return out.getvalue()


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    engine = docker.from_env()
    engine.ping()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def base(client: docker.DockerClient) -> Iterator[str]:
    marked = [f"LABEL {MARK}=ya"]
    client.api.import_image_from_data(shell_and_its_libraries(), *BASE.split(":"), changes=marked)
    yield BASE
    client.images.remove(BASE, force=True)


@pytest.fixture(autouse=True)
def clean(client: docker.DockerClient) -> Iterator[None]:
    yield
    for image in client.images.list(filters={"label": "uji-citra=ya"}):
        client.images.remove(image.id, force=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "rilis"
    (root / "app").mkdir(parents=True)
    (root / "index.php").write_text("<?php echo 'baru';\n")
    (root / "app" / "artisan").write_text("#!/bin/sh\necho siap\n")
    (root / "app" / "artisan").chmod(0o755)
    (root / "tautan").symlink_to("index.php")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "citra"
    (root / "patches" / "v2410.0.0").mkdir(parents=True)
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "catatan.txt").write_text("contoh\n")
    return root


def build(
    client: docker.DockerClient,
    tree: Path,
    folder: Path,
    *,
    version: str = "v2410.0.0",
    lines: list[str] | None = None,
) -> BuiltImage:
    patches = [AppliedPatch("tanpa_flush", "alasan", "ab" * 32)]
    seen = lines if lines is not None else []
    return build_release_image(
        client, "uji_citra", version, tree, folder, BASE, patches, {"uji-citra": "ya"}, seen.append
    )


def run_in(client: docker.DockerClient, image: BuiltImage, script: str) -> str:
    output = client.containers.run(
        image.image_id, ["/bin/sh", "-c", script], remove=True, network_mode="none", read_only=True
    )
    return bytes(output).decode()


def everything(client: docker.DockerClient) -> set[str]:
    """Ids of all images, layers and containers that stand on this test's base."""
    marked = {"label": MARK}
    images = {image["Id"] for image in client.api.images(all=True, filters=marked)}
    return images | {one["Id"] for one in client.api.containers(all=True, filters=marked)}


def test_a_release_becomes_an_image_with_its_files_and_labels(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    lines: list[str] = []
    built = build(client, tree, folder, lines=lines)
    assert built.tag == f"siappakai/uji_citra:v2410.0.0-{built.content_sha256[:12]}"
    assert not built.reused and built.seconds > 0
    assert any("COPY source/" in line for line in lines)
    image = client.images.get(built.tag)
    assert image.id == built.image_id and image.id.startswith("sha256:")
    assert image.labels["siappakai.content_sha256"] == built.content_sha256
    assert image.labels["siappakai.release"] == "v2410.0.0"
    assert "tanpa_flush" in image.labels["siappakai.patches"]
    script = "set -e; cd /srv/rilis; read a < tautan; echo $a; app/artisan; echo *; echo /srv/*"
    assert run_in(client, built, script).splitlines() == [
        "<?php echo 'baru';",
        "siap",
        "app index.php tautan",
        "/srv/catatan.txt /srv/rilis",
    ]


def test_the_same_content_is_never_built_twice(
    client: docker.DockerClient, base: str, tree: Path, folder: Path, tmp_path: Path
) -> None:
    first = build(client, tree, folder)
    before = everything(client)
    shutil.copytree(tree, tmp_path / "lagi", symlinks=True, copy_function=shutil.copy)
    (tmp_path / "lagi" / "app" / "artisan").chmod(0o700)
    (folder / "patches" / "v2410.0.0" / "lain.json").write_text("{}")
    (folder / "README.md").write_text("penjelasan baru")
    again = build(client, tmp_path / "lagi", folder)
    assert again.reused
    assert (again.image_id, again.tag) == (first.image_id, first.tag)
    assert everything(client) == before


def test_the_same_content_under_another_version_gets_a_second_name_only(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    first = build(client, tree, folder)
    second = build(client, tree, folder, version="perbaikan/v2410")
    assert second.reused and second.image_id == first.image_id
    assert second.tag.startswith("siappakai/uji_citra:perbaikan-v2410-")
    assert set(client.images.get(first.image_id).tags) == {first.tag, second.tag}


def test_one_changed_byte_gives_another_image_and_leaves_the_first(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    first = build(client, tree, folder)
    (tree / "index.php").write_text("<?php echo 'bary';\n")
    second = build(client, tree, folder)
    (folder / "catatan.txt").write_text("Contoh\n")
    third = build(client, tree, folder)
    assert not second.reused and not third.reused
    assert len({first.image_id, second.image_id, third.image_id}) == 3
    read = "read a < /srv/rilis/index.php; echo $a"
    assert run_in(client, first, read) != run_in(client, second, read)


def test_another_base_gives_another_image(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    first = build(client, tree, folder)
    newer = io.BytesIO(f"FROM {BASE}\nLABEL uji-citra=ya dasar=baru\n".encode())
    old_base = client.images.get(BASE).id
    client.images.build(fileobj=newer, tag=BASE, rm=True)
    try:
        second = build(client, tree, folder)
    finally:
        client.images.get(old_base).tag(*BASE.split(":"))
    assert not second.reused and second.content_sha256 != first.content_sha256


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("RUN echo hampir selesai; exit 7", "code: 7"),
        ("COPY tidak-ada /x", "tidak-ada"),
        ("RUN [", "returned a non-zero code"),
    ],
)
def test_a_failed_build_says_why_and_leaves_nothing_behind(
    client: docker.DockerClient, base: str, tree: Path, folder: Path, step: str, words: str
) -> None:
    (tree / "hanya-ini").write_text(step)
    (folder / "Dockerfile").write_text(DOCKERFILE + step + "\n")
    before = everything(client)
    with pytest.raises(StepFailed, match="gagal dibangun") as caught:
        build(client, tree, folder)
    assert words in caught.value.log_tail
    assert everything(client) == before


def test_a_failed_build_does_not_take_layers_of_a_good_image_along(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    good = build(client, tree, folder)
    (folder / "Dockerfile").write_text(DOCKERFILE + "RUN exit 1\n")
    images = everything(client)
    with pytest.raises(StepFailed):
        build(client, tree, folder)
    assert everything(client) == images
    assert run_in(client, good, "echo hidup") == "hidup\n"


def test_a_dockerfile_that_can_not_be_read_is_a_failed_step(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nAPA INI\n")
    with pytest.raises(StepFailed) as caught:
        build(client, tree, folder)
    assert "APA" in caught.value.log_tail


def test_a_listener_that_stops_the_build_leaves_nothing_behind(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    class StopAtLastStep(list[str]):
        def append(self, line: str) -> None:
            if "Step 6" in line:
                raise KeyboardInterrupt

    slow = "RUN i=0; while [ $i -lt 60000000 ]; do i=$((i+1)); done"
    (folder / "Dockerfile").write_text(f"{DOCKERFILE}{slow}\n")
    (tree / "hanya-ini").write_text("dihentikan")
    before = everything(client)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build(client, tree, folder, lines=StopAtLastStep())
    assert everything(client) == before
    assert time.monotonic() - begun < 15, "the engine went on with the step"


def test_a_missing_base_is_named(client: docker.DockerClient, tree: Path, folder: Path) -> None:
    with pytest.raises(StepErrored, match=r"siappakai/tidak-ada:1 belum ada"):
        build_release_image(
            client, "uji", "v1", tree, folder, "siappakai/tidak-ada:1", [], {}, print
        )


def test_an_image_folder_without_a_dockerfile_is_refused(
    client: docker.DockerClient, base: str, tree: Path, folder: Path
) -> None:
    (folder / "Dockerfile").unlink()
    with pytest.raises(InvalidInput, match="Dockerfile|tidak lengkap"):
        build(client, tree, folder)


@pytest.fixture
def silent_docker(tmp_path: Path) -> Iterator[docker.DockerClient]:
    """A client of a socket that accepts and hangs up, as an engine does that is being stopped."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "docker.sock"))
        listener.listen()
        Thread(target=hang_up_on_everyone, args=(listener,), daemon=True).start()
        engine = docker.DockerClient(base_url=f"unix://{tmp_path}/docker.sock", version="1.41")
        yield engine
        engine.close()
        listener.shutdown(socket.SHUT_RDWR)


def hang_up_on_everyone(listener: socket.socket) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        caller.close()


def test_a_docker_that_does_not_answer_is_unavailable(
    silent_docker: docker.DockerClient, tmp_path: Path, tree: Path, folder: Path
) -> None:
    with pytest.raises(Unavailable, match="tidak menjawab"):
        build(silent_docker, tree, folder)
    with pytest.raises(Unavailable, match="tidak menjawab"):
        ensure_base_image(silent_docker, "8.2", tmp_path, print)


def write_script(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "build.sh"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder.parent


@pytest.fixture
def support_tag(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A support image of this test's own, so that the real ones are left alone."""
    tag = "siappakai-uji-citra/pendukung:1"
    monkeypatch.setitem(SUPPORT_TAGS, "uji", tag)
    yield tag
    if client.images.list(tag):
        client.images.remove(tag, force=True)


def test_a_missing_support_image_is_built_once_with_its_lines_seen(
    client: docker.DockerClient, base: str, support_tag: str, tmp_path: Path
) -> None:
    images_dir = write_script(tmp_path / "uji", f'echo "membuat $1"; docker tag {BASE} "$1"\n')
    lines: list[str] = []
    first = ensure_support_image(client, "uji", images_dir, lines.append)
    second = ensure_support_image(client, "uji", images_dir, lines.append)
    assert first.was_built and not second.was_built
    assert first.tag == support_tag and first.image_id == second.image_id
    assert lines == [f"membuat {support_tag}"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo tanpa cermin >&2; exit 4\n", "berakhir dengan kode 4"),
        ("true\n", "tidak ada di Docker"),
    ],
)
def test_a_support_image_that_does_not_come_about_is_a_failed_step(
    client: docker.DockerClient, support_tag: str, tmp_path: Path, script: str, words: str
) -> None:
    images_dir = write_script(tmp_path / "uji", script)
    with pytest.raises(StepFailed, match=words) as caught:
        ensure_support_image(client, "uji", images_dir, print)
    assert ("tanpa cermin" in caught.value.log_tail) == ("kode 4" in words)


def test_a_machine_without_mmdebstrap_is_told_what_to_install(
    client: docker.DockerClient,
    support_tag: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "mmdebstrap" in NEEDED_PROGRAMS["base"] and "mmdebstrap" in NEEDED_PROGRAMS["mariadb"]
    monkeypatch.setitem(NEEDED_PROGRAMS, "uji", NEEDED_PROGRAMS["base"])
    images_dir = write_script(tmp_path / "uji", f"touch {tmp_path}/dijalankan\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StepErrored, match="mmdebstrap") as caught:
        ensure_support_image(client, "uji", images_dir, print)
    assert "install" in caught.value.hint
    assert not (tmp_path / "dijalankan").exists()


@pytest.mark.parametrize("name", ["8.1", "../../x", "latest"])
def test_only_bases_and_support_images_we_know_are_built(
    client: docker.DockerClient, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InvalidInput):
        ensure_base_image(client, name, tmp_path, print)
    with pytest.raises(InvalidInput):
        ensure_support_image(client, name, tmp_path, print)
