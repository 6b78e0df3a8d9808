"""What the channels need: windows, receipts, templates, pacing, edited messages, links between chats, processes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Adds the tables and columns."""
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("window_closed_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("paced_until", _MOMENT, nullable=True))
    with op.batch_alter_table("inbox") as table:
        table.add_column(sa.Column("revises", sa.String(), nullable=True))
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("provider_id", sa.String(), nullable=True))
        table.add_column(sa.Column("revises", _ROW_NUMBER, nullable=True))
        table.create_index("ix_message_provider", ["conversation_id", "provider_id"], unique=False)
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("language", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("sent_as", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("delivered_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("seen_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("parked_at", _MOMENT, nullable=True))
        table.add_column(sa.Column("unclear_tries", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("slot_at", _MOMENT, nullable=True))
    with op.batch_alter_table("attachment") as table:
        table.add_column(sa.Column("scan", sa.String(), nullable=False, server_default=""))
        table.create_index("ix_attachment_scan", ["scan"], unique=False)
    op.create_table(
        "sender",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("paused_until", _MOMENT, nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=False),
        sa.Column("next_send_at", _MOMENT, nullable=True),
        sa.Column("reconciled_until", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_sender")),
    )
    op.create_table(
        "message_template",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("content_sid", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("synced_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("brand", "name", "language", name=op.f("pk_message_template")),
    )
    op.create_table(
        "link_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("identity_id", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_link_code_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_link_code_identity_id_identity")),
        sa.ForeignKeyConstraint(["ref"], ["refund_case.ref"], name=op.f("fk_link_code_ref_refund_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_code")),
    )
    op.create_index("ix_link_code_conversation", "link_code", ["conversation_id", "used_at"], unique=False)
    op.create_table(
        "start_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_start_token")),
    )
    op.create_index("ix_start_token_conversation", "start_token", ["conversation_id", "used_at"], unique=False)
    op.create_table(
        "running_process",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("loops", sa.JSON(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_running_process")),
    )


def downgrade() -> None:
    """Takes them away again."""
    for name in ("running_process", "start_token", "link_code", "message_template", "sender"):
        op.drop_table(name)
    with op.batch_alter_table("attachment") as table:
        table.drop_index("ix_attachment_scan")
        table.drop_column("scan")
    with op.batch_alter_table("outbox") as table:
        for name in ("slot_at", "unclear_tries", "parked_at", "seen_at", "delivered_at", "sent_as", "language"):
            table.drop_column(name)
    with op.batch_alter_table("message") as table:
        table.drop_index("ix_message_provider")
        table.drop_column("revises")
        table.drop_column("provider_id")
    with op.batch_alter_table("inbox") as table:
        table.drop_column("revises")
    with op.batch_alter_table("conversation") as table:
        table.drop_column("paced_until")
        table.drop_column("window_closed_at")
