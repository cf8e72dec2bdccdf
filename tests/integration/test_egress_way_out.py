"""An instance without network reaches exactly what its product lists, and nothing else."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.egress import apply_egress, running_stamp
from siappakai.provision.egress_check import Reach, check_reachable
from siappakai.provision.egress_config import make_egress, set_name
from tests.integration.running_egress import (
    CLOSED_PORT,
    FLEET,
    INNER,
    LICENCE,
    MAIL,
    MAPS,
    NOWHERE,
    Egress,
    Instance,
    run_role,
    running_egress,
)

pytestmark = pytest.mark.system

OPENSID = (LICENCE, MAIL)
PBB = (MAPS, INNER)
AT_ONCE_S = 1.5


@pytest.fixture(scope="module")
def egress() -> Iterator[Egress]:
    with running_egress() as running:
        yield running


@pytest.fixture(scope="module")
def instances(egress: Egress) -> tuple[Instance, Instance]:
    """OpenSID of one village and PBB of another, each with its own product's wish."""
    return egress.instance("opensid", OPENSID), egress.instance("pbb", PBB)


@pytest.fixture(autouse=True)
def both_are_open(egress: Egress, instances: tuple[Instance, Instance]) -> None:
    egress.choose()
    egress.apply(OPENSID, PBB)


def url(host: object, path: str = "/") -> str:
    return f"https://{str(host).removesuffix(':443')}{path}"


@pytest.mark.parametrize("how", ["curl", "file_get_contents"])
def test_php_reaches_what_its_product_lists_with_the_certificate_checked(
    instances: tuple[Instance, Instance], how: str
) -> None:
    opensid, pbb = instances
    assert opensid.ask(how, url(LICENCE, "/a")).page == "halo dari layanan.contoh.test/a"
    assert pbb.ask(how, url(MAPS, "/b")).page == "halo dari peta.contoh.test/b"


@pytest.mark.parametrize("how", ["curl", "file_get_contents"])
@pytest.mark.parametrize(
    "address",
    [
        url(MAPS),  # the other product's
        url(NOWHERE),
        "http://layanan.contoh.test/",  # another port of a listed host
        "https://127.77.0.2/",
        "https://1.1.1.1/",
    ],
)
def test_what_is_not_listed_fails_at_once(
    instances: tuple[Instance, Instance], how: str, address: str
) -> None:
    answer = instances[0].ask(how, address)
    assert answer.page is False and answer.why
    assert answer.seconds < AT_ONCE_S


def test_instances_have_no_network_and_see_their_own_products_sockets_only(
    instances: tuple[Instance, Instance],
) -> None:
    for instance in instances:
        facts = instance.facts()
        assert facts["HostConfig"]["NetworkMode"] == "none"
        assert list(facts["NetworkSettings"]["Networks"]) == ["none"]
        assert instance.run("ls", "/sys/class/net").split() == ["lo"]
    names = [instance.run("ls", "/run/egress").split() for instance in instances]
    assert names == [
        ["layanan.contoh.test-443.sock", "layanan.contoh.test-587.sock"],
        ["dalam.contoh.test-443.sock", "peta.contoh.test-443.sock"],
    ]


def test_a_name_that_leads_inside_is_refused_unless_the_settings_name_its_network(
    egress: Egress, instances: tuple[Instance, Instance]
) -> None:
    _, pbb = instances
    assert pbb.ask("curl", url(INNER)).page is False
    assert '"why":"address-inside"' in egress.log().splitlines()[-1]
    egress.choose(inside={INNER.host: [f"{egress.outside_ip}/32"]})
    egress.apply(OPENSID, PBB)
    assert pbb.ask("curl", url(INNER)).page == "halo dari dalam.contoh.test/"
    assert pbb.ask("curl", url(MAPS)).page is False


def test_closed_and_blocked_take_the_way_from_running_instances_and_give_it_back(
    egress: Egress, instances: tuple[Instance, Instance]
) -> None:
    opensid, pbb = instances
    before = [each.facts()["State"]["StartedAt"] for each in instances]
    egress.choose(blocked=[LICENCE.host])
    assert egress.apply(OPENSID, PBB).changed
    assert opensid.ask("curl", url(LICENCE)).page is False
    assert pbb.ask("curl", url(MAPS)).page
    egress.choose(closed=True)
    assert egress.apply(OPENSID, PBB).changed
    for instance, host in ((opensid, LICENCE), (pbb, MAPS)):
        answer = instance.ask("curl", url(host))
        assert answer.page is False and answer.seconds < AT_ONCE_S
        assert instance.run("ls", "/run/egress") == ""
    egress.choose()
    egress.apply(OPENSID, PBB)
    assert opensid.ask("curl", url(LICENCE)).page
    assert [each.facts()["State"]["StartedAt"] for each in instances] == before


def test_the_same_list_again_changes_nothing(egress: Egress) -> None:
    again = egress.apply(PBB, OPENSID, PBB)
    assert not again.changed
    assert again.stamp == running_stamp(egress.paths)


def test_a_change_ends_no_connection_and_refuses_no_new_one(egress: Egress) -> None:
    path = egress.paths.socket(set_name(OPENSID), LICENCE)
    with talk(egress, path) as line:
        assert b"/satu" in ask(line, "/satu")
        done, failures = threading.Event(), []

        def knock() -> None:
            while not done.is_set():
                try:
                    with talk(egress, path) as other:
                        ask(other, "/ketuk")
                except OSError as error:
                    failures.append(repr(error))

        knocker = threading.Thread(target=knock)
        knocker.start()
        for closed_for_pbb in (True, False) * 4:
            egress.choose(blocked=[MAPS.host] if closed_for_pbb else [])
            assert egress.apply(OPENSID, PBB).changed
        done.set()
        knocker.join(20)
        assert failures == []
        assert b"/dua" in ask(line, "/dua")


