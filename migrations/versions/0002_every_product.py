"""Districts and regencies with products of their own; combined databases; licence states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    _create_regions()
    op.add_column(
        "database_groups", sa.Column("label", sa.String(80), nullable=False, server_default="")
    )
    op.add_column(
        "instances",
        sa.Column("observed_licence", sa.String(32), nullable=False, server_default="tidak perlu"),
    )
    op.add_column("instances", sa.Column("config_id", sa.Integer(), nullable=True))
    _add_reference("region_code", sa.String(6), "regions", "code")
    _add_reference("reads_group_id", sa.Integer(), "database_groups", "id")
    op.create_index(op.f("ix_instances_region_code"), "instances", ["region_code"])
    op.create_index(op.f("ix_instances_database_group_id"), "instances", ["database_group_id"])


def _create_regions() -> None:
    op.create_table(
        "regions",
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("regency_code", sa.String(4), nullable=False),
        sa.Column("regency_name", sa.String(120), nullable=False),
        sa.Column("province_code", sa.String(2), nullable=False),
        sa.Column("province_name", sa.String(120), nullable=False),
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("email", sa.String(120), nullable=False),
        sa.Column("office_address", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
        sa.UniqueConstraint("domain", name=op.f("uq_regions_domain")),
    )
    op.create_index(op.f("ix_regions_regency_code"), "regions", ["regency_code"])


def _add_reference(column: str, kind: sa.types.TypeEngine[object], table: str, target: str) -> None:
    """A nullable foreign key; SQLite can only add it together with its column."""
    name = f"fk_instances_{column}_{table}"
    if op.get_bind().dialect.name == "sqlite":
        words = kind.compile(dialect=op.get_bind().dialect)
        op.execute(
            f"ALTER TABLE instances ADD COLUMN {column} {words} "
            f"CONSTRAINT {name} REFERENCES {table} ({target})"
        )
        return
    op.add_column("instances", sa.Column(column, kind, nullable=True))
    op.create_foreign_key(name, "instances", table, [column], [target])


def downgrade() -> None:
    raise NotImplementedError("Kembali ke skema lama: pulihkan salinan basis data kendali.")
