"""Touch: containers and images of one server's Docker Engine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.types import LogConfig, Mount
from requests.exceptions import RequestException

from siappakai.errors import StepFailed, Unavailable
from siappakai.provision.stopwatch import outside
from siappakai.provision.wanted import LABEL, BindMount, ContainerSpec, VolumeMount

TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """A container as it is now; `state` in Docker's words (`running`, `exited`, …)."""

    name: str
    state: str
    image_digest: str
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class OneOffResult:
    exit_code: int
    output: str
    errors: str


@contextmanager
def _asking_docker() -> Iterator[None]:
    try:
        with outside():
            yield
    except (RequestException, APIError) as error:
        is_ours = isinstance(error, APIError) and error.is_client_error()
        kind = StepFailed if is_ours else Unavailable
        raise kind(
            f"Docker menolak atau tidak menjawab: {_explain(error)}",
            hint="Periksa mesin Docker dengan `siappakai keadaan`, lalu coba lagi.",
        ) from error
    except DockerException as error:
        raise Unavailable(
            "Mesin Docker tidak dapat dihubungi.",
            hint="Jalankan `siappakai jalankan`, lalu coba lagi.",
        ) from error


def _explain(error: Exception) -> str:
    return str(getattr(error, "explanation", None) or error)[:400]


