"""Subscriptions of villages, what instances were given, and checked lines that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    _create_subscriptions()
    _create_pushes()
    _create_checks()
    _create_lines()


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("village_code", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("fingerprint", sa.String(12), nullable=False),
        sa.Column("warned_stage", sa.Integer(), nullable=True),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["village_code"], ["villages.code"], name=op.f("fk_subscriptions_village_code_villages")
        ),
        sa.PrimaryKeyConstraint("village_code", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_ends_on"), "subscriptions", ["ends_on"])


def _create_pushes() -> None:
    op.create_table(
        "subscription_pushes",
        sa.Column("instance_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("fingerprint", sa.String(12), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=True),
        sa.Column("pushed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instances.id"],
            name=op.f("fk_subscription_pushes_instance_id_instances"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_subscription_pushes_operation_id_operations"),
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_subscription_pushes")),
    )


def _create_checks() -> None:
    op.create_table(
        "subscription_checks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("only_code", sa.String(10), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_checks")),
    )
    op.create_index(
        op.f("ix_subscription_checks_expires_at"), "subscription_checks", ["expires_at"]
    )


def _create_lines() -> None:
    op.create_table(
        "subscription_lines",
        sa.Column("check_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("village_code", sa.String(10), nullable=False),
        sa.Column("village_name", sa.String(120), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.String(12), nullable=False),
        sa.Column("before_ends_on", sa.Date(), nullable=True),
        sa.Column("before_fingerprint", sa.String(12), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["check_id"],
            ["subscription_checks.id"],
            name=op.f("fk_subscription_lines_check_id_subscription_checks"),
        ),
        sa.PrimaryKeyConstraint("check_id", "number", name=op.f("pk_subscription_lines")),
    )


def downgrade() -> None:
    raise NotImplementedError("Kembali ke skema lama: pulihkan salinan basis data kendali.")
