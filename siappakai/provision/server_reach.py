"""Touch: where a server of ours is, and its Docker Engine, asked over ssh when it is elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from siappakai.config import Settings
from siappakai.errors import Refused, SettingsError, Unavailable
from siappakai.models import Server
from siappakai.provision.docker_engine import DockerEngine, connect_engine
from siappakai.provision.programs import child_environment
from siappakai.provision.server_address import ServerAddress, ssh_command

REMOTE_SOCKET = "/var/run/docker.sock"
TUNNEL_TIMEOUT_S = 25


def address_of(server: Server) -> ServerAddress:
    """How to reach the server: `docker_url` says where (`ssh://user@host:port`), and two files in
    the panel's home, `server/<name>/kunci` and `server/<name>/host_dikenal`, hold our key and the
    server's own.
    """
    if server.connection == "local":
        return ServerAddress(server.name)
    where = urlsplit(server.docker_url)
    if server.connection != "ssh" or where.scheme != "ssh" or not where.hostname:
        raise SettingsError(
            f"Alamat server {server.name} tidak dapat dibaca: {server.docker_url}",
            hint="Isi alamatnya sebagai ssh://pengguna@alamat:porta.",
        )
    folder = keys_folder(server.name)
    address = ServerAddress(
        name=server.name,
        connection="ssh",
        ssh_host=where.hostname,
        ssh_port=where.port or 22,
        ssh_user=where.username or "root",
        ssh_key_file=folder / "kunci",
        ssh_known_hosts=folder / "host_dikenal",
    )
    _require_keys(address)
    return address


def keys_folder(name: str) -> Path:
    """Where the keys for a server lie: ours (0600) and the one it must show."""
    settings: Settings = current_app.extensions["siappakai_settings"]
    return settings.home / "server" / name


def _require_keys(address: ServerAddress) -> None:
    for path in (address.ssh_key_file, address.ssh_known_hosts):
        if path is None or not path.is_file():
            raise Refused(
                f"Kunci SSH untuk server {address.name} belum lengkap.",
                hint=f"Berkas {path} belum ada; daftarkan kembali server itu.",
            )


@contextmanager
def engine_at(address: ServerAddress, docker_url: str, fleet: str) -> Iterator[DockerEngine]:
    """The engine of that server; over ssh it is reached through a socket that ends with us."""
    if address.is_local:
        yield connect_engine(docker_url, fleet)
        return
    folder = Path(tempfile.mkdtemp(prefix="siappakai-docker-"))
    try:
        with _tunnel(address, folder / "docker.sock") as socket:
            engine = DockerEngine(f"unix://{socket}", fleet)
            try:
                yield engine
            finally:
                engine.client.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _tunnel(address: ServerAddress, socket: Path) -> Iterator[Path]:
    forward = ("-N", "-o", "ExitOnForwardFailure=yes", "-L", f"{socket}:{REMOTE_SOCKET}")
    words = socket.with_name("kata")
    with words.open("wb") as errors:
        ssh = subprocess.Popen(
            ssh_command(address, *forward),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=child_environment(),
        )
    try:
        _wait_for(socket, ssh, address, words)
        yield socket
    finally:
        ssh.terminate()
        ssh.wait()


def _wait_for(
    socket: Path, ssh: subprocess.Popen[bytes], address: ServerAddress, words: Path
) -> None:
    deadline = time.monotonic() + TUNNEL_TIMEOUT_S
    while not socket.exists():
        if ssh.poll() is not None or time.monotonic() > deadline:
            raise unreachable(address.name, words.read_text(errors="replace"))
        time.sleep(0.05)


def unreachable(name: str, words: str) -> Unavailable:
    """Why a server could not be reached over ssh, and what to do, from the words of ssh."""
    said = words.strip()
    if "HOST IDENTIFICATION HAS CHANGED" in said or "Host key verification failed" in said:
        why = "kunci host-nya bukan yang dikenal"
        hint = (
            "Jangan diteruskan sebelum jelas: tanyakan apakah server itu dipasang ulang. "
            "Bila ya, daftarkan lagi kunci host-nya."
        )
    elif "Permission denied" in said:
        why = "kunci SSH kita ditolak"
        hint = "Pasang lagi kunci publik panel di authorized_keys server itu."
    else:
        why = "tidak menjawab"
        hint = "Periksa alamat, porta SSH, jaringan, dan apakah server itu menyala."
    return Unavailable(
        f"Server {name} tidak dapat dihubungi lewat SSH: {why}.", hint=hint, log_tail=said
    )
