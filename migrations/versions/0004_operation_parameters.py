"""What an operation was told beyond its instance and release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operations", sa.Column("parameters", sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("Kembali ke skema lama: pulihkan salinan basis data kendali.")
