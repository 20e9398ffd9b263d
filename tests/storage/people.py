"""People to put into a database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import consents, contacts, enterprises
from storage.consents import Consent
from storage.contacts import Contact
from storage.enterprises import Enterprise
from storage.urns import Urn
from tests.storage.conftest import NOW


async def someone(
    db: AsyncConnection, urn: str = "tel:+50499887766", name: str | None = None, **columns: Any
) -> tuple[Contact, Urn]:
    contact, address = await contacts.meet(db, urn, NOW, via="phone", country="HN", language="es")
    await contacts.change(db, contact.id, name=name, **columns)
    return contacts.changed(contact, name=name, **columns), address


async def an_artisan(
    db: AsyncConnection,
    urn: str = "tel:+50499887766",
    name: str = "Ana",
    now: datetime = NOW,
    **columns: Any,
) -> tuple[Contact, Urn, Enterprise]:
    contact, address = await someone(db, urn, name)
    await agree(db, contact, now)
    known = {
        "name": name,
        "craft": "weaving",
        "country": "HN",
        "region": "HN-FM",
        "place": "Valle de Ángeles",
        "lat": 14.15,
        "lon": -87.04,
        "willing": "yes",
        "languages": ("es",),
        **columns,
    }
    return contact, address, await enterprises.register(db, contact.id, now, **known)


async def agree(db: AsyncConnection, contact: Contact, now: datetime = NOW) -> None:
    await consents.note(
        db, Consent(contact.id, "phone", "keep", "es:1", "asked", given=True, at=now)
    )
