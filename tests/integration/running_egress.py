"""The real way out, an outside that answers over TLS, and instances without network."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siappakai.products.contract import Limits
from siappakai.provision.ansible import PlayResult, ServerAddress, run_play
from siappakai.provision.docker_engine import DockerEngine
from siappakai.provision.egress import EgressApplied, apply_egress, lay_out_sets, write_trust
from siappakai.provision.egress_config import (
    EgressPaths,
    EgressSet,
    WayOut,
    instance_way_out,
    make_egress,
    make_set,
    set_name,
)
from siappakai.provision.egress_hosts import OutsideHost
from siappakai.provision.egress_settings import EgressSettings, read_egress
from siappakai.provision.wanted import BindMount, ContainerSpec

PROJECT = Path(__file__).resolve().parents[2]
FLEET = "ujiegress"
BASE = "siappakai/php:8.2"
LICENCE = OutsideHost("layanan.contoh.test", 443)
MAIL = OutsideHost("layanan.contoh.test", 587)
CLOSED_PORT = OutsideHost("layanan.contoh.test", 8443)
MAPS = OutsideHost("peta.contoh.test", 443)
INNER = OutsideHost("dalam.contoh.test", 443)
NOWHERE = OutsideHost("tidak-ada.contoh.test", 443)
UIDS = {"opensid": 200_101, "pbb": 200_102}

_ANSWERS = r"""
[$how, $url] = json_decode(stream_get_contents(STDIN), true);
$from = microtime(true);
if ($how === 'curl') {
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 20,
        CURLOPT_HTTPHEADER => ['X-Forwarded-For: 1.2.3.4', 'Client-Ip: 1.2.3.4',
            'X-Siappakai-Hop: iii', 'X-Forwarded-Proto: ftp']]);
    $page = curl_exec($curl);
    $why = curl_error($curl);
} else {
    $page = @file_get_contents($url);
    $why = $page === false ? error_get_last()['message'] : '';
}
echo json_encode(['page' => $page, 'why' => $why, 'seconds' => microtime(true) - $from]);
"""
_OUTSIDE_NGINX = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
pid /tmp/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
stream { server { listen 587; return "220 surel.contoh.test ESMTP\r\n"; } }
http {
    access_log off;
    client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
    uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    server {
        listen 443 ssl;
        ssl_certificate /outside/server.pem;
        ssl_certificate_key /outside/server.key;
        default_type text/plain;
        location / { return 200 "halo dari $ssl_server_name$request_uri"; }
    }
}
"""


def make_certificate(folder: Path, names: Sequence[str]) -> None:
    """`server.pem` for these names, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "server.key").chmod(0o644)


@dataclass
class Answer:
    page: str | bool
    why: str
    seconds: float


@dataclass
class Instance:
    """A container as an instance is run, and the answers its PHP gets."""

    name: str
    engine: DockerEngine

    def ask(self, how: str, url: str) -> Answer:
        ran = subprocess.run(
            ["docker", "exec", "-i", self.name, "php", "-r", _ANSWERS],
            input=json.dumps([how, url]),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return Answer(**json.loads(ran.stdout))

    def facts(self) -> dict[str, Any]:
        return self.engine.client.api.inspect_container(self.name)

    def run(self, *command: str) -> str:
        ran = subprocess.run(
            ["docker", "exec", self.name, *command],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ran.stdout + ran.stderr


@dataclass
class Egress:
    """The way out of one test server, with the outside behind it."""

    root: Path
    engine: DockerEngine
    play: PlayResult
    outside_ip: str = ""
    settings: EgressSettings = field(default_factory=EgressSettings)

    @property
    def paths(self) -> EgressPaths:
        return EgressPaths(self.root)

    @property
    def container(self) -> str:
        return f"{FLEET}-egress"

    @property
    def outside_certificate(self) -> Path:
        return self.root / "outside" / "server.pem"

    def choose(self, **raw: object) -> EgressSettings:
        """Settings where the outside's two public names may lead to where the test runs them."""
        address = [f"{self.outside_ip}/32"]
        inside = {LICENCE.host: address, MAPS.host: address}
        self.settings = read_egress({"inside": inside, **raw})
        return self.settings

    def sets(self, *wishes: Sequence[OutsideHost]) -> list[EgressSet]:
        return [make_set(wish, self.settings) for wish in wishes]

    def apply(self, *wishes: Sequence[OutsideHost]) -> EgressApplied:
        return apply_egress(self.paths, lambda: make_egress(self.sets(*wishes), self.settings))

    def instance(
        self, product: str, wish: Sequence[OutsideHost], own: Sequence[OutsideHost] = ()
    ) -> Instance:
        way_out = instance_way_out(self.paths, wish, own)
        lay_out_sets(self.paths, [set_name(wish)])
        return start_instance(self.engine, product, way_out)

    def log(self) -> str:
        return self.engine.client.api.logs(self.container).decode()


