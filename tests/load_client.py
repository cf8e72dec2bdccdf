"""An independent client: asks every village's page without pause and writes down each answer.

    python -m tests.load_client < order.json > answers.jsonl

The order: `address`, `port`, `ca_file`, `domains`, `paths`, `pause_s`, `stop_file`. One thread a
domain; a line an answer: [domain, path, begun_at, seconds, status, version]; status 0: no answer.
It shares no code with what it watches, and ends when the stop file appears.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

TIMEOUT_S = 120
_write = threading.Lock()


class Connection(http.client.HTTPSConnection):
    """HTTPS to a name, reached at the order's own address; nothing is resolved."""

    def __init__(self, domain: str, order: dict[str, Any]) -> None:
        context = ssl.create_default_context(cafile=order["ca_file"])
        super().__init__(domain, order["port"], timeout=TIMEOUT_S, context=context)
        self.place = (order["address"], order["port"])
        self.tls = context

    def connect(self) -> None:
        plain = socket.create_connection(self.place, timeout=TIMEOUT_S)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


def ask_for_ever(domain: str, order: dict[str, Any]) -> None:
    connection, stop, number = Connection(domain, order), Path(order["stop_file"]), 0
    while not stop.exists():
        path = order["paths"][number % len(order["paths"])]
        number += 1
        begun_at = time.time()
        status, version = ask(connection, path)
        if status == 0:
            connection.close()
            connection = Connection(domain, order)
        tell([domain, path, begun_at, time.time() - begun_at, status, version])
        time.sleep(order["pause_s"])
    connection.close()


def ask(connection: Connection, path: str) -> tuple[int, str]:
    """Status and told version; a connection that the server had closed is opened once more."""
    for is_last in (False, True):
        try:
            is_reused = connection.sock is not None
            connection.request("GET", path, headers={"User-Agent": "SiapPakai-beban"})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("X-Contoh-Versi", "")
        except http.client.RemoteDisconnected:
            connection.close()
            if is_last or not is_reused:
                return 0, ""
        except (OSError, http.client.HTTPException):
            return 0, ""
    return 0, ""


def tell(line: list[Any]) -> None:
    with _write:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def main() -> None:
    order = json.load(sys.stdin)
    threads = [
        threading.Thread(target=ask_for_ever, args=(domain, order)) for domain in order["domains"]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
