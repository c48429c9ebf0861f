"""Notices to many: deliveries, subscriptions, lists, templates, approval, surveys; and for each person the door that they used last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


# A notice goes through the door that somebody used last and that is open; to the desk only where they have no member's door (a chair may have
# no other, and 劳动午报 is for chairs, S1). Most messages change nothing here: one look at an index.
DOOR = """
CREATE FUNCTION keep_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.unreachable_since IS NULL THEN
        UPDATE person SET door_id = NEW.id, door = NEW.door
        WHERE id = NEW.person_id AND door_id IS DISTINCT FROM NEW.id AND (
            door_id IS NULL OR NOT EXISTS (
                SELECT 1 FROM conversation c WHERE c.id = person.door_id AND c.person_id = NEW.person_id AND c.unreachable_since IS NULL
                    AND (c.side = 'member', coalesce(c.last_in_at, '-infinity')) > (NEW.side = 'member', coalesce(NEW.last_in_at, '-infinity'))
            )
        );
    ELSE
        UPDATE person SET (door_id, door) = (
            SELECT c.id, c.door FROM conversation c
            WHERE c.person_id = NEW.person_id AND c.unreachable_since IS NULL
            ORDER BY c.side = 'member' DESC, c.last_in_at DESC NULLS LAST, c.id LIMIT 1
        ) WHERE id = NEW.person_id AND door_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$
"""

DOORS_THAT_ARE_THERE = """
UPDATE person SET (door_id, door) = (
    SELECT c.id, c.door FROM conversation c WHERE c.person_id = person.id AND c.unreachable_since IS NULL
    ORDER BY c.side = 'member' DESC, c.last_in_at DESC NULLS LAST, c.id LIMIT 1
) WHERE id IN (SELECT person_id FROM conversation WHERE unreachable_since IS NULL AND person_id IS NOT NULL)
"""


# The outcomes of a notice are counted where they change, once for each statement, so that they add up whoever writes them.
TALLY_NEW = """
CREATE FUNCTION tally_new_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notice_tally (notice_id, status, number)
    SELECT notice_id, CASE WHEN status < 2 THEN 0 ELSE status END, count(*) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (notice_id, status) DO UPDATE SET number = notice_tally.number + excluded.number;
    RETURN NULL;
END
$$
"""

TALLY_CHANGED = """
CREATE FUNCTION tally_changed_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notice_tally (notice_id, status, number)
    SELECT notice_id, bucket, sum(change) FROM (
        SELECT notice_id, CASE WHEN status < 2 THEN 0 ELSE status END AS bucket, 1 AS change FROM fresh
        UNION ALL SELECT notice_id, CASE WHEN status < 2 THEN 0 ELSE status END, -1 FROM stood
        UNION ALL SELECT notice_id, 100 + person_id % 16, 1 FROM fresh WHERE seen_at IS NOT NULL
        UNION ALL SELECT notice_id, 100 + person_id % 16, -1 FROM stood WHERE seen_at IS NOT NULL
    ) AS changes GROUP BY 1, 2 HAVING sum(change) <> 0 ORDER BY 1, 2
    ON CONFLICT (notice_id, status) DO UPDATE SET number = notice_tally.number + excluded.number;
    RETURN NULL;
