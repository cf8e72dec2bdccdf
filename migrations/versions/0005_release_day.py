"""Release day: rehearsals, rollouts in waves, channels, days without work, tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
RECORDS = "version_records"
RECORDS_KEY = "uq_version_records_operation_id"


def upgrade() -> None:
    _create_catalogue_tables()
    _create_rehearsals()
    _create_rollouts()
    _create_rollout_parts()
    _add_release_columns()
    _add_reference("rollout_id", "rollouts")
    _add_reference("rehearsal_id", "rehearsals")
    _let_one_operation_record_many()


def _create_catalogue_tables() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("active_key", sa.String(length=64), nullable=True),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=False),
        sa.Column("lease_until_at", MOMENT, nullable=True),
        sa.Column("not_before_at", MOMENT, nullable=True),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("error_hint", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_tasks_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("active_key", name=op.f("uq_tasks_active_key")),
    )
    op.create_index(op.f("ix_tasks_release_id"), "tasks", ["release_id"])
    op.create_index(op.f("ix_tasks_state_lease"), "tasks", ["state", "lease_until_at"])
    op.create_table(
        "instance_policies",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("held_until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instances.id"],
            name=op.f("fk_instance_policies_instance_id_instances"),
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_instance_policies")),
    )


def _create_rehearsals() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("blocked_because", sa.Text(), nullable=False),
        sa.Column("not_before_at", MOMENT, nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_rehearsals_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
    )
    op.create_index(op.f("ix_rehearsals_release_id"), "rehearsals", ["release_id"])
    op.create_table(
        "rehearsal_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rehearsal_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("from_release_id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["from_release_id"],
            ["releases.id"],
            name=op.f("fk_rehearsal_items_from_release_id_releases"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["database_groups.id"],
            name=op.f("fk_rehearsal_items_group_id_database_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_rehearsal_items_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_rehearsal_items_operation_id_operations"),
        ),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"],
            ["rehearsals.id"],
            name=op.f("fk_rehearsal_items_rehearsal_id_rehearsals"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal_items")),
        sa.UniqueConstraint(
            "rehearsal_id", "instance_id", name=op.f("uq_rehearsal_items_rehearsal_id")
        ),
    )
    op.create_index(op.f("ix_rehearsal_items_instance_id"), "rehearsal_items", ["instance_id"])
    op.create_index(op.f("ix_rehearsal_items_rehearsal_id"), "rehearsal_items", ["rehearsal_id"])


def _create_rollouts() -> None:
    op.create_table(
        "rollouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("plan_sha256", sa.String(length=64), nullable=False),
        sa.Column("blocked_because", sa.Text(), nullable=False),
        sa.Column("forgiven", sa.JSON(), nullable=False),
        sa.Column("guard", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_rollouts_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollouts")),
    )
    op.create_table(
        "rollout_waves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("bake_s", sa.Integer(), nullable=False),
        sa.Column("waits_for_person", sa.Boolean(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("bake_until_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollouts.id"], name=op.f("fk_rollout_waves_rollout_id_rollouts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout_waves")),
        sa.UniqueConstraint("rollout_id", "number", name=op.f("uq_rollout_waves_rollout_id")),
    )
    op.create_index(op.f("ix_rollout_waves_rollout_id"), "rollout_waves", ["rollout_id"])


def _create_rollout_parts() -> None:
    op.create_table(
        "rollout_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("wave_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("from_release_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["from_release_id"],
            ["releases.id"],
            name=op.f("fk_rollout_items_from_release_id_releases"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["database_groups.id"],
            name=op.f("fk_rollout_items_group_id_database_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_rollout_items_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_rollout_items_operation_id_operations"),
        ),
        sa.ForeignKeyConstraint(
            ["rollout_id"], ["rollouts.id"], name=op.f("fk_rollout_items_rollout_id_rollouts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout_items")),
        sa.UniqueConstraint("rollout_id", "instance_id", name=op.f("uq_rollout_items_rollout_id")),
    )
    op.create_index(op.f("ix_rollout_items_instance_id"), "rollout_items", ["instance_id"])
    op.create_index(op.f("ix_rollout_items_rollout_id"), "rollout_items", ["rollout_id"])


def _add_release_columns() -> None:
    for column in (
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("balance_toml", sa.Text(), server_default="", nullable=False),
        sa.Column("state_reason", sa.String(200), server_default="", nullable=False),
        sa.Column("offered_at", MOMENT, nullable=True),
    ):
        op.add_column("releases", column)


def _add_reference(column: str, table: str) -> None:
    """A nullable foreign key of operations; SQLite can only add it together with its column."""
    name = f"fk_operations_{column}_{table}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE operations ADD COLUMN {column} INTEGER "
            f"CONSTRAINT {name} REFERENCES {table} (id)"
        )
    else:
        op.add_column("operations", sa.Column(column, sa.Integer(), nullable=True))
        op.create_foreign_key(name, "operations", table, [column], ["id"])
    op.create_index(op.f(f"ix_operations_{column}"), "operations", [column])


def _let_one_operation_record_many() -> None:
    """All villages of a combined database move by one operation, and each gets its record.

    SQLite copies the table, which loses its triggers: they are made again at once.
    """
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table(RECORDS) as batch:
            batch.drop_constraint(RECORDS_KEY, type_="unique")
            batch.create_unique_constraint(RECORDS_KEY, ["operation_id", "instance_id"])
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {RECORDS}_no_{verb.lower()} BEFORE {verb} ON {RECORDS} "
                f"BEGIN SELECT RAISE(ABORT, '{RECORDS} is append-only'); END"
            )
        return
    # The foreign key needs an index that begins with its column at every moment.
    op.create_index("ix_version_records_operation_id", RECORDS, ["operation_id"])
    op.drop_constraint(RECORDS_KEY, RECORDS, type_="unique")
    op.create_unique_constraint(RECORDS_KEY, RECORDS, ["operation_id", "instance_id"])
    op.drop_index("ix_version_records_operation_id", RECORDS)


def downgrade() -> None:
    raise NotImplementedError("Kembali ke skema lama: pulihkan salinan basis data kendali.")