def start_instance(engine: DockerEngine, product: str, way_out: WayOut) -> Instance:
    uid = UIDS[product]
    private = f"uid={uid},gid={uid},mode=700"
    spec = ContainerSpec(
        image=BASE,
        uid=uid,
        mounts=way_out.mounts,
        tmpfs=dict.fromkeys(("/tmp", "/run/php", "/run/siappakai"), private),
        limits=Limits(),
        labels={},
        files_sha256="",
        environment=dict(way_out.environment),
        hosts=way_out.hosts,
    )
    folder = Path(tempfile.mkdtemp(prefix=f"{FLEET}-", dir="/tmp"))
    name = f"{FLEET}-{product}"
    engine.remove(name)
    engine.ensure_running(name, spec, BindMount(str(folder), "/run/lain", True))
    instance = Instance(name, engine)
    deadline = time.monotonic() + 20
    while "nginx.pid" not in instance.run("ls", "/tmp"):
        assert time.monotonic() < deadline, engine.last_log_lines(name)
        time.sleep(0.2)
    folder.rmdir()
    return instance


def run_role(root: Path, fleet: str = FLEET) -> PlayResult:
    """The role `egress` on this machine, with a fleet and folders of the test's own."""
    folder = root / "play"
    folder.mkdir(exist_ok=True)
    library = folder / "library"
    if not library.is_symlink():
        library.symlink_to(PROJECT / "playbooks" / "library")
    variables: Mapping[str, object] = {
        "egress_fleet": fleet,
        "egress_root": f"{root}/egress",
        "egress_inside_root": f"{root}/edge/run/inside",
    }
    role = {"role": str(PROJECT / "playbooks/roles/egress"), "vars": variables}
    play = [{"hosts": "all", "gather_facts": False, "roles": [role]}]
    (folder / "egress.yml").write_text(json.dumps(play))
    return run_play(folder / "egress.yml", ServerAddress("local"), {}, timeout_s=120)


@contextmanager
def running_egress() -> Iterator[Egress]:
    """A way out that leads nowhere yet; all of it is gone afterwards."""
    subprocess.run([PROJECT / "images/egress/build.sh"], check=True, timeout=600)
    subprocess.run([PROJECT / "images/base/build.sh", "8.2", BASE], check=True, timeout=900)
    engine = DockerEngine("unix:///var/run/docker.sock", FLEET)
    remove_all(engine.client)
    root = Path(tempfile.mkdtemp(prefix="jalan-", dir="/tmp"))  # a unix socket's path is short
    root.chmod(0o755)
    (root / "edge" / "run").mkdir(parents=True)
    try:
        egress = Egress(root, engine, run_role(root).require_ok())
        _start_outside(egress)
        egress.choose()
        write_trust(egress.paths, egress.outside_certificate.read_bytes())
        yield egress
    finally:
        remove_all(engine.client)
        engine.client.close()
        shutil.rmtree(root)


def _start_outside(egress: Egress) -> None:
    """Three public names on a network of the test's own, which the way out is joined to."""
    folder = egress.root / "outside"
    folder.mkdir()
    names = [LICENCE.host, MAPS.host, INNER.host]
    make_certificate(folder, names)
    (folder / "nginx.conf").write_text(_OUTSIDE_NGINX)
    api = egress.engine.client.api
    network = f"{FLEET}-luar"
    api.create_network(network, driver="bridge", labels={"siappakai.fleet": FLEET})
    aliases = api.create_networking_config({network: api.create_endpoint_config(aliases=names)})
    api.create_container(
        BASE,
        ["nginx", "-c", "/outside/nginx.conf"],
        name=f"{FLEET}-luar",
        labels={"siappakai.fleet": FLEET},
        networking_config=aliases,
        host_config=api.create_host_config(
            binds=[f"{folder}:/outside:ro"], tmpfs={"/tmp": "mode=1777"}, network_mode=network
        ),
    )
    api.start(f"{FLEET}-luar")
    api.connect_container_to_network(egress.container, network)
    seen = api.inspect_container(f"{FLEET}-luar")
    egress.outside_ip = seen["NetworkSettings"]["Networks"][network]["IPAddress"]


def remove_all(client: docker.DockerClient) -> None:
    label = {"label": f"siappakai.fleet={FLEET}"}
    for container in client.containers.list(all=True, filters=label):
        container.remove(force=True, v=True)
    for network in client.networks.list(filters=label):
        network.remove()
