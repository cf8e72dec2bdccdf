"""The real Caddy serves what the rows say: names, certificates, paths, limits, logs."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from siappakai.errors import Unavailable
from siappakai.provision.http_probe import get_over_socket, get_through_edge
from tests.integration.running_edge import (
    BONTO,
    CAKURA,
    LOOPBACK,
    MIB,
    ROUTES,
    Edge,
    running_edge,
    serving_edge,
)


@pytest.fixture
def edge() -> Iterator[Edge]:
    with running_edge() as edge:
        yield edge


@pytest.fixture
def served() -> Iterator[Edge]:
    with serving_edge() as edge:
        yield edge


def test_each_domain_answers_with_its_own_instance_and_a_proven_certificate(served: Edge) -> None:
    for route in (BONTO, CAKURA):
        answer = served.get(route.domain, "/artikel?cari=1")
        told = json.loads(answer.text)
        assert (answer.status, told["name"]) == (200, route.instance_key)
        assert told["path"] == "/artikel?cari=1"
        assert "server" not in answer.headers


def test_the_longest_path_of_a_domain_wins_and_only_whole_segments_count(served: Edge) -> None:
    def names(*paths: str) -> list[str]:
        return [json.loads(served.get(CAKURA.domain, path).text)["name"] for path in paths]

    assert names("/pbb", "/pbb/", "/pbb/masuk") == ["pbb-7305012002"] * 3
    assert names("/", "/pbbx", "/a/pbb") == ["opensid-7305012002"] * 3


def test_a_domain_is_the_same_in_any_case(served: Edge) -> None:
    with served.http_client() as client:
        host = {"Host": BONTO.domain.upper()}
        answer = served.send(client, BONTO.domain, headers=host)
    assert answer.json()["name"] == BONTO.instance_key


def test_an_unknown_domain_gets_no_certificate_and_a_plain_word_over_http(served: Edge) -> None:
    with pytest.raises(Unavailable) as refused:
        served.get("lain.takalar.test")
    assert "ALERT" in refused.value.log_tail.upper()
    url = f"http://{LOOPBACK}:{served.settings.http_port}/"
    answer = httpx.get(url, headers={"Host": "lain.takalar.test"})
    assert answer.status_code == 404
    assert "Domain ini belum terdaftar" in answer.text
    with served.http_client() as client:
        answer = served.send(client, BONTO.domain, headers={"Host": "lain.takalar.test"})
    assert answer.status_code == 421
    assert not list(served.root.rglob("*lain.takalar*"))


def test_a_certificate_of_another_authority_is_not_believed(served: Edge) -> None:
    with pytest.raises(Unavailable) as refused:
        get_through_edge(LOOPBACK, served.settings.https_port, BONTO.domain, "/", ca_file=None)
    assert "CERTIFICATE_VERIFY_FAILED" in refused.value.log_tail


def test_http_leads_to_the_same_address_over_https(served: Edge) -> None:
    url = f"http://{LOOPBACK}:{served.settings.http_port}/a/b?c=d%20e"
    answer = httpx.get(url, headers={"Host": f"{BONTO.domain}:{served.settings.http_port}"})
    assert answer.status_code == 308
    wanted = f"https://{BONTO.domain}:{served.settings.https_port}/a/b?c=d%20e"
    assert answer.headers["location"] == wanted


def test_a_client_cannot_forge_who_or_where_it_is(served: Edge) -> None:
    forged = dict.fromkeys(
        (
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "X-Forwarded-Port",
            "X-Real-IP",
            "Forwarded",
            "Client-IP",
            "X-Forwarded-Prefix",
            "X-Original-URL",
            "Proxy",
            "X-Siappakai-Hop",
        ),
        "6.6.6.6",
    )
    with served.http_client() as client:
        seen = served.send(client, BONTO.domain, headers=forged).json()["headers"]
    assert not [name for name, value in seen.items() if "6.6.6.6" in value]
    assert seen["x-forwarded-for"] == seen["x-real-ip"] == LOOPBACK
    assert seen["x-forwarded-proto"] == "https"
    host = f"{BONTO.domain}:{served.settings.https_port}"
    assert seen["host"] == seen["x-forwarded-host"] == host
    assert seen["x-forwarded-port"] == str(served.settings.https_port)


@pytest.mark.parametrize(
    "path",
    [
        "/.siappakai/health",
        "/.siappakai",
        "/.SiapPakai/health",
        "//.siappakai//health",
        "/x/../.siappakai/health",
        "/%2esiappakai/health",
        "/%2e%2e/.siappakai%2fhealth",
        "/pbb/.siappakai/health",
    ],
)
def test_what_is_ours_inside_an_instance_is_not_shown_outside(served: Edge, path: str) -> None:
    answer = _raw_get(served, CAKURA.domain, path)
    assert answer.startswith("HTTP/1.1 404"), answer[:300]
    assert "opensid-" not in answer
    assert "pbb-" not in answer


def _raw_get(edge: Edge, domain: str, target: str) -> str:
    """Send the target exactly as written; HTTP libraries would tidy it up."""
    trust = ssl.create_default_context(cafile=str(edge.root / "root.pem"))
    with (
        socket.create_connection((LOOPBACK, edge.settings.https_port), 10) as plain,
        trust.wrap_socket(plain, server_hostname=domain) as stream,
    ):
        stream.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {domain}\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: stream.recv(65536), b"")).decode()


@pytest.mark.parametrize("is_chunked", [False, True])
def test_an_upload_passes_whole_up_to_the_limit_and_gets_a_page_above_it(
    served: Edge, is_chunked: bool
) -> None:
    def body(size: int) -> object:
        whole = os.urandom(MIB) * (size // MIB)
        return (whole, iter([whole]) if is_chunked else whole)

    with served.http_client() as client:
        whole, sent = body(24 * MIB)
        right = served.send(client, BONTO.domain, "POST", content=sent)
        assert right.json()["sha256"] == hashlib.sha256(whole).hexdigest()
    with served.http_client() as client:
        _, sent = body(28 * MIB)
        wrong = served.send(client, BONTO.domain, "POST", content=sent)
    assert wrong.status_code == 413
    assert "26 MB" in wrong.text


def test_text_is_compressed_for_those_who_ask(served: Edge) -> None:
    with served.http_client() as client:
        answer = served.send(client, BONTO.domain, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["name"] == BONTO.instance_key


def test_a_village_whose_instance_stays_away_gets_a_page_and_the_others_do_not(edge: Edge) -> None:
    edge.settings = replace(edge.settings, hold_s=1)
    edge.apply(*ROUTES)
    edge.hold(BONTO)
    answer = edge.get(BONTO.domain)
    assert answer.status == 503
    assert "Situs desa sedang disiapkan" in answer.text
    assert answer.headers["retry-after"] == "10"
    assert 0.9 < answer.seconds < 2
    assert edge.get(CAKURA.domain).status == 200


def test_the_access_log_tells_the_village_of_each_line_and_no_secret(served: Edge) -> None:
    for route in (BONTO, CAKURA):
        with served.http_client() as client:
            headers = {"Cookie": "sesi=RAHASIA1", "Authorization": "Bearer RAHASIA2"}
            headers |= {"Referer": "https://x/?t=RAHASIA4", "X-Api-Key": "RAHASIA5"}
            path = "/masuk?token=RAHASIA3"
            served.send(client, route.domain, "POST", path=path, headers=headers, content=b"R")
    served.stop()
    lines = (served.root / "logs" / "sites.log").read_text().splitlines()
    seen = [json.loads(line) for line in lines]
    for route in (BONTO, CAKURA):
        own = [entry for entry in seen if entry["village_code"] == route.village_code]
        assert all(entry["request"]["host"].startswith(route.domain) for entry in own)
        assert {entry["instance_key"] for entry in own} == {route.instance_key}
        assert [entry["request"]["uri"] for entry in own] == ["/", "/masuk?…"]
        assert [entry["status"] for entry in own] == [200, 200]
    everything = "".join(path.read_text() for path in served.root.rglob("*.log"))
    assert "RAHASIA" not in everything


def test_an_instance_answers_over_its_own_socket_as_behind_the_edge(served: Edge) -> None:
    link = served.root / "instances" / CAKURA.instance_key / "current"
    answer = get_over_socket(link, "/.siappakai/health", host=CAKURA.domain)
    told = json.loads(answer.text)
    assert (answer.status, told["path"]) == (200, "/.siappakai/health")
    assert told["headers"]["x-forwarded-proto"] == "https"
    assert told["headers"]["host"] == CAKURA.domain
    link.unlink()
    with pytest.raises(Unavailable):
        get_over_socket(link, "/", host=CAKURA.domain)
