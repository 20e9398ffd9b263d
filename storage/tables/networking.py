"""Groups on their way to networks, networks, and what their members do together.

What is said in a network is sealed; ledgers and counts name members by pseudonym, so that they
stay whole when somebody is erased."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from storage.sealing import Sealed, SealedJson
from storage.tables.base import at, id_, metadata, partial_index, ref

proposals = Table(  # group proposals: networks/proposals.py
    "proposals",
    metadata,
    id_(),
    Column("state", String(12), nullable=False),
    Column("category", String(20), nullable=False),  # of the need they share
    Column("topic", String(60)),
    Column("first_step", String(20), nullable=False),
    Column("score", Float, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("missing", JSON, nullable=False),
    Column("agency", String(80)),
    Column("country", String(2)),
    Column("region", String(40)),
    Column("place", String(120)),
    ref("broker_id", "contacts", null=True),
    ref("network_id", "networks", null=True),
    Column("declined_why", Sealed("proposals.declined_why")),
    at("created_at", null=False),
    at("changed_at", null=False),
    at("lapses_at"),
    Index("ix_proposals_state", "state", "country", "region"),
    Index("ix_proposals_broker", "broker_id", "state"),
)

proposal_firms = Table(
    "proposal_firms",
    metadata,
    ref("proposal_id", "proposals"),
    ref("enterprise_id", "enterprises"),
    Column("state", String(12), nullable=False),
    Column("by_broker", Boolean, nullable=False, server_default=text("false")),
    Column("shows", String(6)),  # to the others once it joined: number, bot
    at("changed_at", null=False),
    UniqueConstraint("proposal_id", "enterprise_id"),
    Index("ix_proposal_firms_enterprise", "enterprise_id", "state"),
)

networks = Table(
    "networks",
    metadata,
    id_(),
    Column("name", Sealed("networks.name")),
    Column("stage", String(14), nullable=False),  # networks/stages.py
    at("stage_at", null=False),
    Column("category", String(20)),
    Column("topic", String(60)),
    Column("first_step", String(20)),
    Column("agency", String(80)),
    Column("country", String(2)),
    Column("region", String(40)),
    Column("place", String(120)),
    ref("broker_id", "contacts", null=True),
    ref("leader_id", "enterprises", null=True),
    ref("treasurer_id", "enterprises", null=True),
    Column("settings", JSON, nullable=False),
    at("paused_at"),
    at("quiet_until"),  # the room, by the broker or the leader
    at("seen_at", null=False),  # when something last happened in it
    at("created_at", null=False),
    at("closed_at"),
    Index("ix_networks_broker", "broker_id", "stage"),
)

memberships = Table(
    "memberships",
    metadata,
    id_(),
    ref("network_id", "networks"),
    ref("enterprise_id", "enterprises"),
    Column("pseudonym", Uuid, nullable=False),
    Column("state", String(10), nullable=False),  # networks/stages.py: member left put_out
    Column("muted", Boolean, nullable=False, server_default=text("false")),
    at("read_at"),  # up to where the room's digest has told them
    at("joined_at", null=False),
    at("ended_at"),
    UniqueConstraint("network_id", "enterprise_id"),
    Index("ix_memberships_enterprise", "enterprise_id", "state"),
)

network_checks = Table(
    "network_checks",
    metadata,
    id_(),
    ref("network_id", "networks"),
    Column("name", String(40), nullable=False),
    Column("words", Sealed("network_checks.words")),
    Column("by", Uuid, nullable=False),  # the contact who ticked it
    at("at", null=False),
    UniqueConstraint("network_id", "name"),
)

network_events = Table(  # the history, from which the report is printed
    "network_events",
    metadata,
    id_(),
    ref("network_id", "networks"),
    Column("kind", String(30), nullable=False),
    Column("who", Uuid),  # pseudonym of an enterprise, or nothing for the house and brokers
    Column("data", SealedJson("network_events.data"), nullable=False),
    at("at", null=False),
    Index("ix_network_events_network", "network_id", "at"),
)

votes = Table(
    "votes",
    metadata,
    id_(),
    ref("network_id", "networks"),
    Column("about", String(10), nullable=False),  # networks/votes.py
    Column("words", Sealed("votes.words")),  # of a rule
    Column("options", JSON, nullable=False),  # ids of enterprises, or yes and no
    Column("subject_id", Uuid),
    Column("state", String(10), nullable=False),
    Column("winner", String(40)),
    Column("opened_by", Uuid, nullable=False),
    at("opened_at", null=False),
    at("ends_at", null=False),
    at("ended_at"),
    Index("ix_votes_network", "network_id", "state"),
)

ballots = Table(
    "ballots",
    metadata,
    ref("vote_id", "votes"),
    ref("enterprise_id", "enterprises"),
    Column("choice", String(40), nullable=False),
    at("at", null=False),
    UniqueConstraint("vote_id", "enterprise_id"),
)

network_rules = Table(
    "network_rules",
    metadata,
    id_(),
    ref("network_id", "networks"),
    Column("words", Sealed("network_rules.words"), nullable=False),
    at("since", null=False),
    at("ended_at"),
    Index("ix_network_rules_network", "network_id"),
)

room_messages = Table(
    "room_messages",
    metadata,
    id_(),
    ref("network_id", "networks"),
    ref("enterprise_id", "enterprises", null=True),  # nothing: the broker or the house
    Column("who", Uuid),
    Column("words", Sealed("room_messages.words")),
    ref("media_id", "media", null=True),
    at("at", null=False),
    Index("ix_room_messages_network", "network_id", "at"),
)

activities = Table(
    "activities",
    metadata,
    id_(),
    ref("network_id", "networks"),
    Column("number", Integer, nullable=False),
    Column("what", Sealed("activities.what"), nullable=False),
    ref("owner_id", "enterprises", null=True),
    Column("due", Date),
    Column("resources", Sealed("activities.resources")),
    Column("indicator", Sealed("activities.indicator")),
    Column("payer", Sealed("activities.payer")),
    Column("state", String(10), nullable=False),  # networks/activities.py
    at("created_at", null=False),
    at("changed_at", null=False),
    at("done_at"),
    UniqueConstraint("network_id", "number"),
)

diagnoses = Table(
    "diagnoses",
    metadata,
    id_(),
    ref("enterprise_id", "enterprises"),
    ref("network_id", "networks", null=True),
    Column("months", Integer, nullable=False),  # 0, 6, 12 after joining
    Column("answers", SealedJson("diagnoses.answers"), nullable=False),
    at("at", null=False),
    UniqueConstraint("enterprise_id", "network_id", "months"),
)

pulses = Table(
    "pulses",
    metadata,
    id_(),
    ref("network_id", "networks"),
    Column(
        "member", String(64), nullable=False
    ),  # keyed hash: once a quarter, and nobody knows who
    Column("quarter", String(6), nullable=False),
    Column("answers", SealedJson("pulses.answers"), nullable=False),
    at("at", null=False),
    UniqueConstraint("network_id", "member", "quarter"),
)

joint_actions = Table(
    "joint_actions",
    metadata,
    id_(),
    ref("introduction_id", "introductions", null=True),
    ref("network_id", "networks", null=True),
    ref("broker_id", "contacts", null=True),
    Column("who", Uuid, nullable=False),  # pseudonyms
    Column("whom", Uuid),
    Column("kind", String(10), nullable=False),
    Column("words", Sealed("joint_actions.words")),
    Column("asked_after", Integer, nullable=False),  # days
    Column("state", String(10), nullable=False),  # networks/joint_actions.py
    at("at", null=False),
    at("confirmed_at"),
    UniqueConstraint("introduction_id", "who", "asked_after"),
    Index("ix_joint_actions_broker", "broker_id", "state", "at"),
)

alerts = Table(  # what brokers are to look at: networks/workload.py
    "alerts",
    metadata,
    id_(),
    Column("kind", String(20), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    ref("holder_id", "contacts", null=True),
    Column("agency", String(80)),
    Column("country", String(2)),
    Column("region", String(40)),
    Column("score", Float, nullable=False, server_default="0"),
    Column("state", String(10), nullable=False),
    Column("passed_on", Integer, nullable=False, server_default="0"),
    at("snoozed_until"),
    at("created_at", null=False),
    at("asked_at"),
    at("done_at"),
    partial_index(
        "uq_alerts_open",
        "kind",
        "subject_id",
        where="state IN ('waiting', 'asked')",
        unique=True,
    ),
    Index("ix_alerts_holder", "holder_id", "state"),
)

stage_settings = Table(  # what coordinators changed of the programme's: networks/stages.py
    "stage_settings",
    metadata,
    Column("stage", String(14), primary_key=True),
    Column("settings", JSON, nullable=False),
    Column("by", Uuid, nullable=False),
    at("at", null=False),
)

cases = Table(  # what brokers learned, found again by craft and problem
    "cases",
    metadata,
    id_(),
    ref("broker_id", "contacts", null=True),
    ref("network_id", "networks", null=True),
    Column("craft", String(40)),
    Column("category", String(20)),
    Column("words", Sealed("cases.words"), nullable=False),
    at("at", null=False),
    Index("ix_cases_craft", "craft", "category"),
)
