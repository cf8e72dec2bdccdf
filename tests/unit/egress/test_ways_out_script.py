"""The base image turns one environment value into nginx's ways out, or refuses it whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "images/base/rootfs/opt/siappakai/ways-out"
LICENCE = "127.77.0.1:443=/run/egress/layanan.opendesa.id-443.sock"
MAIL = "127.77.0.2:587=/run/egress/surel.takalarkab.go.id-587.sock"
OWN = "127.77.0.254:8443=/run/edge-inside/https.sock"


def ways_out(value: str | None) -> subprocess.CompletedProcess[str]:
    given = {} if value is None else {"SIAPPAKAI_EGRESS": value}
    return subprocess.run(
        ["sh", SCRIPT],
        env={"PATH": "/usr/bin:/bin", **given},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("value", ["", None])
def test_no_way_out_gives_no_stream_part(value: str | None) -> None:
    ran = ways_out(value)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_each_way_becomes_one_listener() -> None:
    text = ways_out(f"{LICENCE} {MAIL}  {OWN}").stdout
    assert text.startswith("load_module /usr/lib/nginx/modules/ngx_stream_module.so;\nstream {\n")
    assert [line.strip() for line in text.splitlines() if "server" in line] == [
        "server { listen 127.77.0.1:443; "
        "proxy_pass unix:/run/egress/layanan.opendesa.id-443.sock; }",
        "server { listen 127.77.0.2:587; "
        "proxy_pass unix:/run/egress/surel.takalarkab.go.id-587.sock; }",
        "server { listen 127.77.0.254:8443; proxy_pass unix:/run/edge-inside/https.sock; }",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "127.0.0.1:443=/run/egress/a.id-443.sock",
        "127.77.0.0:443=/run/egress/a.id-443.sock",
        "127.77.0.255:443=/run/egress/a.id-443.sock",
        "127.77.0.1:0=/run/egress/a.id-443.sock",
        "127.77.0.1:65536=/run/egress/a.id-443.sock",
        "127.77.0.1:443=/run/egress/../mysqld/mysqld.sock",
        "127.77.0.1:443=/run/egress/a.id/b-443.sock",
        "127.77.0.1:443=/run/mysqld/mysqld.sock",
        "127.77.0.1:443=/run/egress/a.id-443.sock;}",
        "127.77.0.1:443=/run/egress/A.ID-443.sock",
        "127.77.0.1:443",
        "*",
        "$(id)",
        "127.77.0.1:443=/run/egress/a.id-443.sock;\n127.77.0.2:443=/run/egress/b.id-443.sock",
    ],
)
def test_one_wrong_word_refuses_all_of_it(wrong: str) -> None:
    ran = ways_out(f"{LICENCE} {wrong}")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "not a way out" in ran.stderr