END
$$
"""

TALLIED = (
    "CREATE TRIGGER tally_new AFTER INSERT ON notice_delivery REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION tally_new_deliveries()",
    "CREATE TRIGGER tally_changed AFTER UPDATE ON notice_delivery REFERENCING NEW TABLE AS fresh OLD TABLE AS stood"
    " FOR EACH STATEMENT EXECUTE FUNCTION tally_changed_deliveries()",
)


def upgrade() -> None:
    op.create_table(
        "notice_day",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_day")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "interest",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_interest_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_interest")),
    )
    op.create_index(op.f("ix_interest_topic"), "interest", ["topic"], unique=False)
    op.create_table(
        "notice_list",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_notice_list_author_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_list_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_list")),
    )
    op.create_index(op.f("ix_notice_list_author_id"), "notice_list", ["author_id"], unique=False)
    op.create_table(
        "notice_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_notice_template_author_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_template_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_template")),
    )
    op.create_index(op.f("ix_notice_template_unit_id"), "notice_template", ["unit_id"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "category",
            sa.Enum("rights", "service", "activity", "survey", "digest", "emergency", name="category", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subscription_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "category", name=op.f("pk_subscription")),
    )
    op.create_table(
        "survey",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("sign_up", "survey", "appraisal", "consent", "wages", name="surveykind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entitled", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_survey_author_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_survey_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
    )
    op.create_index(op.f("ix_survey_unit_id"), "survey", ["unit_id"], unique=False)
    op.create_table(
        "unit_setting",
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_unit_setting_set_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_setting_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "name", name=op.f("pk_unit_setting")),
    )
    op.create_table(
        "notice_list_entry",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["notice_list.id"], name=op.f("fk_notice_list_entry_list_id_notice_list")),
        sa.PrimaryKeyConstraint("list_id", "person_id", name=op.f("pk_notice_list_entry")),
    )
    op.create_table(
        "survey_answer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_survey_answer_person_id_person")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_answer_survey_id_survey")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_survey_answer_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
    )
    op.create_index(op.f("ix_survey_answer_survey_id"), "survey_answer", ["survey_id"], unique=False)
    op.create_table(
        "survey_turnout",
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Enum("in", "waiting", "cancelled", name="place", native_enum=False, length=24), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_survey_turnout_person_id_person")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_survey_turnout_survey_id_survey")),
        sa.PrimaryKeyConstraint("survey_id", "person_id", name=op.f("pk_survey_turnout")),
    )
    op.create_index("ix_survey_turnout_person_id", "survey_turnout", ["person_id"], unique=False)
    op.create_table(
        "notice_delivery",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("tapped", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("left", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("message_ref", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_delivery")),
        postgresql_with={"fillfactor": "90"},
    )
    op.create_index(
        "ix_notice_delivery_gathered",
        "notice_delivery",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("status = 6 AND digest_id IS NULL"),
    )
    op.create_index(
        "ix_notice_delivery_digest",
        "notice_delivery",
        ["digest_id", "person_id"],
        unique=False,
        postgresql_where=sa.text("digest_id IS NOT NULL"),
    )
    op.create_index(
        "ix_notice_delivery_stale", "notice_delivery", ["notice_id", "person_id"], unique=False, postgresql_where=sa.text("stale")
    )
    op.create_table(
        "notice_tally",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "status", name=op.f("pk_notice_tally")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_notice_delivery_again",
        "notice_delivery",
        ["notice_id", "not_before"],
        unique=False,
        postgresql_where=sa.text("status = 0 AND not_before IS NOT NULL"),
    )
    op.create_index("ix_notice_delivery_in_hand", "notice_delivery", ["owner"], unique=False, postgresql_where=sa.text("status = 1"))
    op.create_index(
        "ix_notice_delivery_waiting", "notice_delivery", ["notice_id", "person_id"], unique=False, postgresql_where=sa.text("status = 0")
    )
    op.create_table(
        "notice_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_notice_event_actor_id_person")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_event_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_event")),
    )
    op.create_index(op.f("ix_notice_event_notice_id"), "notice_event", ["notice_id"], unique=False)
    op.add_column(
        "notice",
        sa.Column(
            "category",
            sa.Enum("rights", "service", "activity", "survey", "digest", "emergency", name="category", native_enum=False, length=24),
            server_default="service",
            nullable=False,
        ),
    )
    op.add_column("notice", sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("notice", sa.Column("buttons", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False))
    op.add_column("notice", sa.Column("file_id", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("survey_id", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("version", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("notice", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("decided_by", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("refusal", sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("repeat", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True))
    op.add_column("notice", sa.Column("series_id", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("expanded_to", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("notice", sa.Column("expanded", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("notice", sa.Column("corrected_to", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("paid_rate", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("notice", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("digest_day", sa.Date(), nullable=True))
    op.create_unique_constraint(op.f("uq_notice_digest_day"), "notice", ["digest_day"])
    op.execute("UPDATE notice SET created_at = confirmed_at, started_at = confirmed_at, expanded_to = spread_to, expanded = true")
    op.execute("UPDATE notice SET status = 'stopped', finished_at = coalesce(finished_at, confirmed_at) WHERE status = 'sending'")
    op.alter_column("notice", "created_at", nullable=False)
    op.drop_index(op.f("ix_notice_status"), table_name="notice")
    op.create_index(op.f("ix_notice_author_id"), "notice", ["author_id"], unique=False)
    op.create_index(
        "ix_notice_live",
        "notice",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status IN ('scheduled', 'sending', 'paused', 'waiting')"),
    )
    op.create_index("ix_notice_unit_id", "notice", ["unit_id"], unique=False)
    op.create_index(
        "ix_notice_unfinished",
        "notice",
        ["id"],
        unique=False,
        postgresql_where=sa.text("(NOT expanded AND started_at IS NOT NULL) OR corrected_to IS NOT NULL"),
    )
    op.create_foreign_key(op.f("fk_notice_survey_id_survey"), "notice", "survey", ["survey_id"], ["id"])
    op.create_foreign_key(op.f("fk_notice_series_id_notice"), "notice", "notice", ["series_id"], ["id"])
    op.create_foreign_key(op.f("fk_notice_file_id_file"), "notice", "file", ["file_id"], ["id"])
    op.create_foreign_key(op.f("fk_notice_decided_by_person"), "notice", "person", ["decided_by"], ["id"])
    op.drop_column("notice", "spread_to")
    op.drop_column("notice", "confirmed_at")
    op.drop_column("notice", "spread_done")
    op.add_column("person", sa.Column("door_id", sa.BigInteger(), nullable=True))
    op.add_column("person", sa.Column("door", sa.Text(), nullable=True))
    op.add_column("person", sa.Column("has_card", sa.Boolean(), sa.Computed("card_index IS NOT NULL", persisted=True), nullable=False))
    op.add_column("person", sa.Column("is_member", sa.Boolean(), sa.Computed("member_since IS NOT NULL", persisted=True), nullable=False))
    op.add_column("person", sa.Column("wants_notices", sa.Boolean(), sa.Computed("notices_off_at IS NULL", persisted=True), nullable=False))
    op.create_foreign_key(op.f("fk_person_door_id_conversation"), "person", "conversation", ["door_id"], ["id"])
    for statement in (TALLY_NEW, TALLY_CHANGED, *TALLIED):
        op.execute(statement)
    # Notices are not told through the outbox any more; those that were under way have been stopped above.
    op.execute("DELETE FROM outbox WHERE kind IN ('notice', 'notice_progress') AND status <> 'sent'")
    op.drop_index("ix_outbox_not_received", table_name="outbox")
    op.create_index("ix_outbox_not_received", "outbox", ["created_at"], postgresql_where=sa.text("status IN ('unreachable', 'failed')"))
    op.execute(DOORS_THAT_ARE_THERE)
    op.create_index("ix_person_audience", "person", ["unit_id", "wants_notices", "door", "has_card", "is_member", "language"], unique=False)
    op.execute(DOOR)
    op.execute(
        "CREATE TRIGGER conversation_door AFTER INSERT OR UPDATE OF person_id, last_in_at, unreachable_since ON conversation"
        " FOR EACH ROW WHEN (NEW.person_id IS NOT NULL) EXECUTE FUNCTION keep_door()"
    )
    op.execute(
        "CREATE TRIGGER notice_event_append_only BEFORE UPDATE OR DELETE ON notice_event FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER conversation_door ON conversation")
    op.execute("DROP FUNCTION keep_door()")
    op.drop_index("ix_outbox_not_received", table_name="outbox")
    op.create_index(
        "ix_outbox_not_received", "outbox", ["created_at"], postgresql_where=sa.text("status IN ('unreachable', 'failed') AND priority < 2")
    )
    op.drop_constraint(op.f("fk_person_door_id_conversation"), "person", type_="foreignkey")
    op.drop_index("ix_person_audience", table_name="person")
    for column in ("wants_notices", "is_member", "has_card", "door", "door_id"):
        op.drop_column("person", column)
    op.add_column("notice", sa.Column("spread_done", sa.BOOLEAN(), nullable=True))
    op.execute("UPDATE notice SET spread_done = expanded")
    op.alter_column("notice", "spread_done", nullable=False)
    op.add_column("notice", sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.execute("UPDATE notice SET confirmed_at = created_at")
    op.alter_column("notice", "confirmed_at", nullable=False)
    op.add_column("notice", sa.Column("spread_to", sa.BIGINT(), nullable=True))
    op.execute("UPDATE notice SET spread_to = expanded_to")
    op.alter_column("notice", "spread_to", nullable=False)
    op.drop_constraint(op.f("fk_notice_decided_by_person"), "notice", type_="foreignkey")
    op.drop_constraint(op.f("fk_notice_file_id_file"), "notice", type_="foreignkey")
    op.drop_constraint(op.f("fk_notice_series_id_notice"), "notice", type_="foreignkey")
    op.drop_constraint(op.f("fk_notice_survey_id_survey"), "notice", type_="foreignkey")
    op.drop_index("ix_notice_unit_id", table_name="notice")
    op.drop_index(
        "ix_notice_unfinished",
        table_name="notice",
        postgresql_where=sa.text("(NOT expanded AND started_at IS NOT NULL) OR corrected_to IS NOT NULL"),
    )
    op.drop_index(
        "ix_notice_live", table_name="notice", postgresql_where=sa.text("status IN ('scheduled', 'sending', 'paused', 'waiting')")
    )
    op.drop_index(op.f("ix_notice_author_id"), table_name="notice")
    op.create_index(op.f("ix_notice_status"), "notice", ["status"], unique=False)
    op.drop_constraint(op.f("uq_notice_digest_day"), "notice", type_="unique")
    op.drop_column("notice", "digest_day")
    op.drop_column("notice", "started_at")
    op.drop_column("notice", "paid_rate")
    op.drop_column("notice", "corrected_to")
    op.drop_column("notice", "expanded")
    op.drop_column("notice", "expanded_to")
    op.drop_column("notice", "series_id")
    op.drop_column("notice", "repeat")
    op.drop_column("notice", "send_at")
    op.drop_column("notice", "refusal")
    op.drop_column("notice", "decided_at")
    op.drop_column("notice", "decided_by")
    op.drop_column("notice", "submitted_at")
    op.drop_column("notice", "created_at")
    op.drop_column("notice", "version")
    op.drop_column("notice", "survey_id")
    op.drop_column("notice", "file_id")
    op.drop_column("notice", "buttons")
    op.drop_column("notice", "urgent")
    op.drop_column("notice", "category")
    op.drop_index(op.f("ix_notice_event_notice_id"), table_name="notice_event")
    op.drop_table("notice_event")
    op.drop_index("ix_notice_delivery_waiting", table_name="notice_delivery", postgresql_where=sa.text("status = 0"))
    op.drop_index("ix_notice_delivery_stale", table_name="notice_delivery", postgresql_where=sa.text("stale"))
    op.drop_index(
        "ix_notice_delivery_again", table_name="notice_delivery", postgresql_where=sa.text("status = 0 AND not_before IS NOT NULL")
    )
    op.drop_index("ix_notice_delivery_in_hand", table_name="notice_delivery", postgresql_where=sa.text("status = 1"))
    op.drop_index("ix_notice_delivery_digest", table_name="notice_delivery", postgresql_where=sa.text("digest_id IS NOT NULL"))
    op.drop_index("ix_notice_delivery_gathered", table_name="notice_delivery", postgresql_where=sa.text("status = 6 AND digest_id IS NULL"))
    op.drop_table("notice_delivery")
    op.execute("DROP FUNCTION tally_new_deliveries()")
    op.execute("DROP FUNCTION tally_changed_deliveries()")
    op.drop_table("notice_tally")
    op.drop_index("ix_survey_turnout_person_id", table_name="survey_turnout")
    op.drop_table("survey_turnout")
    op.drop_index(op.f("ix_survey_answer_survey_id"), table_name="survey_answer")
    op.drop_table("survey_answer")
    op.drop_table("notice_list_entry")
    op.drop_table("unit_setting")
    op.drop_index(op.f("ix_survey_unit_id"), table_name="survey")
    op.drop_table("survey")
    op.drop_table("subscription")
    op.drop_index(op.f("ix_notice_template_unit_id"), table_name="notice_template")
    op.drop_table("notice_template")
    op.drop_index(op.f("ix_notice_list_author_id"), table_name="notice_list")
    op.drop_table("notice_list")
    op.drop_index(op.f("ix_interest_topic"), table_name="interest")
    op.drop_table("interest")
    op.drop_table("notice_day")
