"""Matches, introductions, and what brokers and coordinators are asked and say."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from storage.sealing import Sealed, SealedJson
from storage.tables.base import at, id_, metadata, partial_index, ref

matches = Table(
    "matches",
    metadata,
    id_(),
    ref("enterprise_id", "enterprises"),
    Column("kind", String(10), nullable=False),  # partner | provider
    Column("to_id", Uuid, nullable=False),
    Column("service_id", Uuid),
    ref("need_id", "needs", null=True),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("reasons", JSON, nullable=False),
    at("shown_at", null=False),
    Index("ix_matches_enterprise", "enterprise_id", "kind", "shown_at"),
)

match_versions = Table(  # what orders the lists of a week; see matching/ranking.py
    "match_versions",
    metadata,
    id_(),
    Column("name", String(20), nullable=False, unique=True),  # the ISO week: 2026-W48
    Column("lesson", JSON),  # null where nothing has been learned
    Column("answered", Integer, nullable=False),
    at("made_at", null=False),
)

match_standings = Table(
    "match_standings",
    metadata,
    ref("version_id", "match_versions"),
    ref("enterprise_id", "enterprises"),
    Column("price", Float, nullable=False),
    Column("open", Float, nullable=False),
    Column("appeal", Float, nullable=False),
    Column("cares", JSON, nullable=False),
    UniqueConstraint("version_id", "enterprise_id"),
)

learned_words = Table(  # only added to: of two for one word the later counts
    "learned_words",
    metadata,
    id_(),
    Column("language", String(8)),
    Column("word", Sealed("learned_words.word"), nullable=False),
    Column("thing", String(40)),  # id in matching/vocabulary; null where it names nothing
    ref("by_id", "contacts"),
    at("at", null=False),
)

introductions = Table(
    "introductions",
    metadata,
    id_(),
    ref("from_id", "enterprises"),
    ref("to_id", "enterprises"),
    Column("state", String(12), nullable=False),  # see networks/introductions.py
    Column("reasons", JSON, nullable=False),
    Column("score", Float),
    ref("broker_id", "contacts", null=True),
    Column("from_answer", String(10)),  # yes | no
    Column("to_answer", String(10)),
    Column("declined_why", Sealed("introductions.declined_why")),
    at("snoozed_until"),
    at("created_at", null=False),
    at("changed_at", null=False),
    at("lapses_at"),
    Index("ix_introductions_from", "from_id"),
    Index("ix_introductions_to", "to_id"),
    Index("ix_introductions_state", "state", "lapses_at"),
    # One open introduction of the same two, whoever asked (the shell looks both ways).
    partial_index(
        "uq_introductions_open",
        "from_id",
        "to_id",
        where="state IN ('proposed', 'approved', 'accepted')",
        unique=True,
    ),
)

tasks = Table(  # what a person is promised by a day: HELP, a question nobody understands
    "tasks",
    metadata,
    id_(),
    Column("kind", String(20), nullable=False),  # help | review | complaint | report
    ref("contact_id", "contacts"),
    Column("subject_id", Uuid),  # whom or what it is about: a reported contact, an introduction
    Column("about", String(80)),  # flow.step
    Column("words", Sealed("tasks.words")),
    Column("country", String(2)),
    Column("region", String(40)),
    ref("holder_id", "contacts", null=True),
    Column("state", String(10), nullable=False),  # open | done
    at("snoozed_until"),
    at("promised_for", null=False),
    at("created_at", null=False),
    at("done_at"),
    Index("ix_tasks_state", "state", "region"),
    Index("ix_tasks_contact", "contact_id", "state"),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    id_(),
    ref("coordinator_id", "contacts"),
    Column("audience", JSON, nullable=False),
    Column("texts", SealedJson("broadcasts.texts"), nullable=False),  # by language; "" for all
    Column("state", String(10), nullable=False),  # draft | queued | done | dropped
    Column("reach", Integer, nullable=False),
    at("created_at", null=False),
    at("done_at"),
)

events = Table(  # what happened, for matching and reports; people by pseudonym only
    "events",
    metadata,
    id_(),
    Column("kind", String(30), nullable=False),
    Column("who", Uuid),
    Column("whom", Uuid),
    Column("data", JSON, nullable=False),
    at("at", null=False),
    Index("ix_events_kind", "kind", "at"),
    Index("ix_events_who", "who", "at"),
    Index("ix_events_whom", "whom", "at"),
)
