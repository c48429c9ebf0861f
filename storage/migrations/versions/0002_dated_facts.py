"""Dated facts that staff add, and the trail of who changed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# The same function now guards two histories.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{what} is append-only';
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "dated_fact",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_dated_fact_added_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_fact")),
        sa.UniqueConstraint("name", "region", "valid_from", name=op.f("uq_dated_fact_name_region_valid_from")),
    )
    op.create_table(
        "dated_fact_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_dated_fact_change_actor_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_fact_change")),
    )
    op.execute(APPEND_ONLY.format(what="a history"))
    op.execute(
        "CREATE TRIGGER dated_fact_change_append_only BEFORE UPDATE OR DELETE ON dated_fact_change"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("dated_fact_change")
    op.drop_table("dated_fact")
    op.execute(APPEND_ONLY.format(what="the history of a case"))
