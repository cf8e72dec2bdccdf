"""The load client as a test uses it: started, stopped, and what it wrote down."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from siappakai.models import Server, db
from siappakai.provision.job import server_facts
from siappakai.provision.verify import trusted_root
from tests.fleet import ROOT, Fleet


@dataclass(frozen=True)
class Reply:
    """`status` 0: there was no answer. `version` is what a sample says of itself, else empty."""

    domain: str
    path: str
    begun_at: float
    seconds: float
    status: int
    version: str


@dataclass
class Load:
    """All answers, once the load has ended."""

    replies: list[Reply] = field(default_factory=list)

    @property
    def failed(self) -> list[Reply]:
        return [each for each in self.replies if each.status != 200]

    def of(self, domain: str) -> list[Reply]:
        return [each for each in self.replies if each.domain == domain]

    def longest_s(self) -> dict[str, float]:
        """Domain → the longest that anybody waited there."""
        found: dict[str, float] = defaultdict(float)
        for each in self.replies:
            found[each.domain] = max(found[each.domain], each.seconds)
        return dict(found)


@contextmanager
def constant_load(
    fleet: Fleet, domains: list[str], paths: tuple[str, ...] = ("/",), pause_s: float = 0.2
) -> Iterator[Load]:
    """GETs on every domain as long as the block runs; the answers are there after it."""
    with fleet.app.app_context():
        server = server_facts(db.session.get_one(Server, fleet.server_id))
        root = trusted_root(server.paths)
        db.session.rollback()
    stop, written = fleet.home / "beban.berhenti", fleet.home / "beban.jsonl"
    stop.unlink(missing_ok=True)
    order = {
        "address": server.edge_address,
        "port": server.https_port,
        "ca_file": str(root),
        "domains": domains,
        "paths": list(paths),
        "pause_s": pause_s,
        "stop_file": str(stop),
    }
    load = Load()
    with written.open("wb") as output:
        client = subprocess.Popen(
            [sys.executable, "-m", "tests.load_client"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=output,
        )
        assert client.stdin is not None
        client.stdin.write(json.dumps(order).encode())
        client.stdin.close()
        try:
            yield load
        finally:
            stop.touch()
            client.wait(timeout=180)
    load.replies += _read(written)


def _read(written: Path) -> list[Reply]:
    return [Reply(*json.loads(line)) for line in written.read_text().splitlines()]
