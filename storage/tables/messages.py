"""Conversations, and the way of a message: inbox, outbox, sends, receipts, timers."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from storage.sealing import SealedJson
from storage.tables.base import ROOM, Serial, at, id_, metadata, partial_index, ref

sessions = Table(
    "sessions",
    metadata,
    id_(),
    ref("contact_id", "contacts"),
    Column("flow", String(40), nullable=False),
    Column("subject", String(40)),
    Column("answers", SealedJson("sessions.answers"), nullable=False),
    Column("asked", SealedJson("sessions.asked")),
    Column("state", String(10), nullable=False),  # active | waiting | done
    Column("rank", Integer, nullable=False, server_default="0"),  # lower is asked sooner
    at("created_at", null=False),
    at("changed_at", null=False),
    Index("ix_sessions_contact", "contact_id", "state"),
    partial_index("uq_sessions_active", "contact_id", where="state = 'active'", unique=True),
    **ROOM,
)

inbox = Table(
    "inbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("channel", String(10), nullable=False),
    Column("external_id", String(140), nullable=False),
    Column("urn_digest", String(64), nullable=False),
    Column("body", SealedJson("inbox.body")),
    Column("state", String(8), nullable=False),  # ready | done | parked
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(200)),
    at("due_at", null=False),
    at("received_at", null=False),
    at("done_at"),
    UniqueConstraint("channel", "external_id"),
    partial_index("ix_inbox_ready", text("(seq + 0)"), where="state = 'ready'"),
    Index("ix_inbox_urn", "urn_digest"),
    sqlite_autoincrement=True,  # a number is never given twice, however many rows are purged
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    ref("contact_id", "contacts", null=True),
    ref("urn_id", "urns"),
    Column("channel", String(10), nullable=False),
    Column("rank", Integer, nullable=False),  # 0 reply, 1 alert, 2 bulk
    Column("purpose", String(40), nullable=False),
    Column("reply", SealedJson("outbox.reply")),
    Column("state", String(10), nullable=False),
    # queued | sending | waiting (for the window) | asking | sent | delivered | read | failed
    # | uncertain | dropped (stopped, erased, expired)
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(200)),
    Column("inbox_seq", Serial, ForeignKey("inbox.seq")),  # the message it answers
    ref("broadcast_id", "broadcasts", null=True),
    at("due_at", null=False),
    at("expires_at"),
    at("created_at", null=False),
    at("claimed_at"),
    at("sent_at"),
    partial_index(
        "ix_outbox_queued",
        "channel",
        "rank",
        "seq",
        "urn_id",
        "due_at",
        "attempts",
        where="state = 'queued'",
    ),
    partial_index("ix_outbox_sending", "urn_id", where="state = 'sending'"),
    partial_index("ix_outbox_waiting", "urn_id", where="state = 'waiting'"),
    partial_index("ix_outbox_asking", "due_at", where="state = 'asking'"),
    partial_index(
        "ix_outbox_put_off", "contact_id", "urn_id", where="state = 'queued' AND error IS NOT NULL"
    ),
    partial_index("ix_outbox_arriving", "urn_id", where="error = 'a picture is on its way'"),
    partial_index("ix_outbox_uncertain", "seq", where="state = 'uncertain'"),
    Index("ix_outbox_urn", "urn_id", "state"),
    partial_index("ix_outbox_broadcast", "broadcast_id", "state", where="broadcast_id IS NOT NULL"),
    Index("ix_outbox_inbox", "inbox_seq"),
    sqlite_autoincrement=True,
)

sends = Table(  # each attempt to hand a part of a message to a channel, noted before the call
    "sends",
    metadata,
    id_(),
    ref("outbox_id", "outbox"),
    Column("part", Integer, nullable=False),
    Column("channel", String(10), nullable=False),
    Column("external_id", String(140)),
    Column("result", String(12)),  # null while the call is under way
    Column("error", String(200)),
    at("at", null=False),
    at("done_at"),
    Index("ix_sends_outbox", "outbox_id", "part"),
    Index("ix_sends_external", "channel", "external_id"),
)

receipts = Table(
    "receipts",
    metadata,
    id_(),
    Column("channel", String(10), nullable=False),
    Column("external_id", String(140), nullable=False),
    Column("outbox_id", Uuid),
    Column("state", String(10), nullable=False),
    Column("error", String(200)),
    Column("joined", Boolean, nullable=False),
    at("at", null=False),
    UniqueConstraint("channel", "external_id", "state"),
    Index("ix_receipts_outbox", "outbox_id"),
    partial_index("ix_receipts_unjoined", "at", where="joined IS FALSE"),
)

timers = Table(
    "timers",
    metadata,
    id_(),
    Column("kind", String(30), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("data", JSON, nullable=False),  # ids only
    Column("state", String(10), nullable=False),  # waiting | done
    at("due_at", null=False),
    at("created_at", null=False),
    UniqueConstraint("kind", "subject_id", "due_at"),
    partial_index("ix_timers_due", "due_at", where="state = 'waiting'"),
)

media = Table(
    "media",
    metadata,
    id_(),
    ref("contact_id", "contacts", null=True),
    Column("urn_digest", String(64)),
    Column("kind", String(10), nullable=False),
    Column("type", String(60), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("path", String(120), nullable=False),
    at("created_at", null=False),
    at("erased_at"),
    Index("ix_media_contact", "contact_id"),
    Index("ix_media_urn", "urn_digest"),
)

phone_messages = Table(  # the far side of the simulated phones: what their screens show
    "phone_messages",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("urn_digest", String(64), nullable=False),
    Column("external_id", String(140), nullable=False),
    Column("mine", Boolean, nullable=False),
    Column("body", SealedJson("phone_messages.body"), nullable=False),
    at("at", null=False),
    UniqueConstraint("urn_digest", "external_id"),
    Index("ix_phone_messages_phone", "urn_digest", "seq"),
    sqlite_autoincrement=True,
)

phones = Table(  # a simulated phone's own state: how it behaves, whether it blocked the bot
    "phones",
    metadata,
    Column("urn_digest", String(64), primary_key=True),
    Column("look", String(10), nullable=False),
    Column("window_open", Boolean, nullable=False),
    Column("blocked", Boolean, nullable=False),
    at("heard_at"),
)
