"""What a regency may write about the outside, and how a wrong word is told."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siappakai.errors import InvalidInput
from siappakai.provision.egress_hosts import NEVER_REACHED, OutsideHost, is_host_name
from siappakai.provision.egress_settings import EgressSettings, is_refused, read_egress

LICENCE = OutsideHost("layanan.opendesa.id", 443)


def test_nothing_written_means_open_with_nothing_added() -> None:
    assert read_egress({}) == EgressSettings(False, frozenset(), {}, {})


def test_all_choices_are_read() -> None:
    settings = read_egress(
        {
            "closed": True,
            "blocked": ["pantau.opensid.my.id"],
            "extra": {"opensid": ["surel.takalarkab.go.id:587"], "pbb": ["peta.go.id:443"]},
            "inside": {"surel.takalarkab.go.id": ["10.20.0.5/32", "192.168.7.0/24"]},
        }
    )
    assert settings.closed and settings.blocked == {"pantau.opensid.my.id"}
    assert settings.extra["opensid"] == (OutsideHost("surel.takalarkab.go.id", 587),)
    assert settings.inside["surel.takalarkab.go.id"] == (
        IPv4Network("10.20.0.5/32"),
        IPv4Network("192.168.7.0/24"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "layanan.opendesa.id",
        "layanan.opendesa.id:",
        "layanan.opendesa.id:0",
        "layanan.opendesa.id:65536",
        "layanan.opendesa.id:443x",
        "layanan.opendesa.id:0443",
        "localhost:443",
        "db:3306",
        "10.0.0.1:443",
        "1.1.1.1:443",
        "[::1]:443",
        "printer.local:631",
        "panel.internal:443",
        "router.lan:80",
        "a.localhost:443",
        "Layanan.opendesa.id:443",
        "*.opendesa.id:443",
        "-a.opendesa.id:443",
        "a..id:443",
        "a.id/b:443",
        "a.id }:443",
        "a.id\nbind:443",
        f"{'a' * 61}.id:443",
        "",
    ],
)
def test_what_is_no_public_host_and_port_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidInput, match="tidak sah") as refused:
        OutsideHost.parse(text)
    assert "contoh: layanan.opendesa.id:443" in refused.value.message


@given(st.text(max_size=80))
def test_a_name_that_is_taken_is_harmless_in_any_file(text: str) -> None:
    if is_host_name(text):
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
        assert ".." not in text and len(text) <= 60


@given(st.from_regex(r"[a-z][a-z0-9]{0,9}(\.[a-z]{2,8}){1,3}", fullmatch=True), st.integers())
def test_reading_gives_back_what_is_written(host: str, port: int) -> None:
    if is_host_name(host) and 1 <= port <= 65535:
        assert str(OutsideHost.parse(f"{host}:{port}")) == f"{host}:{port}"


def test_all_wrong_words_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_egress(
            {
                "closed": "ya",
                "blocked": ["localhost"],
                "extra": {"opensid": ["1.1.1.1:443"], "pbb": "peta.go.id:443"},
                "inside": {"surel.takalarkab.go.id": ["10.0.0.0/8", "x"], "lokal": []},
                "semua": True,
            }
        )
    for named in (
        "semua tidak dikenal",
        "closed harus ya atau tidak",
        "'localhost'",
        "'1.1.1.1:443'",
        "extra pbb harus berupa daftar",
        "jaringan 10.0.0.0/8 tidak boleh dibuka",
        "jaringan 'x' tidak sah",
        "nama 'lokal' tidak sah",
    ):
        assert named in refused.value.message


@pytest.mark.parametrize(
    "network",
    [
        "127.0.0.1/32",
        "169.254.169.254/32",
        "0.0.0.0/0",
        "8.8.8.8/32",
        "10.0.0.0/16",
        "224.0.0.0/24",
    ],
)
def test_only_a_small_private_network_may_be_opened(network: str) -> None:
    with pytest.raises(InvalidInput, match="tidak boleh dibuka"):
        read_egress({"inside": {LICENCE.host: [network]}})


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("103.52.0.7", False),
        ("10.20.0.5", True),
        ("127.0.0.1", True),
        ("169.254.169.254", True),
        ("172.17.0.1", True),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("255.255.255.255", True),
        ("0.0.0.0", True),
    ],
)
def test_an_address_inside_is_refused(address: str, refused: bool) -> None:
    assert is_refused(address, LICENCE.host, EgressSettings()) is refused


def test_an_opened_network_is_open_for_its_own_host_only() -> None:
    settings = read_egress({"inside": {"surel.takalarkab.go.id": ["10.20.0.5/32"]}})
    assert not is_refused("10.20.0.5", "surel.takalarkab.go.id", settings)
    assert is_refused("10.20.0.6", "surel.takalarkab.go.id", settings)
    assert is_refused("10.20.0.5", LICENCE.host, settings)


@given(st.ip_addresses(v=4))
def test_no_address_that_is_not_public_gets_through(address: object) -> None:
    if not address.is_global or address.is_multicast:
        assert any(address in network for network in NEVER_REACHED), address
