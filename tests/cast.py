"""The fixed cast of the tests: two villages of Takalar, a server, a release."""

from __future__ import annotations

from pathlib import Path

from siappakai.models import (
    Edition,
    Release,
    ReleaseState,
    Server,
    ServerState,
    Village,
    db,
    transaction,
)

TAMASAJU = "7305052001"
BONTOKANANG = "7305052002"


def add_server(root: Path, fleet: str = "uji") -> int:
    with transaction():
        server = Server(
            name="local",
            data_root=str(root),
            fleet=fleet,
            edge_address="127.0.0.1",
            http_port=8180,
            https_port=8543,
            state=ServerState.READY,
        )
        db.session.add(server)
        db.session.flush()
        return server.id


def add_release(version: str = "2410.0.0", state: ReleaseState = ReleaseState.TESTED) -> int:
    with transaction():
        release = Release(
            product="opensid",
            version=version,
            edition=Edition.SAMPLE,
            state=state,
            schema_version="2024100101",
            php_version="8.2",
            digest="sha256:" + "a" * 64,
        )
        db.session.add(release)
        db.session.flush()
        return release.id


def add_villages(*codes: str) -> None:
    with transaction():
        for code in codes or (TAMASAJU, BONTOKANANG):
            village = Village(
                code=code,
                name=f"Desa {code[-4:]}",
                district_code=code[:6],
                district_name="Galesong",
                regency_code="7305",
                regency_name="Kabupaten Takalar",
                province_code="73",
                province_name="Sulawesi Selatan",
                domain=f"d{code}.desa.localhost",
            )
            village.refresh_search_text()
            db.session.add(village)
