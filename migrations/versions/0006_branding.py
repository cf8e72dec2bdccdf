"""One look for the regency: brand layers, versions, what each instance wears, theme packages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
RECORDS = "brand_records"


def upgrade() -> None:
    _create_layers()
    _create_versions()
    _create_instance_brands()
    _create_records()
    _create_themes()
    _create_previews()
    _let_rollouts_bring_a_brand()


def _create_layers() -> None:
    op.create_table(
        "brand_layers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("scope_code", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("locks", sa.JSON(), nullable=False),
        sa.Column("adopted", sa.JSON(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_layers")),
        sa.UniqueConstraint("kind", "scope_code", "title", name=op.f("uq_brand_layers_kind")),
    )
    op.create_table(
        "brand_assets",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("original_name", sa.String(length=160), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_brand_assets")),
    )


def _create_versions() -> None:
    op.create_table(
        "brand_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("layers", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_brand_versions_number")),
    )


def _create_instance_brands() -> None:
    op.create_table(
        "instance_brands",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("wanted_version_id", sa.Integer(), nullable=True),
        sa.Column("applied_version_id", sa.Integer(), nullable=True),
        sa.Column("applied_values", sa.JSON(), nullable=False),
        sa.Column("applied_sha256", sa.String(length=64), nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.Column("original", sa.JSON(), nullable=False),
        sa.Column("observed_values", sa.JSON(), nullable=False),
        sa.Column("observed_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_instance_brands_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["wanted_version_id"],
            ["brand_versions.id"],
            name=op.f("fk_instance_brands_wanted_version_id_brand_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["applied_version_id"],
            ["brand_versions.id"],
            name=op.f("fk_instance_brands_applied_version_id_brand_versions"),
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_instance_brands")),
    )


def _create_records() -> None:
    op.create_table(
        RECORDS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_brand_records_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_brand_records_operation_id_operations"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["brand_versions.id"],
            name=op.f("fk_brand_records_version_id_brand_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_records")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_brand_records_operation_id")),
    )
    op.create_index(op.f("ix_brand_records_instance_id"), RECORDS, ["instance_id", "id"])
    for verb in ("UPDATE", "DELETE"):
        if op.get_bind().dialect.name == "sqlite":
            body = f"BEGIN SELECT RAISE(ABORT, '{RECORDS} is append-only'); END"
        else:
            body = (
                "FOR EACH ROW SIGNAL SQLSTATE '45000' "
                f"SET MESSAGE_TEXT = '{RECORDS} is append-only'"
            )
        op.execute(f"CREATE TRIGGER {RECORDS}_no_{verb.lower()} BEFORE {verb} ON {RECORDS} {body}")


def _create_themes() -> None:
    op.create_table(
        "themes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
        sa.UniqueConstraint("slug", name=op.f("uq_themes_slug")),
    )
    op.create_table(
        "theme_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("exceptions", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_theme_versions_theme_id_themes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_versions")),
        sa.UniqueConstraint("theme_id", "version", name=op.f("uq_theme_versions_theme_id")),
    )
    op.create_index(op.f("ix_theme_versions_theme_id"), "theme_versions", ["theme_id"])


def _create_previews() -> None:
    op.create_table(
        "brand_previews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["brand_versions.id"],
            name=op.f("fk_brand_previews_version_id_brand_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_previews")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_brand_previews_version_id"), "brand_previews", ["version_id"])
    items = "brand_preview_items"
    op.create_table(
        items,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("preview_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=True),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_{items}_{column}_{table}")
            )
            for column, table in (
                ("preview_id", "brand_previews"),
                ("instance_id", "instances"),
                ("operation_id", "operations"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_preview_items")),
        sa.UniqueConstraint("preview_id", "instance_id", name=op.f(f"uq_{items}_preview_id")),
    )
    for column in ("preview_id", "instance_id"):
        op.create_index(op.f(f"ix_{items}_{column}"), items, [column])


def _let_rollouts_bring_a_brand() -> None:
    """A nullable foreign key; SQLite can only add it together with its column."""
    name = "fk_rollouts_brand_version_id_brand_versions"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE rollouts ADD COLUMN brand_version_id INTEGER "
            f"CONSTRAINT {name} REFERENCES brand_versions (id)"
        )
    else:
        op.add_column("rollouts", sa.Column("brand_version_id", sa.Integer(), nullable=True))
        op.create_foreign_key(name, "rollouts", "brand_versions", ["brand_version_id"], ["id"])


def downgrade() -> None:
    raise NotImplementedError("Kembali ke skema lama: pulihkan salinan basis data kendali.")
