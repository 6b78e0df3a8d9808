"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As in the tables of this program: SQLite numbers only INTEGER by itself.
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "agent",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("brands", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("name", name=op.f("uq_agent_name")),
    )
    op.create_table(
        "attachment",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attachment")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "customer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index(op.f("ix_customer_brand"), "customer", ["brand"], unique=False)
    op.create_table(
        "order_record",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("match_id", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("telegram_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_record")),
        sa.UniqueConstraint("brand", "kind", "record_id", name=op.f("uq_order_record_brand_kind_record_id")),
    )
    op.create_index("ix_order_record_email", "order_record", ["brand", "email"], unique=False)
    op.create_index("ix_order_record_match", "order_record", ["brand", "match_id"], unique=False)
    op.create_index("ix_order_record_phone", "order_record", ["brand", "phone"], unique=False)
    op.create_index("ix_order_record_telegram", "order_record", ["brand", "telegram_id"], unique=False)
    op.create_table(
        "agent_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_session_agent_id_agent")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_agent_session")),
    )
    op.create_index(op.f("ix_agent_session_agent_id"), "agent_session", ["agent_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_identity_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("brand", "channel", "kind", "value", name=op.f("uq_identity_brand_channel_kind_value")),
    )
    op.create_index(op.f("ix_identity_customer_id"), "identity", ["customer_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("identity_id", sa.String(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_consent_identity_id_identity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_identity", "consent", ["identity_id", "id"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("identity_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_unread_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("clock_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_conversation_agent_id_agent")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_conversation_customer_id_customer")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_conversation_identity_id_identity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint(
            "channel", "account", "identity_id", name=op.f("uq_conversation_channel_account_identity_id")
        ),
    )
    op.create_index(op.f("ix_conversation_customer_id"), "conversation", ["customer_id"], unique=False)
    op.create_index("ix_conversation_desk", "conversation", ["brand", "owner", "last_message_at"], unique=False)
    op.create_index("ix_conversation_ready", "conversation", ["ready_at", "claimed_until"], unique=False)
    op.create_table(
        "handoff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_handoff_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["agent.id"], name=op.f("fk_handoff_taken_by_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff")),
    )
    op.create_index(op.f("ix_handoff_conversation_id"), "handoff", ["conversation_id"], unique=False)
    op.create_index("ix_handoff_open", "handoff", ["brand", "ended_at", "asked_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("provider_sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("attachment", sa.JSON(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turn_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_inbox_conversation_id_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("channel", "account", "provider_id", name=op.f("uq_inbox_channel_account_provider_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_unread", "inbox", ["conversation_id", "read_at", "provider_sequence", "id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=True),
        sa.Column("clauses", sa.JSON(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("attachment", sa.JSON(), nullable=True),
        sa.Column("heard", sa.JSON(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("outbox_id", _ROW_NUMBER, nullable=True),
        sa.Column("turn_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_message_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_conversation", "message", ["conversation_id", "id"], unique=False)
    op.create_index(op.f("ix_message_outbox_id"), "message", ["outbox_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("bound_to_epoch", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("template_values", sa.JSON(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("client_token", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("error_class", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_conversation_id_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("client_token", name=op.f("uq_outbox_client_token")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_outbox_conversation_id_seq")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_order", "outbox", ["conversation_id", "done", "seq"], unique=False)
    op.create_index(op.f("ix_outbox_receipt"), "outbox", ["receipt"], unique=False)
    op.create_index("ix_outbox_unsent", "outbox", ["done", "next_try_at"], unique=False)
    op.create_table(
        "refund_case",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("claim_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("recorded", sa.JSON(), nullable=False),
        sa.Column("to_check", sa.JSON(), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.Column("amount_min_paise", sa.BigInteger(), nullable=True),
        sa.Column("amount_max_paise", sa.BigInteger(), nullable=True),
        sa.Column("approved_paise", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("eta_least", sa.Integer(), nullable=True),
        sa.Column("eta_most", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appeal_of", sa.String(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_refund_case_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_refund_case_customer_id_customer")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_refund_case")),
    )
    op.create_index(op.f("ix_refund_case_customer_id"), "refund_case", ["customer_id"], unique=False)
    op.create_index("ix_refund_case_desk", "refund_case", ["brand", "state", "state_at"], unique=False)
    op.create_index("ix_refund_case_subject", "refund_case", ["brand", "subject_id", "is_open"], unique=False)
    op.create_table(
        "case_event",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state_from", sa.String(), nullable=False),
        sa.Column("state_to", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ref"], ["refund_case.ref"], name=op.f("fk_case_event_ref_refund_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_event_ref", "case_event", ["ref", "id"], unique=False)
    op.create_table(
        "due",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_due_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["ref"], ["refund_case.ref"], name=op.f("fk_due_ref_refund_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sa.UniqueConstraint("key", name=op.f("uq_due_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_due_conversation_id"), "due", ["conversation_id"], unique=False)
    op.create_index("ix_due_open", "due", ["done_at", "due_at"], unique=False)
    op.create_index(op.f("ix_due_ref"), "due", ["ref"], unique=False)


def downgrade() -> None:
    """Drops them."""
    op.drop_index(op.f("ix_due_ref"), table_name="due")
    op.drop_index("ix_due_open", table_name="due")
    op.drop_index(op.f("ix_due_conversation_id"), table_name="due")
    op.drop_table("due")
    op.drop_index("ix_case_event_ref", table_name="case_event")
    op.drop_table("case_event")
    op.drop_index("ix_refund_case_subject", table_name="refund_case")
    op.drop_index("ix_refund_case_desk", table_name="refund_case")
    op.drop_index(op.f("ix_refund_case_customer_id"), table_name="refund_case")
    op.drop_table("refund_case")
    op.drop_index("ix_outbox_unsent", table_name="outbox")
    op.drop_index(op.f("ix_outbox_receipt"), table_name="outbox")
    op.drop_index("ix_outbox_order", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_message_outbox_id"), table_name="message")
    op.drop_index("ix_message_conversation", table_name="message")
    op.drop_table("message")
    op.drop_index("ix_inbox_unread", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_handoff_open", table_name="handoff")
    op.drop_index(op.f("ix_handoff_conversation_id"), table_name="handoff")
    op.drop_table("handoff")
    op.drop_index("ix_conversation_ready", table_name="conversation")
    op.drop_index("ix_conversation_desk", table_name="conversation")
    op.drop_index(op.f("ix_conversation_customer_id"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_index("ix_consent_identity", table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_identity_customer_id"), table_name="identity")
    op.drop_table("identity")
    op.drop_index(op.f("ix_agent_session_agent_id"), table_name="agent_session")
    op.drop_table("agent_session")
    op.drop_index("ix_order_record_telegram", table_name="order_record")
    op.drop_index("ix_order_record_phone", table_name="order_record")
    op.drop_index("ix_order_record_match", table_name="order_record")
    op.drop_index("ix_order_record_email", table_name="order_record")
    op.drop_table("order_record")
    op.drop_index(op.f("ix_customer_brand"), table_name="customer")
    op.drop_table("customer")
    op.drop_index("ix_audit_at", table_name="audit")
    op.drop_table("audit")
    op.drop_table("attachment")
    op.drop_table("agent")
