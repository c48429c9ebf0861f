"""Cases whole: a chained history, whoever is responsible, leave and conflicts of lawyers, dates, notes, appointments, published answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.employers import EmployerIndex
from storage.types import SealedText

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


OPEN = "status IN ('received', 'assigned', 'accepted', 'intervened', 'in_progress')"

DIGEST = """
CREATE FUNCTION case_event_digest(
    before bytea, of_case bigint, line integer, at_moment timestamptz, actor bigint, what text, detail jsonb
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(
        before || convert_to(
            jsonb_build_array(
                of_case, line, to_char(at_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), actor, what, detail
            )::text, 'UTF8'
        )
    )
$$
"""
"""jsonb::text is one and the same for equal values; the array keeps the fields apart."""

CHAIN = """
CREATE FUNCTION chain_case_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        -- The row of the chain is the lock that puts the lines of one case one after the other.
        UPDATE case_chain SET length = length + 1, head = case_event_digest(
            head, case_id, length + 1, NEW.at, NEW.actor_id, NEW.action, NEW.detail
        ) WHERE case_id = NEW.case_id RETURNING length, head INTO NEW.number, NEW.digest;
        EXIT WHEN FOUND;
        INSERT INTO case_chain (case_id, length, head) VALUES (
            NEW.case_id, 1, case_event_digest('', NEW.case_id, 1, NEW.at, NEW.actor_id, NEW.action, NEW.detail)
        ) ON CONFLICT (case_id) DO NOTHING RETURNING length, head INTO NEW.number, NEW.digest;
        EXIT WHEN FOUND;
    END LOOP;
    RETURN NEW;
END
$$
"""

CHAIN_WHAT_IS_THERE = """
DO $$
DECLARE
    event case_event%ROWTYPE;
    place integer;
    before bytea;
BEGIN
    FOR event IN SELECT * FROM case_event ORDER BY case_id, id LOOP
        SELECT length, head INTO place, before FROM case_chain WHERE case_id = event.case_id;
        place := coalesce(place, 0) + 1;
        before := case_event_digest(
            coalesce(before, ''), event.case_id, place, event.at, event.actor_id, event.action, event.detail
        );
        UPDATE case_event SET number = place, digest = before WHERE id = event.id;
        INSERT INTO case_chain (case_id, length, head) VALUES (event.case_id, place, before)
            ON CONFLICT (case_id) DO UPDATE SET length = EXCLUDED.length, head = EXCLUDED.head;
    END LOOP;
END
$$
"""


def _index_employers() -> None:
    """Employers are looked up by the part of their name that they are known by; before, it was the whole name as it had been typed."""
    connection = op.get_bind()
    cases = sa.table(
        "case", sa.column("id"), sa.column("employer", SealedText("case.employer")), sa.column("employer_index", EmployerIndex())
    )
    for case_id, employer in connection.execute(sa.select(cases.c.id, cases.c.employer)).all():
        connection.execute(cases.update().where(cases.c.id == case_id).values(employer_index=employer))


def upgrade() -> None:
    op.create_table(
        "rule_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
    )
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_canned_reply_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
    )
    op.create_index(op.f("ix_canned_reply_owner_id"), "canned_reply", ["owner_id"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lawyer_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.BigInteger(), nullable=True),
        sa.Column("employer", sa.LargeBinary(), nullable=False),
        sa.Column("employer_index", sa.LargeBinary(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_conflict_firm_id_firm")),
        sa.ForeignKeyConstraint(["lawyer_id"], ["lawyer.person_id"], name=op.f("fk_conflict_lawyer_id_lawyer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
    )
    op.create_index(op.f("ix_conflict_employer_index"), "conflict", ["employer_index"], unique=False)
    op.create_index(op.f("ix_conflict_lawyer_id"), "conflict", ["lawyer_id"], unique=False)
    op.create_table(
        "lawyer_leave",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lawyer_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lawyer_id"], ["lawyer.person_id"], name=op.f("fk_lawyer_leave_lawyer_id_lawyer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lawyer_leave")),
    )
    op.create_index(op.f("ix_lawyer_leave_lawyer_id"), "lawyer_leave", ["lawyer_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("employer_contact", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker_coming", sa.Boolean(), nullable=True),
        sa.Column(
            "status", sa.Enum("planned", "held", "cancelled", name="appointmentstatus", native_enum=False, length=24), nullable=False
        ),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("remark", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_appointment_case_id_case")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_appointment_made_by_person")),
        sa.ForeignKeyConstraint(["point_id"], ["service_point.id"], name=op.f("fk_appointment_point_id_service_point")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index(op.f("ix_appointment_case_id"), "appointment", ["case_id"], unique=False)
    op.create_table(
        "call_back",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_call_back_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
    )
    op.create_index(op.f("ix_call_back_case_id"), "call_back", ["case_id"], unique=False)
    op.create_table(
        "case_chain",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_chain_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_chain")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "case_date",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("noted_by", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_date_case_id_case")),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_case_date_noted_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_date")),
    )
    op.create_index(op.f("ix_case_date_case_id"), "case_date", ["case_id"], unique=False)
    op.create_table(
        "case_follower",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_follower_case_id_case")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_follower_person_id_person")),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_case_follower")),
    )
    op.create_index(op.f("ix_case_follower_person_id"), "case_follower", ["person_id"], unique=False)
    op.create_table(
        "case_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum("note", "call", "visit", name="notekind", native_enum=False, length=24), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_case_note_author_id_person")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_note_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index(op.f("ix_case_note_case_id"), "case_note", ["case_id"], unique=False)
    op.create_table(
        "published_answer",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_published_answer_case_id_case")),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_published_answer_published_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_published_answer_unit_id_unit")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_published_answer")),
    )
    op.create_index(op.f("ix_published_answer_unit_id"), "published_answer", ["unit_id"], unique=False)
    op.add_column("case", sa.Column("step", sa.Text(), nullable=True))
    op.add_column(
        "case",
        sa.Column(
            "intake",
            sa.Enum("worker", "hotline", "chair", "urgent", "radar", "split", name="intake", native_enum=False, length=24),
            server_default="worker",
            nullable=False,
        ),
    )
    op.add_column("case", sa.Column("intake_by", sa.BigInteger(), nullable=True))
    op.add_column("case", sa.Column("passphrase_index", sa.LargeBinary(), nullable=True))
    op.add_column("case", sa.Column("passphrase_tries", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("case", sa.Column("passphrase_locked_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case", sa.Column("officer_id", sa.BigInteger(), nullable=True))
    op.add_column("case", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE \"case\" SET due_at = received_at + interval '24 hours'")
    op.alter_column("case", "due_at", nullable=False)
    _index_employers()
    op.add_column("case", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.add_column("case", sa.Column("collective_id", sa.BigInteger(), nullable=True))
    op.add_column("case", sa.Column("split_from_id", sa.BigInteger(), nullable=True))
    op.add_column("case", sa.Column("rating_speed", sa.SmallInteger(), nullable=True))
    op.add_column("case", sa.Column("rating_manner", sa.SmallInteger(), nullable=True))
    op.add_column("case", sa.Column("publish_agreed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.alter_column(
        "case",
        "kind",
        existing_type=sa.TEXT(),
        type_=sa.Enum("dispute", "complaint", "help", "suggestion", "incident", name="casekind", native_enum=False, length=24),
        existing_nullable=False,
    )
    op.drop_index(op.f("ix_case_employer_index"), table_name="case")
    op.drop_index(op.f("ix_case_unit_status"), table_name="case")
    op.create_index(op.f("ix_case_collective_id"), "case", ["collective_id"], unique=False)
    op.create_index("ix_case_employer_received", "case", ["employer_index", "received_at"], unique=False)
    op.create_index(
        "ix_case_open_board",
        "case",
        [sa.literal_column("(intervened_at IS NOT NULL)"), "due_at", "id"],
        unique=False,
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        "ix_case_open_officer", "case", ["officer_id"], unique=False, postgresql_where=sa.text(f"officer_id IS NOT NULL AND {OPEN}")
    )
    op.create_index(
        "ix_case_open_unit",
        "case",
        ["unit_id", sa.literal_column("(intervened_at IS NOT NULL)"), "due_at"],
        unique=False,
        postgresql_where=sa.text(OPEN),
        postgresql_include=["status", "kind", "intervened_at", "paused_at", "worker_id"],
    )
    op.create_index("ix_case_unit_received", "case", ["unit_id", "received_at"], unique=False)
    op.create_foreign_key(op.f("fk_case_merged_into_id_case"), "case", "case", ["merged_into_id"], ["id"])
    op.create_foreign_key(op.f("fk_case_collective_id_case"), "case", "case", ["collective_id"], ["id"])
    op.create_foreign_key(op.f("fk_case_intake_by_person"), "case", "person", ["intake_by"], ["id"])
    op.create_foreign_key(op.f("fk_case_split_from_id_case"), "case", "case", ["split_from_id"], ["id"])
    op.create_foreign_key(op.f("fk_case_officer_id_person"), "case", "person", ["officer_id"], ["id"])
    op.add_column("case_event", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("case_event", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.execute(DIGEST)
    op.execute("DROP TRIGGER case_event_append_only ON case_event")
    op.execute(CHAIN_WHAT_IS_THERE)
    op.execute("CREATE TRIGGER case_event_append_only BEFORE UPDATE OR DELETE ON case_event FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    op.execute("CREATE TRIGGER case_event_never_emptied BEFORE TRUNCATE ON case_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
    op.execute(CHAIN)
    op.execute("CREATE TRIGGER case_event_chain BEFORE INSERT ON case_event FOR EACH ROW EXECUTE FUNCTION chain_case_event()")
    op.execute(
        "CREATE TRIGGER rule_change_append_only BEFORE UPDATE OR DELETE ON rule_change FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.alter_column("case_event", "number", nullable=False)
    op.alter_column("case_event", "digest", nullable=False)
    op.drop_index(op.f("ix_case_event_case_id"), table_name="case_event")
    op.create_unique_constraint(op.f("uq_case_event_case_id_number"), "case_event", ["case_id", "number"])
    op.add_column("lawyer", sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("lawyer", sa.Column("last_assigned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_lawyer_firm_id"), "lawyer", ["firm_id"], unique=False)
    op.execute(
        "INSERT INTO lawyer_leave (lawyer_id, starts_at, ends_at) SELECT person_id, now(), leave_until FROM lawyer WHERE leave_until > now()"
    )
    op.drop_column("lawyer", "leave_until")
    op.drop_index("ix_case_open_lawyer", table_name="case")
    op.create_index("ix_case_open_lawyer", "case", ["lawyer_id"], postgresql_where=sa.text(OPEN))
    op.create_index(
        "ix_outbox_not_received",
        "outbox",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('unreachable', 'failed') AND priority < 2"),
    )
    op.add_column("person", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("room_message", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("room_message", "read_at")
    op.drop_column("person", "language")
    op.drop_index("ix_outbox_not_received", table_name="outbox")
    op.add_column("lawyer", sa.Column("leave_until", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=True))
    op.drop_index(op.f("ix_lawyer_firm_id"), table_name="lawyer")
    op.drop_column("lawyer", "last_assigned_at")
    op.drop_column("lawyer", "languages")
    op.drop_constraint(op.f("uq_case_event_case_id_number"), "case_event", type_="unique")
    op.create_index(op.f("ix_case_event_case_id"), "case_event", ["case_id"], unique=False)
    op.execute("DROP TRIGGER case_event_chain ON case_event")
    op.execute("DROP TRIGGER case_event_never_emptied ON case_event")
    op.execute("DROP FUNCTION chain_case_event()")
    op.execute("DROP FUNCTION case_event_digest(bytea, bigint, integer, timestamptz, bigint, text, jsonb)")
    op.drop_column("case_event", "digest")
    op.drop_column("case_event", "number")
    op.drop_constraint(op.f("fk_case_officer_id_person"), "case", type_="foreignkey")
    op.drop_constraint(op.f("fk_case_split_from_id_case"), "case", type_="foreignkey")
    op.drop_constraint(op.f("fk_case_intake_by_person"), "case", type_="foreignkey")
    op.drop_constraint(op.f("fk_case_collective_id_case"), "case", type_="foreignkey")
    op.drop_constraint(op.f("fk_case_merged_into_id_case"), "case", type_="foreignkey")
    op.drop_index("ix_case_unit_received", table_name="case")
    op.drop_index("ix_case_open_unit", table_name="case", postgresql_where=sa.text(OPEN))
    op.drop_index("ix_case_open_officer", table_name="case", postgresql_where=sa.text(f"officer_id IS NOT NULL AND {OPEN}"))
    op.drop_index("ix_case_open_board", table_name="case", postgresql_where=sa.text(OPEN))
    op.drop_index("ix_case_employer_received", table_name="case")
    op.drop_index(op.f("ix_case_collective_id"), table_name="case")
    op.drop_index("ix_case_open_lawyer", table_name="case")
    op.create_index(
        "ix_case_open_lawyer", "case", ["lawyer_id"], postgresql_where=sa.text("status NOT IN ('closed','rated','archived','withdrawn')")
    )
    op.create_index(op.f("ix_case_unit_status"), "case", ["unit_id", "status"], unique=False)
    op.create_index(op.f("ix_case_employer_index"), "case", ["employer_index"], unique=False)
    op.alter_column(
        "case",
        "kind",
        existing_type=sa.Enum("dispute", "complaint", "help", "suggestion", "incident", name="casekind", native_enum=False, length=24),
        type_=sa.TEXT(),
        existing_nullable=False,
    )
    op.drop_column("case", "publish_agreed")
    op.drop_column("case", "rating_manner")
    op.drop_column("case", "rating_speed")
    op.drop_column("case", "split_from_id")
    op.drop_column("case", "collective_id")
    op.drop_column("case", "merged_into_id")
    op.drop_column("case", "paused_at")
    op.drop_column("case", "due_at")
    op.drop_column("case", "officer_id")
    op.drop_column("case", "passphrase_locked_until")
    op.drop_column("case", "passphrase_tries")
    op.drop_column("case", "passphrase_index")
    op.drop_column("case", "intake_by")
    op.drop_column("case", "intake")
    op.drop_column("case", "step")
    op.drop_index(op.f("ix_published_answer_unit_id"), table_name="published_answer")
    op.drop_table("published_answer")
    op.drop_index(op.f("ix_case_note_case_id"), table_name="case_note")
    op.drop_table("case_note")
    op.drop_index(op.f("ix_case_follower_person_id"), table_name="case_follower")
    op.drop_table("case_follower")
    op.drop_index(op.f("ix_case_date_case_id"), table_name="case_date")
    op.drop_table("case_date")
    op.drop_table("case_chain")
    op.drop_index(op.f("ix_call_back_case_id"), table_name="call_back")
    op.drop_table("call_back")
    op.drop_index(op.f("ix_appointment_case_id"), table_name="appointment")
    op.drop_table("appointment")
    op.drop_index(op.f("ix_lawyer_leave_lawyer_id"), table_name="lawyer_leave")
    op.drop_table("lawyer_leave")
    op.drop_index(op.f("ix_conflict_lawyer_id"), table_name="conflict")
    op.drop_index(op.f("ix_conflict_employer_index"), table_name="conflict")
    op.drop_table("conflict")
    op.drop_index(op.f("ix_canned_reply_owner_id"), table_name="canned_reply")
    op.drop_table("canned_reply")
    op.drop_table("rule_change")
