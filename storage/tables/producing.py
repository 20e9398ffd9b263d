"""Enterprises, what they need, and who serves needs."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
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
from storage.tables.base import at, id_, metadata, ref

enterprises = Table(
    "enterprises",
    metadata,
    id_(),
    Column("pseudonym", Uuid, nullable=False, unique=True),
    Column("name", Sealed("enterprises.name")),
    Column("craft", String(40)),  # id of an option of register.craft
    Column("craft_words", Sealed("enterprises.craft_words")),
    Column("products", Sealed("enterprises.products")),
    Column("country", String(2)),
    Column("region", String(40)),
    Column("place", String(120)),
    Column("place_words", Sealed("enterprises.place_words")),
    Column("lat", Float),  # rounded to about 1 km
    Column("lon", Float),
    Column("since", Integer),  # the year work began
    Column("workers", Integer),
    Column("willing", String(10)),  # yes | known | no
    Column("profile", SealedJson("enterprises.profile"), nullable=False),  # second layer's answers
    Column("languages", JSON, nullable=False),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    at("joined_at", null=False),
    at("changed_at", null=False),
    at("erased_at"),
    Index("ix_enterprises_place", "country", "region", "craft"),
)

contact_enterprises = Table(
    "contact_enterprises",
    metadata,
    ref("contact_id", "contacts"),
    ref("enterprise_id", "enterprises"),
    Column("current", Boolean, nullable=False),
    at("since_at", null=False),
    UniqueConstraint("contact_id", "enterprise_id"),
    Index("ix_contact_enterprises_enterprise", "enterprise_id"),
)

needs = Table(
    "needs",
    metadata,
    id_(),
    ref("enterprise_id", "enterprises"),
    Column("category", String(20), nullable=False),
    Column("topic", String(60)),
    Column("words", Sealed("needs.words")),
    Column("state", String(12), nullable=False),  # open | met | withdrawn
    at("created_at", null=False),
    at("changed_at", null=False),
    Index("ix_needs_enterprise", "enterprise_id", "state"),
)

knowings = Table(  # whom an enterprise says it knows: for those willing only with people they know
    "knowings",
    metadata,
    ref("enterprise_id", "enterprises"),
    ref("other_id", "enterprises"),
    at("at", null=False),
    UniqueConstraint("enterprise_id", "other_id"),
)

handshakes = Table(  # the code a firm gives to those who know it
    "handshakes",
    metadata,
    ref("enterprise_id", "enterprises"),
    Column("code", Integer, nullable=False),
    at("created_at", null=False),
    UniqueConstraint("enterprise_id"),
    UniqueConstraint("code"),
)

blocks = Table(  # NOT WITH: for ever and silent
    "blocks",
    metadata,
    ref("enterprise_id", "enterprises"),
    ref("other_id", "enterprises"),
    at("at", null=False),
    UniqueConstraint("enterprise_id", "other_id"),
)

providers = Table(
    "providers",
    metadata,
    id_(),
    Column("name", String(120), nullable=False),
    Column("kind", String(20), nullable=False),  # provider | service_centre | buyer
    Column("agency", String(80)),
    ref("contact_id", "contacts", null=True),
    Column("phone", Sealed("providers.phone")),
    Column("address", String(200)),
    Column("country", String(2)),
    Column("region", String(40)),
    Column("place", String(120)),
    Column("lat", Float),
    Column("lon", Float),
    Column("radius_km", Float),
    Column("languages", JSON, nullable=False),
    Column("month_capacity", Integer),
    Column("checked_by", Uuid),
    Column("checked_how", String(120)),
    at("checked_at"),
    at("checked_until"),
    at("hidden_at"),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    at("created_at", null=False),
    at("changed_at", null=False),
    Index("ix_providers_name", "name"),
)

services = Table(
    "services",
    metadata,
    id_(),
    ref("provider_id", "providers"),
    Column("category", String(20), nullable=False),
    Column("topic", String(60)),
    Column("crafts", JSON, nullable=False),  # [] every craft
    Column("price", BigInteger),  # minor units, for one enterprise
    Column("currency", String(3)),
    Column("group_min", Integer),
    Column("group_max", Integer),
    Index("ix_services_provider", "provider_id"),
)
