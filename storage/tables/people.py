"""People and addresses, joined by a link table: a phone may be shared, a person may change it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from storage.sealing import Sealed, SealedJson
from storage.tables.base import ROOM, at, id_, metadata, partial_index, ref

keys = Table(
    "keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 0 is the one for digests
    Column("purpose", String(10), nullable=False),  # seal | digest
    Column("wrapped", String(200), nullable=False),
    at("created_at", null=False),
    at("retired_at"),
)

contacts = Table(
    "contacts",
    metadata,
    id_(),
    Column("pseudonym", Uuid, nullable=False, unique=True),
    Column("name", Sealed("contacts.name")),
    Column("language", String(12)),
    Column("second_language", String(12)),
    Column("country", String(2)),
    Column("zone", String(40)),
    Column("hours", String(11)),  # "08-20": when unprompted messages may come, local time
    Column("shows", String(10), nullable=False, server_default="bot"),  # bot | number
    Column("wants", JSON, nullable=False),  # kinds of unprompted message switched off
    Column("sms_ok", Boolean, nullable=False, server_default=text("false")),
    Column("wishes", SealedJson("contacts.wishes")),  # meeting, woman_broker, women_only
    Column("about", SealedJson("contacts.about")),  # sex, age band: for reports, never for matching
    at("away_until"),
    at("frozen_at"),
    at("erased_at"),
    at("heard_at"),
    at("created_at", null=False),
    **ROOM,
)

urns = Table(
    "urns",
    metadata,
    id_(),
    Column("scheme", String(10), nullable=False),
    Column("address", Sealed("urns.address")),  # the whole URN; null once erased
    Column("digest", String(64), nullable=False, unique=True),  # of the address
    Column("via", String(10)),  # the channel it last came by: telegram whatsapp sms phone
    Column("look", String(10)),  # how a simulated phone behaves
    Column("line", String(40)),  # which of our numbers they wrote to: answers come from it
    Column("shared", Boolean, nullable=False, server_default=text("false")),
    at("stopped_at"),
    at("unreachable_at"),
    at("erased_at"),  # the last word to it may still be under way; then it is blanked
    at("heard_at"),
    at("created_at", null=False),
    partial_index(
        "ix_urns_erased", "erased_at", where="erased_at IS NOT NULL AND address IS NOT NULL"
    ),
    **ROOM,
)

contact_urns = Table(
    "contact_urns",
    metadata,
    ref("contact_id", "contacts"),
    ref("urn_id", "urns"),
    Column("current", Boolean, nullable=False),
    at("linked_at", null=False),
    UniqueConstraint("contact_id", "urn_id"),
    Index("ix_contact_urns_urn", "urn_id"),
    partial_index("uq_contact_urns_current", "urn_id", where="current", unique=True),
)

linkings = Table(  # the log of what was linked to whom, so that it can be undone
    "linkings",
    metadata,
    id_(),
    ref("urn_id", "urns"),
    ref("from_contact_id", "contacts", null=True),
    ref("to_contact_id", "contacts", null=True),
    Column("why", String(20), nullable=False),  # met | moved | shared | linked | unlinked
    at("at", null=False),
    at("undone_at"),
    Index("ix_linkings_urn", "urn_id", "at"),
)

do_not_contact = Table(  # outlives erasing, so that STOP holds
    "do_not_contact",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("why", String(20), nullable=False),  # stopped | erased
    at("at", null=False),
)

consents = Table(  # a log: the latest row of a purpose counts
    "consents",
    metadata,
    id_(),
    ref("contact_id", "contacts"),
    Column("channel", String(10), nullable=False),
    Column("purpose", String(30), nullable=False),
    Column("version", String(40), nullable=False),
    Column("how", String(10), nullable=False),  # asked | spoken | imported
    Column("given", Boolean, nullable=False),
    at("at", null=False),
    Index("ix_consents_contact", "contact_id", "purpose", "at"),
)

roles = Table(
    "roles",
    metadata,
    id_(),
    ref("contact_id", "contacts"),
    Column("role", String(20), nullable=False),  # broker | coordinator | provider
    Column("agency", String(80)),
    Column("area", JSON, nullable=False),  # ISO 3166-2 regions or ISO 3166 countries; [] all
    ref("invitation_id", "invitations", null=True),
    at("granted_at", null=False),
    at("revoked_at"),
    Index("ix_roles_contact", "contact_id"),
)

invitations = Table(
    "invitations",
    metadata,
    id_(),
    Column("digest", String(64), nullable=False, unique=True),  # of the code, kept nowhere
    Column("role", String(20), nullable=False),
    Column("agency", String(80)),
    Column("area", JSON, nullable=False),
    Column("for_digest", String(64)),  # the one address it is for
    at("created_at", null=False),
    at("expires_at", null=False),
    at("redeemed_at"),
    at("revoked_at"),
)

guesses = Table(  # wrong codes, so that nobody tries them all
    "guesses",
    metadata,
    id_(),
    Column("urn_digest", String(64), nullable=False),
    at("at", null=False),
    Index("ix_guesses_urn", "urn_digest", "at"),
)

views = Table(  # who looked at whose personal data
    "views",
    metadata,
    id_(),
    ref("viewer_id", "contacts"),
    Column("what", String(20), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    at("at", null=False),
)
