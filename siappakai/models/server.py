"""A machine that runs instances; `local` is the first and, for many regencies, the only one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from siappakai.models.base import Base, UtcDateTime, Word, utc_now


class ServerState(StrEnum):
    NEW = "baru"
    READY = "siap"
    FAILED = "gagal"


class Server(Base):
    __tablename__ = "servers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    connection: Mapped[str] = mapped_column(String(16), default="local")
    docker_url: Mapped[str] = mapped_column(String(255), default="unix:///var/run/docker.sock")
    data_root: Mapped[str] = mapped_column(String(255))
    fleet: Mapped[str] = mapped_column(String(20))
    edge_address: Mapped[str] = mapped_column(String(64))
    http_port: Mapped[int]
    https_port: Mapped[int]
    state: Mapped[ServerState] = mapped_column(Word(ServerState), default=ServerState.NEW)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    prepared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def root(self) -> Path:
        return Path(self.data_root)
