"""The first tables; version records and events can only be added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("version_records", "events")


def forbid_changes(table: str, dialect: str) -> list[str]:
    """SQL that makes the database itself refuse UPDATE and DELETE on a table."""
    statements = []
    for verb in ("UPDATE", "DELETE"):
        name = f"{table}_no_{verb.lower()}"
        if dialect == "sqlite":
            body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        else:
            body = (
                f"FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"
            )
        statements.append(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {body}")
    return statements


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.String(length=36), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("regency_code", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "saved_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "started_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_batches_upload_id")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "at", sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"), nullable=False
        ),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_subject", ["subject", "id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("schema_version", sa.String(length=64), nullable=False),
        sa.Column("php_version", sa.String(length=8), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("image_tag", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "components",
            sa.Text()
            .with_variant(sa.Text(length=16000000), "mariadb")
            .with_variant(sa.Text(length=16000000), "mysql"),
            nullable=False,
        ),
        sa.Column("component_count", sa.Integer(), nullable=False),
        sa.Column("patches", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "built_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("product", "version", "edition", name=op.f("uq_releases_product")),
    )
    op.create_table(
        "servers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("connection", sa.String(length=16), nullable=False),
        sa.Column("docker_url", sa.String(length=255), nullable=False),
        sa.Column("data_root", sa.String(length=255), nullable=False),
        sa.Column("fleet", sa.String(length=20), nullable=False),
        sa.Column("edge_address", sa.String(length=64), nullable=False),
        sa.Column("http_port", sa.Integer(), nullable=False),
        sa.Column("https_port", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "prepared_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers")),
        sa.UniqueConstraint("name", name=op.f("uq_servers_name")),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settings")),
    )
    op.create_table(
        "stored_secrets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_secrets")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_stored_secrets_owner")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column(
            "locked_until_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "last_login_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "batch_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("village_code", sa.String(length=10), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_rows_batch_id_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_rows")),
        sa.UniqueConstraint("batch_id", "row_number", name=op.f("uq_batch_rows_batch_id")),
    )
    with op.batch_alter_table("batch_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_rows_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_rows_status"), ["status"], unique=False)

    op.create_table(
        "database_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("database_name", sa.String(length=64), nullable=False),
        sa.Column("lock_operation_id", sa.Integer(), nullable=True),
        sa.Column("lock_reason", sa.String(length=120), nullable=False),
        sa.Column(
            "locked_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_database_groups_server_id_servers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_database_groups")),
        sa.UniqueConstraint(
            "server_id", "database_name", name=op.f("uq_database_groups_server_id")
        ),
    )
    op.create_table(
        "template_dumps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=160), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("table_count", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_template_dumps_release_id_releases")
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_template_dumps_server_id_servers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_dumps")),
        sa.UniqueConstraint("release_id", "server_id", name=op.f("uq_template_dumps_release_id")),
    )
    op.create_table(
        "villages",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("district_code", sa.String(length=6), nullable=False),
        sa.Column("district_name", sa.String(length=120), nullable=False),
        sa.Column("regency_code", sa.String(length=4), nullable=False),
        sa.Column("regency_name", sa.String(length=120), nullable=False),
        sa.Column("province_code", sa.String(length=2), nullable=False),
        sa.Column("province_name", sa.String(length=120), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("office_address", sa.String(length=255), nullable=False),
        sa.Column("postal_code", sa.String(length=5), nullable=False),
        sa.Column("search_text", sa.String(length=640), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_villages_batch_id_batches")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_villages")),
        sa.UniqueConstraint("domain", name=op.f("uq_villages_domain")),
    )
    with op.batch_alter_table("villages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_villages_district_code"), ["district_code"], unique=False
        )
        batch_op.create_index("ix_villages_name_code", ["name", "code"], unique=False)
        batch_op.create_index("ix_villages_regency_name", ["regency_code", "name"], unique=False)

    op.create_table(
        "instances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("scope_code", sa.String(length=10), nullable=False),
        sa.Column("village_code", sa.String(length=10), nullable=True),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("database_group_id", sa.Integer(), nullable=False),
        sa.Column("web_path", sa.String(length=32), nullable=False),
        sa.Column("wanted_state", sa.String(length=32), nullable=False),
        sa.Column("wanted_release_id", sa.Integer(), nullable=False),
        sa.Column("recorded_release_id", sa.Integer(), nullable=True),
        sa.Column("recorded_digest", sa.String(length=80), nullable=False),
        sa.Column("recorded_spec_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("observed_state", sa.String(length=32), nullable=False),
        sa.Column("observed_digest", sa.String(length=80), nullable=False),
        sa.Column("observed_answer", sa.JSON(), nullable=False),
        sa.Column(
            "observed_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "exposed_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["database_group_id"],
            ["database_groups.id"],
            name=op.f("fk_instances_database_group_id_database_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_release_id"],
            ["releases.id"],
            name=op.f("fk_instances_recorded_release_id_releases"),
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_instances_server_id_servers")
        ),
        sa.ForeignKeyConstraint(
            ["village_code"], ["villages.code"], name=op.f("fk_instances_village_code_villages")
        ),
        sa.ForeignKeyConstraint(
            ["wanted_release_id"],
            ["releases.id"],
            name=op.f("fk_instances_wanted_release_id_releases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
        sa.UniqueConstraint("product", "scope_code", name=op.f("uq_instances_product")),
    )
    with op.batch_alter_table("instances", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instances_observed_state"), ["observed_state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_instances_product"), ["product"], unique=False)
        batch_op.create_index(batch_op.f("ix_instances_server_id"), ["server_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_instances_village_code"), ["village_code"], unique=False
        )

    op.create_table(
        "operations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("active_key", sa.Integer(), nullable=True),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=False),
        sa.Column(
            "lease_until_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "not_before_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("error_hint", sa.Text(), nullable=False),
        sa.Column("error_log_tail", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "started_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "finished_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_operations_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_operations_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_operations_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        sa.UniqueConstraint("active_key", name=op.f("uq_operations_active_key")),
    )
    with op.batch_alter_table("operations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operations_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_operations_instance_id"), ["instance_id"], unique=False
        )
        batch_op.create_index(
            "ix_operations_state_lease", ["state", "lease_until_at"], unique=False
        )

    op.create_table(
        "steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column(
            "finished_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=True,
        ),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("outside_ms", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_steps_operation_id_operations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
        sa.UniqueConstraint("operation_id", "name", name=op.f("uq_steps_operation_id")),
    )
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_steps_operation_id"), ["operation_id"], unique=False)

    op.create_table(
        "version_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("schema_version", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_version_records_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_version_records_operation_id_operations"),
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_version_records_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_records")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_version_records_operation_id")),
    )
    with op.batch_alter_table("version_records", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_version_records_instance_id"), ["instance_id"], unique=False
        )
    for table in APPEND_ONLY:
        for statement in forbid_changes(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the first migration has no way back: restore the backup instead")
