"""Every table: what is remembered, and which of it is sealed (encrypted at rest).

Ids are UUIDv7, times UTC, money integer minor units with an ISO 4217 code. Nothing a person said
or is called stands in a column that is not sealed."""

from storage.tables.base import metadata
from storage.tables.brokering import broadcasts, events, introductions, matches, tasks
from storage.tables.messages import (
    inbox,
    media,
    outbox,
    phone_messages,
    phones,
    receipts,
    sends,
    sessions,
    timers,
)
from storage.tables.people import (
    consents,
    contact_urns,
    contacts,
    do_not_contact,
    guesses,
    invitations,
    keys,
    linkings,
    roles,
    urns,
    views,
)
from storage.tables.producing import (
    blocks,
    contact_enterprises,
    enterprises,
    knowings,
    needs,
    providers,
    services,
)

__all__ = [
    "blocks",
    "broadcasts",
    "consents",
    "contact_enterprises",
    "contact_urns",
    "contacts",
    "do_not_contact",
    "enterprises",
    "events",
    "guesses",
    "inbox",
    "introductions",
    "invitations",
    "keys",
    "knowings",
    "linkings",
    "matches",
    "media",
    "metadata",
    "needs",
    "outbox",
    "phone_messages",
    "phones",
    "providers",
    "receipts",
    "roles",
    "sends",
    "services",
    "sessions",
    "tasks",
    "timers",
    "urns",
    "views",
]
