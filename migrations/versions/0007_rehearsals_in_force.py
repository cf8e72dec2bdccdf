"""Which image a rehearsal tried, when its verdict fell, and which village is tried once more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import DATETIME

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column(
        "rehearsals", sa.Column("digest", sa.String(80), server_default="", nullable=False)
    )
    op.add_column("rehearsal_items", sa.Column("judged_at", MOMENT, nullable=True))
    op.add_column(
        "rehearsal_items",
        sa.Column("is_again", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _fill_what_is_there()


def _fill_what_is_there() -> None:
    """Rehearsals of before count for the image that their release has now."""
    op.execute(
        "UPDATE rehearsals SET digest = COALESCE("
        "(SELECT releases.digest FROM releases WHERE releases.id = rehearsals.release_id), '')"
    )
    op.execute("UPDATE rehearsal_items SET judged_at = finished_at WHERE verdict <> 'belum'")


def downgrade() -> None:
    raise NotImplementedError("Kembali ke skema lama: pulihkan salinan basis data kendali.")