class DockerEngine:
    """Containers of one fleet; every call is safe to repeat."""

    def __init__(self, docker_url: str, fleet: str) -> None:
        self.fleet = fleet
        with _asking_docker():
            self.client = docker.DockerClient(
                base_url=docker_url, timeout=TIMEOUT_S, version="1.41"
            )

    def find_container(self, name: str) -> ContainerFacts | None:
        with _asking_docker():
            try:
                return _facts(self.client.api.inspect_container(name))
            except NotFound:
                return None

    def list_containers(self, **labels: str) -> list[ContainerFacts]:
        """All containers of this fleet whose `siappakai.<name>` labels match."""
        wanted = {"fleet": self.fleet, **labels}
        filters = {"label": [f"{LABEL}{name}={value}" for name, value in wanted.items()]}
        with _asking_docker():
            rows = self.client.api.containers(all=True, filters=filters)
        return [
            ContainerFacts(row["Names"][0].lstrip("/"), row["State"], row["ImageID"], row["Labels"])
            for row in rows
        ]

    def has_image(self, digest: str) -> bool:
        with _asking_docker():
            try:
                self.client.api.inspect_image(digest)
            except NotFound:
                return False
            return True

    def ensure_running(self, name: str, spec: ContainerSpec, run: BindMount) -> None:
        """One running container of this spec under this name; creates or starts only if needed."""
        found = self.find_container(name)
        if found is None:
            self._create(name, spec, (*spec.mounts, run), spec.command, is_serving=True)
        elif found.labels.get(LABEL + "config_sha256") != spec.sha256:
            raise StepFailed(
                f"Kontainer {name} sudah ada dengan isi lain.",
                hint="Jangan dihapus dulu: lihat labelnya dengan `docker inspect` dan laporkan.",
            )
        elif found.state == "running":
            return
        with _asking_docker():
            self.client.api.start(name)

    def run_once(
        self, name: str, spec: ContainerSpec, command: tuple[str, ...], timeout_s: int = 900
    ) -> OneOffResult:
        """Run `command` in a throw-away container of the same make; removed in any case.

        StepFailed when it has not ended after `timeout_s`.
        """
        self.remove(name)
        self._create(name, spec, spec.mounts, command, is_serving=False)
        api = self.client.api
        try:
            with _asking_docker():
                api.start(name)
                code = self._wait(name, timeout_s)
                output = api.logs(name, stdout=True, stderr=False).decode(errors="replace")
                errors = api.logs(name, stdout=False, stderr=True).decode(errors="replace")
        finally:
            self.remove(name)
        return OneOffResult(code, output, errors)

    def _wait(self, name: str, timeout_s: float) -> int:
        """The exit code; StepFailed when the time is over, Unavailable when Docker went away."""
        deadline = time.monotonic() + timeout_s
        try:
            return int(self.client.api.wait(name, timeout=timeout_s)["StatusCode"])
        except RequestException as error:
            if time.monotonic() < deadline:
                raise
            raise StepFailed(
                f"Perintah aplikasi tidak selesai dalam {timeout_s:.0f} detik, lalu dihentikan.",
                hint="Rilis ini mungkin menggantung pada data desa ini. Lihat gladi bersihnya.",
                log_tail=self.last_log_lines(name),
            ) from error

    def start(self, name: str) -> None:
        """A container that was made before runs again; StepFailed if it is gone."""
        with _asking_docker():
            self.client.api.start(name)

    def stop(self, name: str, timeout_s: int = 35) -> bool:
        """The container has finished what it was answering and rests; False if there is none."""
        with _asking_docker():
            try:
                self.client.api.stop(name, timeout=timeout_s)
            except NotFound:
                return False
            return True

    def run_inside(self, name: str, command: tuple[str, ...]) -> OneOffResult:
        """Run `command` in a running container, as the user that it runs as."""
        api = self.client.api
        with _asking_docker():
            made = api.exec_create(name, list(command))["Id"]
            output, errors = api.exec_start(made, demux=True)
            code = api.exec_inspect(made)["ExitCode"]
        return OneOffResult(
            int(code),
            (output or b"").decode(errors="replace"),
            (errors or b"").decode(errors="replace"),
        )

    def remove(self, name: str) -> bool:
        """The container is gone; its data on the server stays. Returns whether it was there."""
        with _asking_docker():
            try:
                self.client.api.remove_container(name, force=True)
            except NotFound:
                return False
            return True

    def last_log_lines(self, name: str, count: int = 30) -> str:
        with _asking_docker():
            try:
                return self.client.api.logs(name, tail=count).decode(errors="replace")
            except NotFound:
                return ""

    def create_volume(
        self, name: str, options: Mapping[str, str], labels: Mapping[str, str]
    ) -> None:
        """The local volume exists; the engine mounts it by these options when it is first used."""
        labelled = {LABEL + key: value for key, value in {**labels, "fleet": self.fleet}.items()}
        with _asking_docker():
            self.client.api.create_volume(
                name, driver="local", driver_opts=dict(options), labels=labelled
            )

    def list_volumes(self, **labels: str) -> dict[str, dict[str, str]]:
        """Name → labels of all volumes of this fleet whose `siappakai.<name>` labels match."""
        wanted = {"fleet": self.fleet, **labels}
        filters = {"label": [f"{LABEL}{name}={value}" for name, value in wanted.items()]}
        with _asking_docker():
            rows = self.client.api.volumes(filters=filters)["Volumes"] or []
        return {row["Name"]: dict(row["Labels"] or {}) for row in rows}

    def remove_volume(self, name: str) -> bool:
        """The volume is gone, and what was left of this fleet's containers on it with it."""
        filters = {"volume": name, "label": f"{LABEL}fleet={self.fleet}"}
        with _asking_docker():
            for row in self.client.api.containers(all=True, filters=filters):
                self.client.api.remove_container(row["Id"], force=True)
            try:
                self.client.api.remove_volume(name)
            except NotFound:
                return False
            return True

    def _create(
        self,
        name: str,
        spec: ContainerSpec,
        mounts: tuple[BindMount | VolumeMount, ...],
        command: tuple[str, ...],
        *,
        is_serving: bool,
    ) -> None:
        api = self.client.api
        config = api.create_host_config(
            mounts=[_mount(each) for each in mounts],
            tmpfs=dict(spec.tmpfs),
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            network_mode="none",
            extra_hosts=dict(spec.hosts),
            mem_limit=spec.limits.memory_bytes,
            memswap_limit=spec.limits.memory_bytes,
            pids_limit=spec.limits.pids,
            nano_cpus=int(spec.limits.cpus * 1e9),
            restart_policy={"Name": "unless-stopped"} if is_serving else {"Name": "no"},
            log_config=LogConfig(type="json-file", config={"max-size": "2m", "max-file": "2"}),
        )
        labels = {**spec.labels, LABEL + "fleet": self.fleet, LABEL + "config_sha256": spec.sha256}
        if not is_serving:
            labels[LABEL + "one_off"] = "true"
        with _asking_docker():
            api.create_container(
                spec.image,
                list(command) or None,
                name=name,
                user=f"{spec.uid}:{spec.uid}",
                environment=dict(spec.environment),
                labels=labels,
                host_config=config,
            )


def _mount(mount: BindMount | VolumeMount) -> Mount:
    """`no_copy`: else the engine fills an empty volume from the image and changes its owner."""
    if isinstance(mount, VolumeMount):
        return Mount(mount.target, mount.volume, type="volume", no_copy=True)
    return Mount(mount.target, mount.source, type="bind", read_only=mount.read_only)


def _facts(row: dict[str, Any]) -> ContainerFacts:
    return ContainerFacts(
        row["Name"].lstrip("/"), row["State"]["Status"], row["Image"], row["Config"]["Labels"]
    )


@cache
def connect_engine(docker_url: str, fleet: str) -> DockerEngine:
    """One connected engine a process, address and fleet."""
    return DockerEngine(docker_url, fleet)
