"""An instance without network reaches its own public address through the real edge."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.edge_config import PanelRoute, Route
from siappakai.provision.egress import write_trust
from siappakai.provision.egress_config import EgressPaths, instance_way_out
from siappakai.provision.egress_hosts import OutsideHost
from tests.integration.running_edge import BONTO, CAKURA, ROUTES, Edge, running_edge
from tests.integration.running_egress import FLEET, Instance, remove_all, start_instance

pytestmark = pytest.mark.system

PANEL = PanelRoute("panel.takalar.test", "/tidak/ada.sock")


@dataclass
class Inside:
    edge: Edge
    opensid: Instance  # of the village Bonto
    pbb: Instance  # of the village Cakura

    def url(self, domain: str, path: str = "/") -> str:
        return f"https://{domain}:{self.edge.settings.https_port}{path}"


@contextmanager
def edge_with_an_inside() -> Iterator[tuple[Edge, EgressPaths]]:
    with running_edge() as edge:
        paths = EgressPaths(edge.root / "s")
        for folder in (paths.inside, paths.trust, paths.config.parent):
            folder.mkdir(parents=True)
        for folder in (edge.root, edge.root / "s"):
            folder.chmod(0o755)
        edge.paths = replace(edge.paths, inside=str(paths.inside))
        edge.apply(*ROUTES)
        write_trust(paths, edge.client.internal_root_certificate())
        yield edge, paths


@pytest.fixture(scope="module")
def inside() -> Iterator[Inside]:
    engine = DockerEngine("unix:///var/run/docker.sock", FLEET)
    remove_all(engine.client)
    with edge_with_an_inside() as (edge, paths):

        def start(product: str, route: Route) -> Instance:
            own = OutsideHost(route.domain, edge.settings.https_port)
            return start_instance(engine, product, instance_way_out(paths, (), [own]))

        try:
            yield Inside(edge, start("opensid", BONTO), start("pbb", CAKURA))
        finally:
            remove_all(engine.client)
            engine.client.close()


def heard(answer: object) -> dict:
    """What the instance behind the edge was told, as it wrote into its page."""
    assert answer.page, answer.why
    return json.loads(answer.page)


@pytest.mark.parametrize("how", ["curl", "file_get_contents"])
def test_php_gets_its_own_villages_page_with_the_local_authority_checked(
    inside: Inside, how: str
) -> None:
    bonto = heard(inside.opensid.ask(how, inside.url(BONTO.domain, "/api")))
    assert (bonto["name"], bonto["path"]) == (BONTO.instance_key, "/api")
    cakura = heard(inside.pbb.ask(how, inside.url(CAKURA.domain, "/pbb/masuk")))
    assert (cakura["name"], cakura["path"]) == ("pbb-7305012002", "/pbb/masuk")


def test_what_an_instance_says_about_itself_is_not_believed(inside: Inside) -> None:
    told = heard(inside.opensid.ask("curl", inside.url(BONTO.domain)))["headers"]
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-real-ip"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert told["host"] == f"{BONTO.domain}:{inside.edge.settings.https_port}"
    assert "1.2.3.4" not in json.dumps(told) and "ftp" not in json.dumps(told)
    assert "x-siappakai-hop" not in told and "client-ip" not in told


def test_a_visitor_from_outside_is_still_told_by_his_address(inside: Inside) -> None:
    answer = inside.edge.get(BONTO.domain)
    assert json.loads(answer.text)["headers"]["x-forwarded-for"] == "127.0.0.1"
    with inside.edge.http_client() as client:
        spoofed = inside.edge.send(
            client, BONTO.domain, headers={"X-Forwarded-For": "9.9.9.9", "Client-Ip": "9.9.9.9"}
        )
    assert "9.9.9.9" not in spoofed.text


def test_the_panel_and_unknown_names_are_not_reached_from_inside(inside: Inside) -> None:
    port = inside.edge.settings.https_port
    script = (
        '$c = curl_init("https://%s:%d/"); curl_setopt_array($c, [CURLOPT_RETURNTRANSFER => 1,'
        ' CURLOPT_RESOLVE => ["%s:%d:127.77.0.1"]]); curl_exec($c);'
        " echo curl_getinfo($c, CURLINFO_RESPONSE_CODE);"
    )
    for domain, status in ((BONTO.domain, "200"), (PANEL.domain, "421"), ("lain.test", "0")):
        asked = script % (domain, port, domain, port)
        assert inside.opensid.run("php", "-r", asked) == status


def test_instances_have_no_network_and_the_rest_of_the_world_stays_away(inside: Inside) -> None:
    for instance in (inside.opensid, inside.pbb):
        assert instance.facts()["HostConfig"]["NetworkMode"] == "none"
        assert instance.run("ls", "/sys/class/net").split() == ["lo"]
        assert instance.ask("curl", "https://1.1.1.1/").page is False
        assert instance.ask("curl", "https://layanan.contoh.test/").page is False


def test_without_the_local_authority_the_certificate_is_refused(inside: Inside) -> None:
    asked = f'echo json_encode(@file_get_contents("{inside.url(BONTO.domain)}"));'
    seen = inside.opensid.run(
        "php", "-d", "openssl.cafile=/etc/ssl/certs/ca-certificates.crt", "-r", asked
    )
    assert seen == "false"


def test_a_held_request_from_inside_waits_and_survives_a_new_configuration(inside: Inside) -> None:
    edge = inside.edge
    edge.hold(BONTO)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(inside.opensid.ask, "curl", inside.url(BONTO.domain))
        time.sleep(0.7)
        edge.apply(BONTO, CAKURA)
        edge.switch(BONTO, "aaaa")
        edge.apply(*ROUTES)
        answer = asking.result(30)
    assert heard(answer)["name"] == BONTO.instance_key
    assert answer.seconds > 0.3