def talk(egress: Egress, path: object) -> ssl.SSLSocket:
    way = socket.socket(socket.AF_UNIX)
    way.settimeout(10)
    way.connect(str(path))
    trust = ssl.create_default_context(cafile=str(egress.outside_certificate))
    return trust.wrap_socket(way, server_hostname=LICENCE.host)


def ask(line: ssl.SSLSocket, path: str) -> bytes:
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: {LICENCE.host}\r\n\r\n".encode())
    said = b""
    while path.encode() not in said:
        part = line.recv(4096)
        if not part:
            raise ConnectionError("closed")
        said += part
    return said


def test_a_refused_list_leaves_the_old_one_in_place(egress: Egress) -> None:
    good = make_egress(egress.sets(OPENSID, PBB), egress.settings)
    bad = replace(good, text=good.text + "  perintah-tak-dikenal\n", stamp="lain")
    with pytest.raises(StepFailed, match="daftar lama tetap dipakai") as refused:
        apply_egress(egress.paths, lambda: bad)
    assert "perintah-tak-dikenal" in refused.value.log_tail
    assert egress.paths.config.read_text() == good.text
    assert running_stamp(egress.paths) == good.stamp
    assert not egress.apply(OPENSID, PBB).changed


def test_the_log_tells_host_bytes_and_time_and_nothing_of_what_was_said(
    egress: Egress, instances: tuple[Instance, Instance]
) -> None:
    instances[0].ask("curl", url(LICENCE, "/rahasia-7305"))
    line = json.loads(egress.log().strip().splitlines()[-1])
    assert line["to"] == f"{set_name(OPENSID)}:layanan.contoh.test:443"
    assert line["address"] == egress.outside_ip
    assert line["sent"] > 200 and line["received"] > 200 and line["ms"] >= 0 and line["at"]
    assert "rahasia" not in egress.log()


def test_the_panel_says_in_words_why_a_host_is_not_reached(egress: Egress) -> None:
    wish = (*OPENSID, CLOSED_PORT, NOWHERE, INNER)
    egress.apply(wish)

    def check(host: object, **more: object) -> Reach:
        return check_reachable(egress.paths, set_name(wish), host, egress.settings, **more).reach

    trust = {"ca_file": egress.outside_certificate}
    assert check(LICENCE, **trust) is Reach.REACHABLE
    assert check(MAIL) is Reach.REACHABLE
    assert check(LICENCE) is Reach.CERTIFICATE
    assert check(CLOSED_PORT, **trust) is Reach.REFUSED
    assert check(NOWHERE) is Reach.NAME_NOT_FOUND
    assert check(INNER) is Reach.ADDRESS_INSIDE
    assert check(MAPS) is Reach.NOT_LISTED
    sentence = check_reachable(egress.paths, set_name(wish), NOWHERE, egress.settings).sentence
    assert sentence.startswith("Nama tidak-ada.contoh.test tidak ditemukan")


def test_the_list_survives_a_restart_and_a_dead_way_out_is_told(
    egress: Egress, instances: tuple[Instance, Instance]
) -> None:
    api = egress.engine.client.api
    api.kill(egress.container)
    assert instances[0].ask("curl", url(LICENCE)).seconds < AT_ONCE_S
    dead = check_reachable(egress.paths, set_name(OPENSID), LICENCE, egress.settings)
    assert dead.reach is Reach.WAY_OUT_AWAY
    with pytest.raises(Unavailable, match="tidak menjawab"):
        egress.apply(OPENSID)
    api.start(egress.container)
    wait_for_answer(egress)
    assert instances[0].ask("curl", url(LICENCE)).page
    assert not egress.apply(OPENSID, PBB).changed


def wait_for_answer(egress: Egress) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            running_stamp(egress.paths)
            return
        except Unavailable:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_second_run_of_the_role_changes_nothing_not_even_the_list(egress: Egress) -> None:
    started = egress.engine.client.api.inspect_container(egress.container)["State"]["StartedAt"]
    stamp = running_stamp(egress.paths)
    again = run_role(egress.root).require_ok()
    assert egress.play.changed > 3 and again.changed == 0
    seen = egress.engine.client.api.inspect_container(egress.container)
    assert seen["State"]["StartedAt"] == started
    assert running_stamp(egress.paths) == stamp


def test_a_network_of_somebody_elses_is_left_alone(egress: Egress) -> None:
    name, api = f"{FLEET}asing-egress", egress.engine.client.api
    foreign = api.create_network(name, labels={"milik": "orang lain", "siappakai.test": FLEET})[
        "Id"
    ]
    try:
        refused = run_role(egress.root, f"{FLEET}asing")
        assert [each.task for each in refused.failures] == ["Menyiapkan jaringan jalan keluar"]
        assert "bukan milik" in refused.failures[0].message
        assert api.inspect_network(name)["Id"] == foreign
    finally:
        api.remove_network(name)


def test_the_way_out_itself_has_no_rights_and_opens_no_port(egress: Egress) -> None:
    seen = egress.engine.client.api.inspect_container(egress.container)
    host = seen["HostConfig"]
    assert seen["Config"]["User"] == "199992:199992"
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == (True, ["ALL"], None)
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert not any(seen["NetworkSettings"]["Ports"].values())
    table = Path(f"/proc/{seen['State']['Pid']}/net/tcp").read_text(encoding="ascii")
    listening = [line.split()[1] for line in table.splitlines() if line.split()[3] == "0A"]
    assert all(address.startswith("0B00007F") for address in listening)  # Docker's own DNS
